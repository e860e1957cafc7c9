"""Serve parties in a demo or test: on loopback only, with connections that a fault can end."""

from __future__ import annotations

import socket
from typing import Any

from starlette.types import ASGIApp

from mock_partners.testing.worlds.faults import CLOSE_CONNECTION, close_connection
from partner_adapters.kit.web import serving
from partner_adapters.kit.web.bounded_http import BoundedProtocol
from partner_adapters.kit.web.serving import PortInUse, listen

__all__ = ["HOST", "PortInUse", "Server", "listen"]
HOST = "127.0.0.1"


class ClosableProtocol(BoundedProtocol):
    """HTTP/1.1 with a function by which the application ends its connection without an answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CLOSE_CONNECTION: close_connection(self.transport)}  # type: ignore[dict-item]


class Server(serving.Server):
    """A server whose connections faults can end."""

    def __init__(self, app: ASGIApp, listener: socket.socket, **more: Any) -> None:
        super().__init__(app, listener, http=ClosableProtocol, **more)
