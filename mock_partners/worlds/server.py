"""How an application is served in a demo or test: loopback only, and a connection that a fault can end."""

from __future__ import annotations

import socket

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_partners.worlds.faults import CLOSE_CONNECTION, close_connection

HOST = "127.0.0.1"
KEEP_ALIVE_S = 75
"""Longer than our clients' 30 s, so that the client is the one who ends an idle connection."""
GRACE_S = 5
"""How long running requests may take when the process is asked to stop."""


class ClosableProtocol(HttpToolsProtocol):
    """HTTP/1.1 that hands the application a way to end its connection without an answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CLOSE_CONNECTION: close_connection(self.transport)}  # type: ignore[dict-item]


class PortInUse(Exception):
    """Somebody else listens there."""


def listen(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one. Raises `PortInUse`."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise PortInUse(port) from error
    return listener


def server(app: ASGIApp) -> uvicorn.Server:
    """Serve with `.run(sockets=[listen(port)])` or `.serve(sockets=…)`."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=ClosableProtocol,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
            server_header=False,
            access_log=False,
            log_config=None,
            lifespan="on",
            proxy_headers=False,
        )
    )
