"""A span for each request, from the outermost middleware."""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from partner_adapters.kit.observed.spans import HEADER, answered, continued, is_on, note, span
from partner_adapters.kit.values.masking import mask_text
from partner_adapters.kit.web.health import PROBES
from partner_adapters.kit.web.watching import route_template, watched


def middleware(party: str, *, trust_incoming: bool) -> list[Middleware]:
    """Return the middleware for an application, or nothing while traces are off."""
    return [Middleware(TracingMiddleware, party=party, trust_incoming=trust_incoming)] if is_on() else []


class TracingMiddleware:
    """Makes a span for each request, named by method and route template.

    With `trust_incoming` it continues the caller's trace, between services. At the edge it begins a new one.
    Probes are not traced.
    """

    def __init__(self, app: ASGIApp, party: str, *, trust_incoming: bool) -> None:
        self.app = app
        self.party = party
        self.trust_incoming = trust_incoming

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].endswith(PROBES):
            await self.app(scope, receive, send)
            return
        method, answer = scope["method"], watched(send)
        known = {"party": self.party, "http.request.method": method}
        with span(method, SpanKind.SERVER, known, self._parent(scope)):
            try:
                await self.app(scope, receive, answer)
            finally:
                route = route_template(scope)
                trace.get_current_span().update_name(mask_text(f"{method} {route}"))
                note({"http.route": route})
                answered(answer.status or 500, fault_from=500)

    def _parent(self, scope: Scope) -> Context:
        sent = dict(scope["headers"]).get(HEADER.encode(), b"").decode("latin-1")
        return continued(sent if self.trust_incoming else "")
