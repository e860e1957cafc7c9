"""A redirect inside an htmx request is followed out of sight, and dies at another origin: let the page go instead."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HxRedirectMiddleware:
    """Turns a 3xx answer to htmx into 204 with `HX-Redirect`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or Headers(scope=scope).get("hx-request") != "true":
            await self.app(scope, receive, send)
            return

        async def go_instead(message: Message) -> None:
            if message["type"] == "http.response.start" and 300 <= message["status"] < 400:
                headers = MutableHeaders(scope=message)
                if target := headers.get("location"):
                    del headers["location"]
                    headers["HX-Redirect"] = target
                    message["status"] = 204
            await send(message)

        await self.app(scope, receive, go_instead)
