"""Traces for an OpenTelemetry collector: what a request did in each process, and how long it took.

Traces are off unless a collector is configured at start. No middleware is then installed, and a span does nothing.
Spans contain no personal data: they have only the attributes listed here, their texts are masked, and an exception
leaves only its class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Thread
from typing import TYPE_CHECKING, Annotated

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, StatusCode, Tracer, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from pydantic import AfterValidator

from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.values.masking import mask_text
from partner_adapters.kit.values.settings import check_url

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

HEADER = "traceparent"
ALLOWED_ATTRIBUTES = frozenset(
    """party request_id http.request.method http.route http.response.status_code server.address error.type
    kind attempts job outcome""".split()
)
# How long sending one batch of spans to the collector may take, with all attempts.
EXPORT_S = 2.0
# How long a stopping process waits for the collector. Its own grace period is longer.
FLUSH_S = 3.0
_PATH = "/v1/traces"
_W3C = TraceContextTextMapPropagator()
_NOTHING = nullcontext()
_tracer: Tracer | None = None

Value = str | int


def _collector(url: str) -> str:
    if check_url(url).endswith(_PATH):
        raise ValueError(f"must be the collector's address alone: spans go to {_PATH} below it")
    return url


# Where a collector accepts OTLP over HTTP, without `/v1/traces`.
CollectorUrl = Annotated[str, AfterValidator(_collector)]


@contextmanager
def traces(party: str, collector: str | None) -> Iterator[None]:
    """Send this process's spans to the collector until the block ends, and then send the remaining ones.

    If `collector` is None there are no traces. Applications and clients must be made inside the block.
    """
    if collector is None:
        yield
        return
    # Imported here, because a process without traces need not load them.
    import requests
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from partner_adapters.kit.observed.span_sinks import CountingExporter

    session = requests.Session()
    session.trust_env = False  # no proxy from the environment, as for all our calls
    exporter = CountingExporter(OTLPSpanExporter(collector + _PATH, timeout=EXPORT_S, session=session))
    with traced_by(party, BatchSpanProcessor(exporter)):
        yield


@contextmanager
def untraced() -> Iterator[None]:
    """Record no span until the block ends, as in a process without a collector."""
    global _tracer
    before, _tracer = _tracer, None
    try:
        yield
    finally:
        _tracer = before


@contextmanager
def traced_by(party: str, processor: SpanProcessor) -> Iterator[None]:
    """Pass this process's spans to `processor` until the block ends."""
    global _tracer
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    from partner_adapters.kit.observed.span_sinks import GuardedProcessor

    resource = Resource.create({"service.namespace": "sunbridge", "service.name": party})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(GuardedProcessor(processor))
    before, _tracer = _tracer, provider.get_tracer("sunbridge")
    try:
        yield
    finally:
        _tracer = before
        # Its default is to wait for half a minute.
        ending = Thread(target=provider.shutdown, daemon=True)
        ending.start()
        ending.join(FLUSH_S)


def is_on() -> bool:
    return _tracer is not None


def current_trace_id() -> str:
    """Return the trace id as 32 hexadecimal digits, or "" outside a trace."""
    if _tracer is None:
        return ""
    context = trace.get_current_span().get_span_context()
    return format_trace_id(context.trace_id) if context.is_valid else ""


def traceparent() -> str:
    """Return the W3C header with which another process or later work continues this trace, or "" outside one."""
    headers: dict[str, str] = {}
    if _tracer is not None:
        _W3C.inject(headers)
    return headers.get(HEADER, "")


def continued(traceparent: str) -> Context:
    """Return the parent context of a `traceparent`. For an empty or malformed one, a new trace begins."""
    return _W3C.extract({HEADER: traceparent}, Context())


def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, Value] | None = None,
    parent: Context | None = None,
) -> AbstractContextManager[None]:
    """Return a span for a block. It is a child of `parent` if given, else of the running span."""
    return _NOTHING if _tracer is None else _record(_tracer, name, kind, attributes or {}, parent)


def part(name: str) -> AbstractContextManager[None]:
    """Return a span for a block only inside a running span, so that periodic work does not begin traces."""
    return span(name) if _tracer is not None and trace.get_current_span().is_recording() else _NOTHING


def note(attributes: Mapping[str, Value]) -> None:
    """Add attributes to the running span, if there is one."""
    trace.get_current_span().set_attributes(_allowed(attributes))


def failed(error: BaseException) -> None:
    """Mark the running span as failed. It never gets the exception's text, which may contain personal data."""
    note({"error.type": type(error).__name__})
    trace.get_current_span().set_status(StatusCode.ERROR)


def answered(status: int, *, fault_from: int) -> None:
    """Record the response status on the running span, and mark it as failed from `fault_from` upwards."""
    note({"http.response.status_code": status})
    if status >= fault_from:
        trace.get_current_span().set_status(StatusCode.ERROR)


@contextmanager
def _record(
    tracer: Tracer, name: str, kind: SpanKind, attributes: Mapping[str, Value], parent: Context | None
) -> Iterator[None]:
    known = _allowed({"request_id": current_request_id(), **attributes})
    # The SDK itself would record the text and the lines of exceptions.
    with tracer.start_as_current_span(
        mask_text(name), parent, kind, known, record_exception=False, set_status_on_exception=False
    ):
        try:
            yield
        except BaseException as error:
            failed(error)
            raise


def _allowed(attributes: Mapping[str, Value]) -> dict[str, Value]:
    """Return the listed attributes that are not empty. Long numbers inside texts are masked; integers stay."""
    return {
        key: mask_text(value) if isinstance(value, str) else value
        for key, value in attributes.items()
        if key in ALLOWED_ATTRIBUTES and value != ""
    }
