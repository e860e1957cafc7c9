"""Forms of this party's pages come from its own pages: a browser says where a request began."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from partner_adapters.kit.values.settings import origin_of

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SameSiteMiddleware:
    """Refuses an unsafe request that a browser sends from another origin; callers that are no browser say neither."""

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        self.app = app
        self.origin = origin_of(base_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _SAFE:
            headers = Request(scope).headers
            began = headers.get("sec-fetch-site", "same-origin")
            if began != "same-origin" or headers.get("origin", self.origin) != self.origin:
                await PlainTextResponse("cross-site request refused", 403)(scope, receive, send)
                return
        await self.app(scope, receive, send)
