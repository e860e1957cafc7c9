"""How applications are served in a demo or test: loopback only, and a connection that a fault can end."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn
import uvloop
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


class Server(uvicorn.Server):
    """Serves one application on a socket that is there already; signals are its caller's matter."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        self.listener = listener
        super().__init__(
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

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def work(self) -> None:
        """Serve until `should_exit` is set. Raises RuntimeError when the application does not start."""
        try:
            await self.serve(sockets=[self.listener])
        except SystemExit as failed:
            raise RuntimeError("the application did not start: the log says why") from failed


class PortInUse(Exception):
    """Somebody else listens there."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.port = port


def listen(port: int) -> socket.socket:
    """A socket on loopback to be served; port 0 takes a free one. Raises `PortInUse`."""
    # Named protocol: asyncio turns Nagle's delay off (40 ms a request) only where it reads TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise PortInUse(port) from error
    return listener


def serve_until_stopped(servers: Sequence[Server]) -> None:
    """Serve all in this process until SIGINT or SIGTERM; running requests end first."""

    async def work() -> None:
        def stop() -> None:
            for server in servers:
                server.should_exit = True

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        await asyncio.gather(*(server.work() for server in servers))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())
