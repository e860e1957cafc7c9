"""Spans of real applications: what they are called, whose trace they continue, and what never gets into them."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, format_trace_id
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.observed import spans
from partner_adapters.kit.observed.span_sinks import CountingExporter
from partner_adapters.kit.observed.spans import traced_by, traces
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.calls.http_client import HttpClient, NotSent
from partner_adapters.kit.web.log_records import keep_allowed
from partner_adapters.kit.web.serving import listen
from partner_adapters.kit.web.tracing import TracingMiddleware
from tests.support.houses.site import site

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{CALLER}-01"
PHONE = "13800138000"

pytestmark = pytest.mark.anyio


class Kept(InMemorySpanExporter):
    def all(self) -> list[ReadableSpan]:
        return list(self.get_finished_spans())

    def one(self) -> ReadableSpan:
        [span] = self.all()
        return span


@pytest.fixture
def kept() -> Iterator[Kept]:
    """Every span that ends in this process."""
    memory = Kept()
    with traced_by("party", SimpleSpanProcessor(memory)):
        yield memory


@pytest.fixture
def off() -> Iterator[None]:
    """As a process without a collector is; tests have one for the search for personal data."""
    with spans.untraced():
        yield


async def echo(request: Request) -> Response:
    return JSONResponse({"traceparent": request.headers.get("traceparent")})


async def break_(_request: Request) -> Response:
    raise RuntimeError(f"no such phone: {PHONE}")


def party() -> Starlette:
    return service("party", [Route("/people/{phone}", echo), Route("/break", break_)])


def client(app: Starlette) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://party.test")


def attributes(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def trace_id(span: ReadableSpan) -> str:
    assert span.context is not None
    return format_trace_id(span.context.trace_id)


async def test_a_request_is_a_span_by_method_and_template_and_never_by_path_or_query(kept: Kept) -> None:
    async with client(party()) as http:
        answer = await http.get(f"/people/{PHONE}?name=li")
    span = kept.one()
    assert (span.name, span.kind) == ("GET /people/{phone}", SpanKind.SERVER)
    assert attributes(span) == {
        "party": "party",
        "request_id": answer.headers["x-request-id"],
        "http.request.method": "GET",
        "http.route": "/people/{phone}",
        "http.response.status_code": 200,
    }
    assert PHONE not in span.to_json()
    assert "name=" not in span.to_json()


async def test_an_address_that_nothing_serves_has_no_name(kept: Kept) -> None:
    async with client(party()) as http:
        await http.get(f"/elsewhere/{PHONE}")
    assert kept.one().name == "GET none"
    assert kept.one().status.status_code is StatusCode.UNSET


@pytest.mark.parametrize("probe", ["/healthz", "/readyz", "/metrics"])
async def test_probes_are_not_traced(kept: Kept, probe: str) -> None:
    async with client(party()) as http:
        assert (await http.get(probe)).status_code == 200
    assert kept.all() == []


async def test_a_service_continues_its_callers_trace(kept: Kept) -> None:
    async with client(party()) as http:
        await http.get("/people/1", headers={"traceparent": TRACEPARENT})
    span = kept.one()
    assert trace_id(span) == TRACE
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == CALLER


@pytest.mark.parametrize("odd", ["", "x", "00-0-0-0", f"00-{'0' * 32}-{CALLER}-01", f"{TRACEPARENT}<script>"])
async def test_a_malformed_trace_is_not_continued(kept: Kept, odd: str) -> None:
    async with client(party()) as http:
        assert (await http.get("/people/1", headers={"traceparent": odd})).status_code == 200
    assert kept.one().parent is None


async def test_pages_begin_their_own_trace_whatever_the_browser_claims(kept: Kept, tmp_path: Path) -> None:
    with site(tmp_path) as pages:
        visitor = await pages.client()
        answer = await visitor.http.get("/lyg/me/help", headers={"traceparent": TRACEPARENT})
    assert answer.status_code == 200
    [span] = [span for span in kept.all() if span.kind is SpanKind.SERVER]
    assert (span.name, span.parent) == ("GET /{partner}/me/help", None)
    assert trace_id(span) != TRACE


async def test_of_an_exception_only_its_class_is_kept(kept: Kept) -> None:
    async with client(party()) as http:
        assert (await http.get("/break")).status_code == 500
    span = kept.one()
    assert attributes(span)["error.type"] == "RuntimeError"
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert span.events == ()
    assert "phone" not in span.to_json()


async def test_what_is_not_on_the_list_is_dropped_and_numbers_are_masked(kept: Kept) -> None:
    with spans.span(f"outbox {PHONE}", attributes={"kind": f"to {PHONE}", "name": "li"}):
        spans.note({"outcome": PHONE, "id_number": "3207"})
    span = kept.one()
    assert span.name == "outbox 138****8000"
    assert attributes(span) == {"kind": "to 138****8000", "outcome": "138****8000"}


async def test_a_call_hands_on_the_trace_and_says_what_came_of_it(kept: Kept) -> None:
    app = Starlette(routes=[Route("/echo", echo)])
    http = HttpClient(httpx.ASGITransport(app))
    with spans.span("job"):
        answer = await http.send("GET", "http://bank.test/echo?phone=1", repeatable=True)
        await http.send("GET", "http://bank.test/nothing", repeatable=True)
    good, bad, job = kept.all()
    assert good.context is not None
    # The last two digits are flags.
    assert answer.json()["traceparent"][:-2] == f"00-{trace_id(job)}-{good.context.span_id:016x}-"
    assert (good.name, good.kind, good.parent) == ("GET bank.test", SpanKind.CLIENT, job.context)
    assert attributes(good) == {
        "http.request.method": "GET",
        "server.address": "bank.test",
        "http.response.status_code": 200,
    }
    assert (good.status.status_code, bad.status.status_code) == (StatusCode.UNSET, StatusCode.ERROR)


async def test_every_attempt_of_a_call_is_a_span_that_says_why_it_failed(kept: Kept) -> None:
    http = HttpClient()
    with pytest.raises(NotSent):
        await http.send("POST", "http://127.0.0.1:1/x", repeatable=True)
    await http.aclose()
    assert len(kept.all()) == 3
    assert {attributes(span)["error.type"] for span in kept.all()} == {"NotSent"}


async def test_a_transaction_is_a_part_of_what_asked_for_it_and_begins_no_trace(
    kept: Kept, tmp_path: Path
) -> None:
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    await store.read(lambda conn: conn.execute(text("SELECT 1")).scalar_one())
    assert kept.all() == []
    with spans.span("job"):
        await store.write(lambda conn: conn.execute(text("SELECT 1")).scalar_one(), "TopUp")
    store.close()
    write, job = kept.all()
    assert (write.name, write.parent) == ("write TopUp", job.context)


async def test_a_trace_id_in_a_log_line_is_whole_even_where_it_looks_like_a_phone_number() -> None:
    looks_like_one = f"a{PHONE}b" + "c" * 19
    assert keep_allowed(None, "info", {"trace_id": looks_like_one}) == {"trace_id": looks_like_one}


async def test_off_there_is_nothing_in_any_stack_and_nothing_in_any_call(off: None, tmp_path: Path) -> None:
    app = party()
    assert TracingMiddleware not in [one.cls for one in app.user_middleware]
    with site(tmp_path) as pages:
        assert TracingMiddleware not in [one.cls for one in pages.app.user_middleware]
    http = HttpClient(httpx.ASGITransport(app))
    with spans.span("job"):
        answer = await http.send("GET", "http://party.test/people/1", repeatable=True)
        assert spans.current_trace_id() == spans.traceparent() == ""
    assert answer.json() == {"traceparent": None}


async def test_without_a_collector_traces_stay_off(off: None) -> None:
    with traces("party", None):
        assert not spans.is_on()


async def test_a_collector_that_is_silent_does_not_hold_up_the_stop(
    off: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spans, "EXPORT_S", 5.0)
    monkeypatch.setattr(spans, "FLUSH_S", 0.1)
    with listen(0) as silent:
        with traces("party", f"http://127.0.0.1:{silent.getsockname()[1]}"):
            with spans.span("job"):
                pass
            told_to_stop = time.monotonic()
        waited_s = time.monotonic() - told_to_stop
        asked, _ = silent.accept()
        with asked:
            assert asked.recv(65_536).startswith(b"POST /v1/traces HTTP/1.1")
            # Else it would go on trying, and log that, during the tests that follow.
            asked.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert waited_s < spans.EXPORT_S
    for thread in threading.enumerate():
        if thread.name.startswith("OtelBatch"):
            thread.join()


class Broken(SpanProcessor):
    """A sink that fails at each span."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        raise OSError(errno.ENOSPC, "no room")

    def on_end(self, span: ReadableSpan) -> None:
        raise ValueError("closed")


class Refusing(SpanExporter):
    """A collector that takes nothing."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.FAILURE


@pytest.mark.parametrize(
    ("processor", "lost"), [(Broken(), 2), (SimpleSpanProcessor(CountingExporter(Refusing())), 1)]
)
async def test_a_sink_of_spans_that_fails_changes_no_answer_and_is_counted(
    processor: SpanProcessor, lost: int
) -> None:
    with traced_by("party", processor):
        async with client(party()) as http:
            before = await lost_spans(http)
            assert (await http.get("/people/1")).status_code == 200
            assert await lost_spans(http) == before + lost


async def lost_spans(http: httpx.AsyncClient) -> float:
    metrics = (await http.get("/metrics")).text
    [line] = [line for line in metrics.splitlines() if line.startswith('sunbridge_lost_total{sink="spans"}')]
    return float(line.rpartition(" ")[2])
