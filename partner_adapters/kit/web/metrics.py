"""Requests by route and outcome, for Prometheus, with one registry for each application."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Receive, Scope, Send

from partner_adapters.kit.values.clock import monotonic
from partner_adapters.kit.web.watching import route_template, watched

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)


class MetricsMiddleware:
    """Counts requests. Labels are route templates, never paths: their number is bounded, and they contain no ids."""

    def __init__(self, app: ASGIApp, name: str, registry: CollectorRegistry) -> None:
        self.app = app
        labels = ("route", "method", "status")
        self.requests = Counter(f"{name}_requests", "Requests answered", labels, registry=registry)
        self.seconds = Histogram(
            f"{name}_request_seconds", "Time to answer", ("route",), registry=registry, buckets=BUCKETS_S
        )
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, answer = monotonic(), watched(send)
        try:
            await self.app(scope, receive, answer)
        finally:
            counter, histogram = self._series(route_template(scope), scope["method"], answer.status or 500)
            counter.inc()
            histogram.observe(monotonic() - started)

    def _series(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        # `labels` takes a lock and builds its key anew, for each request.
        key = (route, method, status)
        if key not in self._known:
            self._known[key] = (self.requests.labels(route, method, str(status)), self.seconds.labels(route))
        return self._known[key]
