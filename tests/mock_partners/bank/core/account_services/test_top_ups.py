"""Top-ups: whatever gets lost on the way, card and account move at most once, and together."""

from __future__ import annotations

import asyncio
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey
from sqlalchemy import func, select

from mock_partners.bank.core import ledger
from mock_partners.bank.core.kernel.access import issue
from mock_partners.bank.core.ledger.tables import journal
from mock_partners.bank.core.orders.tables import difference
from mock_partners.bank.core.reconciliation.settlement import reconcile_days
from mock_partners.outside.card_network import deviations
from mock_partners.outside.card_network.tables import card
from mock_partners.outside.card_network.tables import transfer as network_transfer
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, LIU, WANG, TestBank, new_intent
from tests.support.people.borrowers import borrow

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
NOTICES = "/notices/card-network/hzw"
FIRST = date(2026, 11, 24)
SOURCES = {
    "notice": "card_network.notice",
    "answer": "card_network.answer",
    "file": "card_network.settlement",
}


async def card_balance(bank: TestBank, last_four: str) -> int:
    query = select(card.c.balance_fen).where(card.c.number.like(f"%{last_four}"))
    return int(await bank.network.store.read(lambda conn: conn.execute(query).scalar_one()))


async def booked(bank: TestBank) -> int:
    query = select(func.count()).select_from(journal).where(journal.c.kind == "top_up")
    return int(await bank.store.read(lambda conn: conn.execute(query).scalar_one()))


async def value_dates(bank: TestBank) -> list[date]:
    query = select(journal.c.value_date).where(journal.c.kind == "top_up")
    return list(await bank.store.read(lambda conn: conn.execute(query).scalars().all()))


async def differences(bank: TestBank) -> list[str]:
    query = select(difference.c.code).order_by(difference.c.code)
    return list(await bank.store.read(lambda conn: conn.execute(query).scalars().all()))


async def told_to_operators(bank: TestBank) -> list[dict[str, Any]]:
    token = issue(bank.core, bank.core.settings.operators[0])
    headers = {"Authorization": f"Bearer {token}"}
    response = await bank.http.send("GET", "http://core-bank/differences", repeatable=True, headers=headers)
    return list(response.json()["items"])


async def send_notice(bank: TestBank, body: str) -> int:
    response = await bank.http.send(
        "POST", f"https://core-bank{NOTICES}", repeatable=False, content=body.encode()
    )
    return response.status_code


def notice(bank: TestBank, key: ECKey | None = None, **claims: Any) -> str:
    """A notice as the network signs it."""
    said = {
        "transfer_id": "T1",
        "kind": "debit",
        "state": "succeeded",
        "amount": "100.00",
        "code": None,
        "bank_id": "hzw",
        "settled_at": "2026-11-24T10:00:00+08:00",
    } | claims
    signing = key or bank.network.party._key
    header = {"alg": "ES256", "kid": bank.network.party._key.kid}
    return jws.serialize_compact(header, json.dumps(said), signing)


async def test_money_moves_from_the_card_to_the_account_and_the_statement_says_so(bank: TestBank) -> None:
    account = await bank.account(LI)
    order = await bank.top_up(account.account_id, 10_000)
    assert order.state is OrderState.SUCCEEDED
    assert all(step.at is not None for step in order.steps)
    assert order.source == {"zh": "中国银行（1234）", "en": "Bank of China (1234)"}
    after = await bank.client().accounts.get(account.account_id)
    assert after.balance_fen == 10_000
    assert await card_balance(bank, "1234") == 500_000 - 10_000
    (entry,) = (await bank.client().accounts.entries(account.account_id)).items
    assert entry == await bank.client().accounts.entry(account.account_id, order.result["entry_id"])
    assert (entry.kind, entry.direction, entry.amount_fen, entry.balance_after_fen) == (
        "top_up",
        "in",
        10_000,
        10_000,
    )
    assert (entry.reference, entry.counterparty, entry.intent) == (
        order.reference,
        order.source,
        order.intent,
    )
    assert "充值100元" in (await bank.messages(LI))[0].text
    await bank.prove()


