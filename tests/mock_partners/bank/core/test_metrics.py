"""What the core tells Prometheus: requests by route, and the state of each bank's books."""

from datetime import timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from mock_partners.bank.core.audit.chain import link_rows
from mock_partners.bank.core.end_of_day.day_close import close_days
from mock_partners.bank.core.kernel.services import enqueue
from mock_partners.bank.core.orders.tables import difference
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.top_ups import TopUp
from tests.docs.test_operations import section
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.people.borrowers import borrow
from tests.support.people.operators import start, stop

pytestmark = pytest.mark.anyio
Samples = dict[tuple[str, ...], float]


async def scraped(bank: TestBank) -> Samples:
    """`("core_bank_orders_processing", "hzw", "top_up")` → 1: name and the labels' values in order of their names."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(bank.app), base_url="http://core") as http:
        answer = await http.get("/metrics")
    assert answer.status_code == 200
    for private in (LI.name, LI.id_number, LI.phone, LI.cards[0].number):
        assert private not in answer.text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_orders_and_outside_work_under_way_are_counted_until_they_end(bank: TestBank) -> None:
    account = await bank.account()
    bank.wires.faults["card_network"].add(Fault(kind="down", times=100))
    await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=100_00), new_intent())
    bank.clock.advance(timedelta(minutes=3))
    shown = await scraped(bank)
    assert shown["core_bank_orders_processing", "hzw", "top_up"] == 1
    assert shown["core_bank_outbox_waiting", "hzw", "top_up.debit"] == 1
    assert shown["core_bank_outbox_oldest_seconds", "hzw", "top_up.debit"] >= 180
    bank.wires.faults["card_network"].clear()
    await bank.work()
    ended = await scraped(bank)
    assert not [key for key in ended if key[0] in ("core_bank_orders_processing", "core_bank_outbox_waiting")]
    await bank.prove()


async def test_requests_are_counted_by_route_and_no_id_is_a_label(bank: TestBank) -> None:
    account = await bank.account()
    requests = ("core_bank_requests_total", "GET", "/accounts/{account_id}", "200")
    seconds = ("core_bank_request_seconds_count", "/accounts/{account_id}")
    before = await scraped(bank)
    await bank.client().accounts.get(account.account_id)
    shown = await scraped(bank)
    assert [shown[name] - before.get(name, 0) for name in (requests, seconds)] == [1, 1]
    assert not [key for key in shown if account.account_id in "".join(key)]


async def test_past_days_are_counted_until_they_are_closed(bank: TestBank) -> None:
    borrower = await borrow(bank)
    await borrower.draw(1_000_00)
    bank.clock.advance(timedelta(days=3))
    assert (await scraped(bank))["core_bank_days_not_closed", "hzw"] == 3
    await close_days(bank.core)
    assert (await scraped(bank))["core_bank_days_not_closed", "hzw"] == 0


async def test_differences_are_counted_for_their_bank(bank: TestBank) -> None:
    row = {
        "bank_id": "hzw",
        "difference_id": "d-1",
        "source": "card_network.notice",
        "subject": "s",
        "code": "transfer.unknown",
        "ours": {},
        "theirs": {},
        "found_at": bank.clock.now(),
    }
    await bank.store.write(lambda conn: conn.execute(insert(difference).values(row)))
    shown = await scraped(bank)
    assert (shown["core_bank_differences", "day", "hzw"], shown["core_bank_differences", "day", "hab"]) == (
        1,
        0,
    )
    assert shown["core_bank_differences", "older", "hzw"] == 0


async def test_what_is_stopped_is_shown_until_it_is_started(bank: TestBank) -> None:
    await stop(bank, "party", "esign")
    stopped = ("core_bank_stopped", "hzw", "party", "esign")
    assert (await scraped(bank))[stopped] == 1
    await start(bank, "party", "esign")
    assert stopped not in await scraped(bank)


async def test_audit_rows_that_wait_to_be_linked_are_shown_by_their_age(bank: TestBank) -> None:
    await link_rows(bank.core)
    unlinked = ("core_bank_audit_unlinked_seconds", "hzw")
    assert (await scraped(bank))[unlinked] == 0
    await bank.customer()
    bank.clock.advance(timedelta(seconds=30))
    assert (await scraped(bank))[unlinked] == 30


async def test_every_metric_of_the_core_is_in_the_notes_for_operators(bank: TestBank) -> None:
    account = await bank.account()
    await bank.client().accounts.get(account.account_id)
    bank.clock.advance(timedelta(days=1))
    await bank.store.write(lambda conn: enqueue(conn, bank.context(), "top_up.debit", "x", customer_id="c"))
    names = {key[0] for key in await scraped(bank)}
    parts = ("_bucket", "_count", "_sum", "_created")
    plain = {name for name in names if not name.endswith(parts)} | {"core_bank_request_seconds"}
    assert plain == {name for name in plain if f"`{name}`" in section("Metrics")}
    assert len(plain) > 5
