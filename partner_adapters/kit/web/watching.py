"""What became of a request, for those who count, log and trace it: the status of its answer, the route of its path."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.types import Message, Scope, Send


class WatchedSend:
    """A `send` that remembers the status which went through it; `status` is None as long as no answer has begun."""

    __slots__ = ("_send", "status")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None

    def __call__(self, message: Message) -> Awaitable[None]:
        # Hands on what there is to await, so that watching costs no coroutine a message.
        if message["type"] == "http.response.start":
            self.status = message["status"]
        return self._send(message)


def watched(send: Send) -> WatchedSend:
    """`send`, watched; middlewares next to each other share one watch."""
    return send if isinstance(send, WatchedSend) else WatchedSend(send)


def route_template(scope: Scope) -> str:
    """`/orders/{intent}` once the router has chosen, else `none`: never the path, which holds ids."""
    return getattr(scope.get("route"), "path", "none")