async def test_an_answer_about_another_transfer_settles_neither(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work that asked goes on asking: it must not take another order's end for its own."""
    account, network = await bank.account(LI), bank.core.card_network
    one, two = new_intent(), new_intent()
    for intent in (one, two):
        await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_000), intent)
    bank.wires.faults["core_bank"].add(Fault(kind="down", path="/notices/*", times=None))
    await bank.network.work_once()
    crossed = {one: two, two: one}
    asked = network.transfer
    with monkeypatch.context() as patched:
        patched.setattr(network, "transfer", lambda bank_id, intent: asked(bank_id, crossed[intent]))
        bank.clock.advance(timedelta(seconds=2))
        await bank.core.worker.work_once()
    assert await booked(bank) == 0
    assert sorted(await bank.unfinished()).count("top_up.debit") == 2
    await bank.work(40)
    assert await booked(bank) == 2
    await bank.prove()


async def test_before_the_network_knows_the_order_is_processing_and_nothing_is_booked(bank: TestBank) -> None:
    account = await bank.account(LI)
    order = await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_000), new_intent())
    assert order.state is OrderState.PROCESSING
    assert [step.name for step in order.steps if step.at] == ["confirmed", "sent", "waiting_for_bank"]
    overview = await bank.client().customers.overview(order.customer_id)
    assert [running.intent for running in overview.running_orders] == [order.intent]
    assert await booked(bank) == 0
    await bank.prove()


async def test_a_card_without_money_fails_the_order_and_nothing_moves(bank: TestBank) -> None:
    account = await bank.account(LIU)
    order = await bank.top_up(account.account_id, 10_000)
    assert order.state is OrderState.FAILED
    assert order.reason is not None
    assert order.reason.code == "card.insufficient_funds"
    assert await card_balance(bank, "1357") == 300
    assert (await bank.client().accounts.get(account.account_id)).balance_fen == 0
    await bank.prove()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="drop_response", method="POST", path="/debits", times=3),
        Fault(kind="drop_response", method="POST", path="/debits", times=1),
        Fault(kind="down", method="POST", path="/debits", times=3),
        Fault(kind="down", times=9),
        Fault(kind="drop_response", times=9),
    ],
    ids=["answer lost for good", "answer lost once", "down at first", "down for long", "all answers lost"],
)
async def test_whatever_is_lost_toward_the_network_the_card_is_debited_once(
    bank: TestBank, fault: Fault
) -> None:
    account = await bank.account(LI)
    bank.wires.faults["card_network"].add(fault)
    order = await bank.top_up(account.account_id, 10_000)
    assert order.state is OrderState.SUCCEEDED
    assert await card_balance(bank, "1234") == 490_000
    assert await booked(bank) == 1
    await bank.prove()


async def test_while_the_network_is_down_the_order_stays_processing(bank: TestBank) -> None:
    account = await bank.account(LI)
    bank.wires.faults["card_network"].add(Fault(kind="down", times=None))
    order = await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_000), new_intent())
    await bank.work(seconds=3)
    assert (await bank.client().orders.get(order.intent)).state is OrderState.PROCESSING
    assert await card_balance(bank, "1234") == 500_000
    bank.wires.faults["card_network"].clear()
    await bank.work()
    assert (await bank.client().orders.get(order.intent)).state is OrderState.SUCCEEDED
    await bank.prove()


async def test_without_any_notice_the_core_asks_until_it_knows(bank: TestBank) -> None:
    account = await bank.account(LI)
    bank.wires.faults["core_bank"].add(Fault(kind="down", path="/notices/*", times=None))
    order = await bank.top_up(account.account_id, 10_000)
    assert order.state is OrderState.SUCCEEDED
    bank.wires.faults["core_bank"].clear()
    await bank.work()
    assert await booked(bank) == 1
    await bank.prove()


async def test_the_notice_may_come_before_the_answer_and_twice(bank: TestBank) -> None:
    account, intent = await bank.account(LI), new_intent()
    bank.wires.faults["card_network"].add(Fault(kind="drop_response", times=3))
    order = await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_000), intent)
    assert order.state is OrderState.PROCESSING
    assert await send_notice(bank, notice(bank, intent=intent)) == 204
    assert (await bank.client().orders.get(intent)).state is OrderState.SUCCEEDED
    assert await send_notice(bank, notice(bank, intent=intent)) == 204
    await bank.work()
    assert await booked(bank) == 1
    assert await differences(bank) == []
    await bank.prove()


@pytest.mark.both_databases
async def test_notices_side_by_side_book_once(bank: TestBank) -> None:
    account, intent = await bank.account(LI), new_intent()
    await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_000), intent)
    body = notice(bank, intent=intent)
    asked = [send_notice(bank, body) for _ in range(8)]
    *answered, _ = await asyncio.gather(*asked, bank.core.worker.work_once())
    assert set(answered) == {204}
    await bank.work()
    assert await booked(bank) == 1
    await bank.prove()


