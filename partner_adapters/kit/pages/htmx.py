"""Redirect the whole page when the response to an htmx request is a redirect.

A browser would otherwise follow the redirect inside the request, which fails at another origin.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The header that htmx sends with each of its requests.
HTMX = (b"hx-request", b"true")


class HxRedirectMiddleware:
    """Replaces a 3xx response to an htmx request by 204 with `HX-Redirect`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or HTMX not in scope["headers"]:
            await self.app(scope, receive, send)
            return

        async def redirect_page(message: Message) -> None:
            if message["type"] == "http.response.start" and 300 <= message["status"] < 400:
                headers = MutableHeaders(scope=message)
                if target := headers.get("location"):
                    del headers["location"]
                    headers["HX-Redirect"] = target
                    message["status"] = 204
            await send(message)

        await self.app(scope, receive, redirect_page)
