"""How every JSON service of the house is put together: reference number, access log, body limit, problems."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from partner_adapters.web.errors import PROBLEM_HANDLERS
from partner_adapters.web.limits import BodyLimitMiddleware
from partner_adapters.web.logs import AccessLogMiddleware
from partner_adapters.web.request_id import RequestIdMiddleware

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def service(
    routes: Sequence[BaseRoute],
    lifespan: Lifespan | None = None,
    *,
    middleware: Sequence[Middleware] = (),
) -> Starlette:
    """A service that other services call: it keeps the caller's request id. `middleware` of its own runs innermost."""
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers=PROBLEM_HANDLERS,
        middleware=[
            Middleware(RequestIdMiddleware, trust_incoming=True),
            Middleware(AccessLogMiddleware),
            Middleware(BodyLimitMiddleware),
            *middleware,
        ],
    )
