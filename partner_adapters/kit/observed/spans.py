"""Traces for an OpenTelemetry collector: what a request did in each process it reached, and how long that took.

Off unless a collector is named at start: then no stack holds the middleware, and a span is nothing. Like log records
spans cannot leak: their attributes are the ones named here, texts are masked besides, and of an exception only its
class is kept.
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
# How long one parcel of spans may take to the collector, all attempts included.
EXPORT_S = 2.0
# How long a stop waits for the collector; a process's own grace is longer.
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


# Where a collector takes OTLP over HTTP, without `/v1/traces`.
CollectorUrl = Annotated[str, AfterValidator(_collector)]


@contextmanager
def traces(party: str, collector: str | None) -> Iterator[None]:
    """Send this process's spans to the collector; what it has not got at the end of the block is sent then.

    `collector` None: no traces. Applications and clients must be made inside the block.
    """
    if collector is None:
        yield
        return
    # Here, because a process without traces need not load them.
    import requests
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    session = requests.Session()
    session.trust_env = False  # no proxy of the environment's, as for every call of ours
    exporter = OTLPSpanExporter(collector + _PATH, timeout=EXPORT_S, session=session)
    with traced_by(party, BatchSpanProcessor(exporter)):
        yield


@contextmanager
def traced_by(party: str, processor: SpanProcessor) -> Iterator[None]:
    """Give this process's spans to `processor` until the block ends."""
    global _tracer
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    resource = Resource.create({"service.namespace": "sunbridge", "service.name": party})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(processor)
    before, _tracer = _tracer, provider.get_tracer("sunbridge")
    try:
        yield
    finally:
        _tracer = before
        # By itself it waits for half a minute.
        ending = Thread(target=provider.shutdown, daemon=True)
        ending.start()
        ending.join(FLUSH_S)


def is_on() -> bool:
    return _tracer is not None


def current_trace_id() -> str:
    """32 hexadecimal digits, or "" where nothing is traced."""
    if _tracer is None:
        return ""
    context = trace.get_current_span().get_span_context()
    return format_trace_id(context.trace_id) if context.is_valid else ""


def traceparent() -> str:
    """By which others go on with what runs here, later or elsewhere; "" where nothing is traced."""
    headers: dict[str, str] = {}
    if _tracer is not None:
        _W3C.inject(headers)
    return headers.get(HEADER, "")


def continued(traceparent: str) -> Context:
    """The parent that a `traceparent` names; none, if it is empty or malformed: a trace begins."""
    return _W3C.extract({HEADER: traceparent}, Context())


def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, Value] | None = None,
    parent: Context | None = None,
) -> AbstractContextManager[None]:
    """What happens inside, as a part of what runs here, or of `parent` where that is given."""
    return _NOTHING if _tracer is None else _record(_tracer, name, kind, attributes or {}, parent)


def part(name: str) -> AbstractContextManager[None]:
    """A span only inside another: what happens ever again by itself begins no trace."""
    return span(name) if _tracer is not None and trace.get_current_span().is_recording() else _NOTHING


def note(attributes: Mapping[str, Value]) -> None:
    """Add to the span that runs here, if one does."""
    trace.get_current_span().set_attributes(_allowed(attributes))


def failed(error: BaseException) -> None:
    """Mark the span that runs here. Never the exception's text: it may hold a person's values."""
    note({"error.type": type(error).__name__})
    trace.get_current_span().set_status(StatusCode.ERROR)


def answered(status: int, *, fault_from: int) -> None:
    """The span that runs here is a request's; a status of `fault_from` or more marks it as failed."""
    note({"http.response.status_code": status})
    if status >= fault_from:
        trace.get_current_span().set_status(StatusCode.ERROR)


@contextmanager
def _record(
    tracer: Tracer, name: str, kind: SpanKind, attributes: Mapping[str, Value], parent: Context | None
) -> Iterator[None]:
    known = _allowed({"request_id": current_request_id(), **attributes})
    # The SDK's own way with exceptions keeps their text and their lines.
    with tracer.start_as_current_span(
        mask_text(name), parent, kind, known, record_exception=False, set_status_on_exception=False
    ):
        try:
            yield
        except BaseException as error:
            failed(error)
            raise


def _allowed(attributes: Mapping[str, Value]) -> dict[str, Value]:
    """Drop what is not on the list and what is empty; mask numbers inside the rest."""
    return {
        key: mask_text(value) if isinstance(value, str) else value
        for key, value in attributes.items()
        if key in ALLOWED_ATTRIBUTES and value != ""
    }
