"""HEAD without effects: link previews and scanners send it, and it must use up or change nothing.

Starlette runs the endpoint of a GET for a HEAD as well. A login's callback would then be spent by a scanner.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.errors import respond
from partner_adapters.kit.web.health import PROBES


class PageHeadMiddleware:
    """Answers HEAD with an empty 200 where a GET would reach one of `pages`, and runs none of them.

    A 200 and not a refusal, because many scanners send GET after a refused HEAD. Every other address passes, and so
    does one for which `has_page` is false.
    """

    def __init__(
        self, app: ASGIApp, *, pages: Sequence[BaseRoute], has_page: Callable[[Request], bool]
    ) -> None:
        self.app = app
        self.pages = pages
        self.has_page = has_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD" and self._is_page(scope):
            await HTMLResponse()(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _is_page(self, scope: Scope) -> bool:
        as_get = {**scope, "method": "GET"}
        return self.has_page(Request(scope)) and any(
            route.matches(as_get)[0] == Match.FULL for route in self.pages
        )


class NoHeadMiddleware:
    """Refuses HEAD with 405, for JSON services. Only their probes answer it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD" and not scope["path"].endswith(PROBES):
            refusal = Problem(405, "http.405", "send GET", headers={"Allow": "GET"})
            await respond(refusal)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
