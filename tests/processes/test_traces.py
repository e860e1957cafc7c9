"""A request's trace through the house as a collector gets it: real processes, which send it when they are stopped."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from mock_partners.testing.running.demo import H5APP
from partner_adapters.core_bank.orders import OrderState
from tests.faults.pages import FORMS, Phone
from tests.support.cases import WHO
from tests.support.houses.collector import Collector, collector
from tests.support.houses.processes import ProcessHouse, process_house
from tests.support.houses.serving import until
from tests.support.leaks import found_in
from tests.support.people.citizen import arrive

pytestmark = pytest.mark.slow
PROGRAMS = (H5APP, "gov_app", "core_bank", "card_network", "messages")
# The trace id that the browser claims.
FORGED = "f0" * 16
NOTICED_WITHIN_S = STOPPED_WITHIN_S = 30


@dataclass(frozen=True)
class TopUp:
    """What the tap's answer was known by, and what the collector had before and after everybody was stopped."""

    reference: str
    early: int
    collected: Collector
    lines: dict[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def top_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TopUp]:
    with collector() as taking, pytest.MonkeyPatch.context() as environment:
        environment.setenv("SUNBRIDGE_TRACES_URL", taking.url)
        environment.setenv("SUNBRIDGE_DRAIN_S", "0")
        # Nothing is sent by time or number: what comes was sent at the stop.
        environment.setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000")
        environment.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "20000")
        environment.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "20000")
        with process_house(tmp_path_factory.mktemp("house")) as running:
            running.start(*PROGRAMS)
            reference = asyncio.run(tops_up(running))
            asyncio.run(noticed(running, reference))
            early = len(taking.spans)
            assert running.broken_rules() == []
            asyncio.run(stopped(running))
            lines = {name: running.lines(name, reference) for name in PROGRAMS}
        yield TopUp(reference, early, taking, lines)


async def tops_up(running: ProcessHouse) -> str:
    """A person who has an account sends the form; the reference of the answer, once the money is there."""
    async with arrive(running, WHO) as li:
        await li.account()
        phone = Phone(running)
        phone.browser.headers["traceparent"] = f"00-{FORGED}-{'0f' * 8}-01"
        phone.log_in()
        filled = await FORMS["top_up"](phone, li)
        taken = phone.browser.post(filled.action, data=dict(filled.values), follow_redirects=False)
        assert taken.status_code == 303, taken.text
        ended = await li.ended(await li.core.orders.get(taken.headers["location"].rpartition("/")[2]))
        assert ended.state is OrderState.SUCCEEDED
        return taken.headers["x-request-id"]


async def noticed(running: ProcessHouse, reference: str) -> None:
    """The core may have asked for the outcome before it was told."""

    def told() -> bool:
        return any("/notices/" in line.get("route", "") for line in running.lines("core_bank", reference))

    await until(told, NOTICED_WITHIN_S)


async def stopped(running: ProcessHouse) -> None:
    for name in PROGRAMS:
        os.kill(running.pid(name), signal.SIGTERM)
    await until(lambda: not any(running.runs(name) for name in PROGRAMS), STOPPED_WITHIN_S)


def test_what_a_process_still_holds_is_sent_when_it_is_stopped(top_up: TopUp) -> None:
    assert top_up.early == 0
    assert {span.service for span in top_up.collected.spans} == set(PROGRAMS)


def test_one_trace_leads_from_the_tap_to_the_card_network(top_up: TopUp) -> None:
    spans = top_up.collected.spans
    [tap] = [one for one in spans if one.service == H5APP and one.name == "POST /{partner}/top-up"]
    [debit] = [one for one in spans if one.service == "card_network" and one.name == "POST /debits"]
    assert [(one.service, one.kind, one.name.split(" 127")[0]) for one in top_up.collected.above(debit)] == [
        ("core_bank", "client", "POST"),
        ("core_bank", "consumer", "outbox top_up.debit"),
        ("core_bank", "internal", "write TopUp"),
        ("core_bank", "server", "POST /accounts/{account_id}/top-ups"),
        (H5APP, "client", "POST"),
        (H5APP, "server", "POST /{partner}/top-up"),
    ]
    assert tap.parent == ""
    assert tap.attributes["http.response.status_code"] == 303
    notices = [one for one in spans if one.name == "POST /notices/card-network/{bank_id}"]
    assert tap.trace_id in {one.trace_id for one in notices}, "what the network sends back belongs to it too"


def test_reference_and_trace_lead_to_each_other(top_up: TopUp) -> None:
    [tap] = [one for one in top_up.collected.spans if one.name == "POST /{partner}/top-up"]
    trace = [one for one in top_up.collected.spans if one.trace_id == tap.trace_id]
    assert {one.attributes["request_id"] for one in trace} == {top_up.reference}
    for name in (H5APP, "core_bank", "card_network"):
        assert {line["trace_id"] for line in top_up.lines[name]} == {tap.trace_id}, name


def test_a_trace_that_a_browser_claims_is_not_continued(top_up: TopUp) -> None:
    of_h5app = [one for one in top_up.collected.spans if one.service == H5APP]
    assert len(of_h5app) > 3
    assert FORGED not in {one.trace_id for one in of_h5app}
    assert {one.parent for one in of_h5app if one.kind == "server"} == {""}


def test_no_span_shows_who_it_was(top_up: TopUp) -> None:
    assert list(found_in([one.everything for one in top_up.collected.spans], "trace")) == []
