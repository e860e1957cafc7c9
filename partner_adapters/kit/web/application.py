"""How every JSON service is assembled: reference number, access log, body limit, problems, health."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from prometheus_client import CollectorRegistry
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from partner_adapters.kit.observed.readiness import Check
from partner_adapters.kit.web.errors import PROBLEM_HANDLERS
from partner_adapters.kit.web.heads import NoHeadMiddleware
from partner_adapters.kit.web.health import health_routes
from partner_adapters.kit.web.limits import BodyLimitMiddleware, NoNulMiddleware
from partner_adapters.kit.web.logs import AccessLogMiddleware
from partner_adapters.kit.web.metrics import MetricsMiddleware
from partner_adapters.kit.web.request_id import RequestIdMiddleware
from partner_adapters.kit.web.tracing import middleware as tracing

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]
NO_CHECKS: Mapping[str, Check] = {}


def service(
    name: str,
    routes: Sequence[BaseRoute],
    lifespan: Lifespan | None = None,
    *,
    checks: Mapping[str, Check] = NO_CHECKS,
    collectors: Sequence[Collector] = (),
    middleware: Sequence[Middleware] = (),
) -> Starlette:
    """Return a service that keeps its caller's request id. Its own `middleware` runs innermost.

    `checks` decide its readiness; `collectors` add to its metrics, whose names begin with `name`.
    """
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    app = Starlette(
        routes=[*routes, *health_routes(checks, registry)],
        lifespan=lifespan,
        exception_handlers=PROBLEM_HANDLERS,
        middleware=[
            Middleware(RequestIdMiddleware, trust_incoming=True),
            *tracing(name, trust_incoming=True),
            Middleware(AccessLogMiddleware),
            Middleware(MetricsMiddleware, name=name, registry=registry),
            Middleware(NoHeadMiddleware),
            Middleware(BodyLimitMiddleware),
            Middleware(NoNulMiddleware),
            *middleware,
        ],
    )
    # Such a redirect is made from the Host header, which a caller can choose.
    app.router.redirect_slashes = False
    return app