@pytest.mark.parametrize(
    ("claims", "status", "code"),
    [
        ({"amount": "100.01"}, 422, "transfer.amount_differs"),
        ({"amount": "1.00"}, 422, "transfer.amount_differs"),
        ({"kind": "credit"}, 422, "transfer.kind_differs"),
        ({"intent": "an-intent-nobody-sent"}, 422, "transfer.unknown"),
        ({"bank_id": "hab"}, 401, "signature.invalid"),
        ({"state": "processing"}, 401, "signature.invalid"),
        ({"amount": 10_000}, 401, "signature.invalid"),
        ({"settled_at": "2026-11-24T20:00:00"}, 401, "signature.invalid"),  # whose eight in the evening?
    ],
)
async def test_a_notice_that_does_not_fit_is_refused_and_kept_for_a_person(
    bank: TestBank, claims: dict[str, Any], status: int, code: str
) -> None:
    account, intent = await bank.account(LI), new_intent()
    await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_000), intent)
    body = notice(bank, **({"intent": intent} | claims))
    assert [await send_notice(bank, body) for _ in range(2)] == [status, status]
    assert await differences(bank) == [code]
    assert (await bank.client().orders.get(intent)).state is OrderState.PROCESSING
    await bank.work()
    assert (await bank.client().orders.get(intent)).state is OrderState.SUCCEEDED
    assert await booked(bank) == 1
    await bank.prove()


async def test_a_notice_signed_by_somebody_else_is_refused_and_kept(bank: TestBank) -> None:
    account, intent = await bank.account(LI), new_intent()
    await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_000), intent)
    forged = notice(bank, key=ECKey.generate_key("P-256"), intent=intent)
    assert await send_notice(bank, forged) == 401
    assert await send_notice(bank, "no.compact.jws") == 401
    assert await differences(bank) == ["signature.invalid", "signature.invalid"]
    assert await booked(bank) == 0
    await bank.prove()


async def test_what_strangers_send_crowds_out_nothing_that_the_network_says(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mock_partners.bank.core.orders.differences.MOST_KEPT", 3)
    monkeypatch.setattr("mock_partners.bank.core.reconciliation.records.SHOWN", 3)
    assert [await send_notice(bank, f"no.compact.{number}") for number in range(5)] == [401] * 5
    assert await send_notice(bank, notice(bank, intent="an-intent-nobody-sent")) == 422
    bank.clock.advance(timedelta(seconds=1))
    assert await send_notice(bank, "no.compact.jws") == 401
    assert (await differences(bank)).count("signature.invalid") == 3
    assert [found["code"] for found in await told_to_operators(bank)] == [
        "transfer.unknown",
        "signature.invalid",
        "signature.invalid",
    ]


@pytest.mark.parametrize("name", sorted(deviations.ALL))
async def test_a_transfer_with_an_impossible_date_is_booked_on_the_nearest_day_and_kept(
    bank: TestBank, name: str
) -> None:
    """The debit is real, so the money is the customer's. No file would ever be compared with that date."""
    account, message = await bank.account(LI), name.partition(".")[0]
    armed = {"json": {"names": [name]}}
    await bank.http.send("POST", "http://card-network/_deviate", repeatable=False, **armed)
    silent = {"notice": (), "answer": ("core_bank",), "file": ("core_bank", "card_network")}[message]
    for party in silent:
        bank.wires.faults[party].add(Fault(kind="down", path="/[nt]*/*", times=None))
    await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_000), new_intent())
    await bank.network.work_once()
    await bank.network.work_once()
    bank.clock.advance(timedelta(seconds=2))
    await bank.core.worker.work_once()
    if message == "file":
        assert await booked(bank) == 0
        bank.clock.advance(timedelta(days=1))
        await reconcile_days(bank.core)
    assert await value_dates(bank) == [FIRST]
    (found,) = await told_to_operators(bank)
    assert (found["source"], found["code"]) == (SOURCES[message], "transfer.date_differs")
    assert found["ours"]["value_date"] == str(FIRST)
    assert datetime.fromisoformat(found["theirs"]["settled_at"]) == deviations.ALL[name][1]
    for party in silent:
        bank.wires.faults[party].clear()
    await bank.work()


