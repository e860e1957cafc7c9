"""What an OpenTelemetry collector is to us: it takes OTLP over HTTP and keeps the spans."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_partners.testing.worlds.server import HOST, Server, listen


@dataclass(frozen=True)
class Sent:
    """One span as it came; `parent` "" began the trace, `service` is the process."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent: str
    attributes: dict[str, Any]
    failed: bool
    everything: str


@dataclass
class Collector:
    url: str
    spans: list[Sent] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        told = ExportTraceServiceRequest.FromString(await request.body())
        for resource in told.resource_spans:
            service = _values(resource.resource.attributes)["service.name"]
            for scope in resource.scope_spans:
                self.spans += [_sent(service, span) for span in scope.spans]
        return Response(b"", media_type="application/x-protobuf")

    def named(self, name: str) -> Sent:
        """The only span of that name."""
        [found] = [span for span in self.spans if span.name == name]
        return found

    def above(self, span: Sent) -> list[Sent]:
        """Its parent, that one's parent and so on; all that came of them."""
        by_id = {one.span_id: one for one in self.spans}
        line = []
        while span.parent in by_id:
            span = by_id[span.parent]
            line.append(span)
        return line


@contextmanager
def collector() -> Iterator[Collector]:
    """One that listens on a free port."""
    with listen(0) as listener, ThreadPoolExecutor(1, "collector") as threads:
        made = Collector(f"http://{HOST}:{listener.getsockname()[1]}")
        app = Starlette(routes=[Route("/v1/traces", made.take, methods=["POST"])])
        server = Server(app, listener)
        serving = threads.submit(lambda: asyncio.run(server.work()))
        try:
            yield made
        finally:
            server.should_exit = True
            serving.result()


def _values(attributes: Any) -> dict[str, Any]:
    def value(one: KeyValue) -> Any:
        return getattr(one.value, one.value.WhichOneof("value"))

    return {one.key: value(one) for one in attributes}


def _sent(service: str, span: Span) -> Sent:
    return Sent(
        service,
        span.name,
        Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        _values(span.attributes),
        span.status.code == span.status.STATUS_CODE_ERROR,
        str(span),
    )
