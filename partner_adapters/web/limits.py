"""A body larger than the application ever needs is refused while it arrives, before anything parses it."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partner_adapters.terms.problems import Problem

MAX_BODY_BYTES = 256 * 1024


class BodyLimitMiddleware:
    """Raises `Problem(413, "request.too_large")` into the application once `max_bytes` have come."""

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.max_bytes:
                raise Problem(413, "request.too_large", params={"max_bytes": self.max_bytes})
            return message

        await self.app(scope, counted, send)