async def test_nothing_is_booked_on_a_day_whose_file_was_compared_before(bank: TestBank) -> None:
    """A later file would never list it, so a notice of yesterday is booked today."""
    account, intent = await bank.account(LI), new_intent()
    bank.wires.faults["card_network"].add(Fault(kind="down", path="/debits", times=None))
    await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_000), intent)
    bank.clock.advance(timedelta(days=1))
    await reconcile_days(bank.core)
    assert await send_notice(bank, notice(bank, intent=intent)) == 204
    assert await value_dates(bank) == [FIRST + timedelta(days=1)]
    assert await differences(bank) == ["transfer.date_differs"]
    await bank.prove()


async def test_a_notice_against_an_order_that_has_ended_changes_nothing(bank: TestBank) -> None:
    account = await bank.account(LI)
    order = await bank.top_up(account.account_id, 10_000)
    assert await send_notice(bank, notice(bank, intent=order.intent, state="failed")) == 422
    assert await differences(bank) == ["transfer.older_news"]
    (found,) = await told_to_operators(bank)
    assert (found["subject"], found["ours"]["state"], found["theirs"]["state"]) == (
        order.intent,
        "succeeded",
        "failed",
    )
    assert await bank.client().orders.get(order.intent) == order
    await bank.prove()


@pytest.mark.parametrize(
    ("amount_fen", "code"),
    [
        (99, "amount.too_small"),
        (0, "amount.too_small"),
        (-5, "amount.too_small"),
        (500_001, "amount.too_large"),
    ],
)
async def test_an_amount_out_of_bounds_is_a_fault_of_that_field(
    bank: TestBank, amount_fen: int, code: str
) -> None:
    account, intent = await bank.account(LI), new_intent()
    with pytest.raises(Problem) as refused:
        await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=amount_fen), intent)
    (error,) = refused.value.errors
    assert (refused.value.status, error.field, error.code) == (422, "amount", code)
    assert error.params == {"min": "1.00", "max": "5000.00", "currency": "CNY"}
    with pytest.raises(Problem) as unknown:
        await bank.client().orders.get(intent)
    assert (unknown.value.status, unknown.value.code) == (404, "order.unknown")


@pytest.mark.both_databases
async def test_the_same_intent_sent_many_times_at_once_is_one_top_up(bank: TestBank) -> None:
    account, intent = await bank.account(LI), new_intent()
    client = bank.client()
    sent = [client.top_ups.start(account.account_id, TopUp(amount_fen=10_000), intent) for _ in range(8)]
    assert {order.reference for order in await asyncio.gather(*sent)} == {
        (await client.orders.get(intent)).reference
    }
    await bank.work()
    assert await card_balance(bank, "1234") == 490_000
    assert await booked(bank) == 1
    await bank.prove()


async def test_the_same_intent_for_another_amount_is_refused_and_changes_nothing(bank: TestBank) -> None:
    account, intent = await bank.account(LI), new_intent()
    await bank.top_up(account.account_id, 10_000, intent)
    with pytest.raises(Problem) as refused:
        await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_001), intent)
    assert (refused.value.status, refused.value.code) == (422, "intent.reused")
    assert (await bank.client().accounts.get(account.account_id)).balance_fen == 10_000
    await bank.prove()


async def test_the_statement_is_paged_by_a_cursor_that_new_entries_do_not_shift(bank: TestBank) -> None:
    account, client = await bank.account(LI), bank.client()
    for amount_fen in (100, 200, 300, 400):
        await bank.top_up(account.account_id, amount_fen)
    first = await client.accounts.entries(account.account_id, limit=2)
    await bank.top_up(account.account_id, 500)
    second = await client.accounts.entries(account.account_id, cursor=first.next_cursor, limit=2)
    assert [entry.amount_fen for entry in first.items + second.items] == [400, 300, 200, 100]
    assert [entry.balance_after_fen for entry in first.items + second.items] == [1000, 600, 300, 100]
    assert second.next_cursor is None
    await bank.prove()


async def test_another_partners_client_sees_neither_account_nor_order(bank: TestBank) -> None:
    account = await bank.funded_account(LI)
    order = await bank.top_up(account.account_id, 100)
    for read in (
        bank.client("haian").orders.get(order.intent),
        bank.client("haian").accounts.entries(account.account_id),
        bank.client("haian").top_ups.start(account.account_id, TopUp(amount_fen=100), new_intent()),
    ):
        with pytest.raises(Problem) as refused:
            await read
        assert refused.value.status == 404


