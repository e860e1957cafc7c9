"""Limits before any application: the size of a body, and no NUL in an address."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partner_adapters.kit.values.problems import Problem

MAX_BODY_BYTES = 256 * 1024


class BodyLimitMiddleware:
    """Limits the body of a request.

    Reading it raises `Problem(413, "request.too_large")` in the application once more than `max_bytes` have
    arrived.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_bytes: int = MAX_BODY_BYTES,
        # Paths that take files, and the bound of their bodies.
        larger: tuple[re.Pattern[str], int] | None = None,
    ) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen, max_bytes = 0, self._bound_of(scope["path"])

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > max_bytes:
                raise Problem(413, "request.too_large", params={"max_bytes": max_bytes})
            return message

        await self.app(scope, counted, send)

    def _bound_of(self, path: str) -> int:
        if self.larger is not None and self.larger[0].fullmatch(path):
            return self.larger[1]
        return self.max_bytes


class NoNulMiddleware:
    """Replaces a NUL in path or query by the replacement character, as browsers do. It is then an unknown id.

    PostgreSQL cannot compare a text that contains a NUL, SQLite can.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and ("\0" in scope["path"] or b"%00" in scope["query_string"]):
            query = scope["query_string"].replace(b"%00", b"%EF%BF%BD")
            scope = {**scope, "path": scope["path"].replace("\0", "\ufffd"), "query_string": query}
        await self.app(scope, receive, send)
