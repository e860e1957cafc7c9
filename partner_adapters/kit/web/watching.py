"""The status and the route of a request, for the middlewares that count, log and trace it."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.types import Message, Scope, Send


class WatchedSend:
    """A `send` that records the status. `status` is None until an answer begins."""

    __slots__ = ("_send", "status")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None

    def __call__(self, message: Message) -> Awaitable[None]:
        # Returns the awaitable itself, so that watching costs no coroutine for each message.
        if message["type"] == "http.response.start":
            self.status = message["status"]
        return self._send(message)


def watched(send: Send) -> WatchedSend:
    """Return a watched `send`. Adjacent middlewares share one."""
    return send if isinstance(send, WatchedSend) else WatchedSend(send)


def route_template(scope: Scope) -> str:
    """Return `/orders/{intent}` once the router has chosen, otherwise `none`. Never the path, which contains ids."""
    return getattr(scope.get("route"), "path", "none")