FAULTS = st.sampled_from(
    [
        Fault(kind="drop_response", method="POST", path="/debits"),
        Fault(kind="down", method="POST", path="/debits", times=3),
        Fault(kind="drop_response", method="GET", path="/transfers/*", times=4),
    ]
)


@settings(
    max_examples=settings().max_examples // 10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    plan=st.lists(
        st.tuples(st.integers(1, 2_000).map(lambda yuan: yuan * 100), st.none() | FAULTS, st.booleans()),
        min_size=1,
        max_size=5,
    )
)
async def test_card_account_and_orders_agree_after_any_sequence(
    bank: TestBank, plan: list[tuple[int, Fault | None, bool]]
) -> None:
    overview = await bank.client().customers.overview((await bank.customer(LI)).customer_id)
    account = overview.account or await bank.account(LI)
    on_card, in_account = await card_balance(bank, "1234"), account.balance_fen
    orders = []
    for amount_fen, fault, notices_lost in plan:
        if fault is not None:
            bank.wires.faults["card_network"].add(fault)
        if notices_lost:
            bank.wires.faults["core_bank"].add(Fault(kind="down", path="/notices/*", times=2))
        orders.append(await bank.top_up(account.account_id, amount_fen))
    moved = sum(order.amount_fen or 0 for order in orders if order.state is OrderState.SUCCEEDED)
    assert all(order.state is not OrderState.PROCESSING for order in orders)
    assert await card_balance(bank, "1234") == on_card - moved
    assert (await bank.client().accounts.get(account.account_id)).balance_fen == in_account + moved
    clearing = await bank.store.read(lambda conn: ledger.balance(conn, "hzw", "network.clearing"))
    taken = select(func.coalesce(func.sum(network_transfer.c.amount_fen), 0)).where(
        network_transfer.c.state == "succeeded"
    )
    assert clearing == await bank.network.store.read(lambda conn: conn.execute(taken).scalar_one())
    await bank.prove()


async def test_the_result_says_the_new_balance(bank: TestBank) -> None:
    account = await bank.funded_account(LI, 10_000)
    order = await bank.top_up(account.account_id, 5_000)
    assert (order.result["balance"], order.result["currency"]) == ("150.00", "CNY")


async def test_without_its_own_authorisation_the_card_is_not_debited(bank: TestBank) -> None:
    account = await bank.account(LI)
    customer_id = (await bank.customer(LI)).customer_id
    assert account.debit_authorised
    consents = bank.client().consents
    (debit,) = [each for each in await consents.all(customer_id) if each.purpose == "card_debit"]
    await consents.withdraw(customer_id, debit.consent_id)
    assert not (await bank.client().accounts.get(account.account_id)).debit_authorised
    with pytest.raises(Problem, match=r"403 consent\.missing"):
        await bank.top_up(account.account_id, 10_000)
    assert await card_balance(bank, "1234") == 500_000
    await bank.consents(customer_id, ["card_debit"])
    assert (await bank.top_up(account.account_id, 10_000)).state is OrderState.SUCCEEDED


async def test_a_large_top_up_needs_the_customer_seen_just_now(bank: TestBank) -> None:
    """Only what is owed may be brought at once beyond the usual limit, and only with fresh evidence."""
    borrower = await borrow(bank, funds_fen=0)
    await borrower.drawn(2_000_000)
    account = await bank.client().accounts.get(borrower.account_id)
    assert (account.top_up_max_fen, account.top_up_unchecked_fen) == (2_000_000, 500_000)
    top_ups, large = bank.client().top_ups, TopUp(amount_fen=2_000_000)
    with pytest.raises(Problem, match=r"401 step_up\.required"):
        await top_ups.start(account.account_id, large, new_intent())
    of_another = large.model_copy(update={"evidence": bank.evidence(WANG)})
    with pytest.raises(Problem, match=r"401 step_up\.required"):
        await top_ups.start(account.account_id, of_another, new_intent())
    with pytest.raises(Problem, match=r"422 amount\.too_large"):
        await top_ups.start(account.account_id, TopUp(amount_fen=2_000_001), new_intent())
    seen = large.model_copy(update={"evidence": bank.evidence(LI)})
    order = await top_ups.start(account.account_id, seen, new_intent())
    assert order.amount_fen == 2_000_000
