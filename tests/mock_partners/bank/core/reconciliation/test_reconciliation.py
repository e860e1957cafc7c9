"""Reconciliation: books and settlement file agree, or a person hears of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from mock_partners.bank.core.orders.tables import difference, reconciled_day
from mock_partners.bank.core.reconciliation.settlement import reconcile_days
from mock_partners.outside.card_network.tables import transfer
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.card_network.wire import Settlement, Transfer, TransferState
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, WANG, TestBank, new_intent

pytestmark = pytest.mark.anyio
FIRST = date(2026, 11, 24)
DAY = timedelta(days=1)


async def days(bank: TestBank, bank_id: str = "hzw") -> list[tuple[date, int, int, int]]:
    t = reconciled_day.c
    query = (
        select(t.day, t.transfers, t.debits_fen, t.differences).where(t.bank_id == bank_id).order_by(t.day)
    )
    rows = await bank.store.read(lambda conn: conn.execute(query).all())
    return [(row.day, row.transfers, row.debits_fen, row.differences) for row in rows]


async def differences(bank: TestBank) -> list[tuple[str, str]]:
    query = select(difference.c.subject, difference.c.code)
    rows = await bank.store.read(lambda conn: conn.execute(query).all())
    return [(row.subject, row.code) for row in rows]


async def test_days_are_compared_in_order_once_and_only_when_they_are_over(bank: TestBank) -> None:
    account = await bank.account(LI)
    await bank.top_up(account.account_id, 10_000)
    await bank.top_up(account.account_id, 20_000)
    await reconcile_days(bank.core)
    assert await days(bank) == []
    bank.clock.advance(3 * DAY)
    await reconcile_days(bank.core)
    await reconcile_days(bank.core)
    assert await days(bank) == [(FIRST, 2, 30_000, 0), (FIRST + DAY, 0, 0, 0), (FIRST + 2 * DAY, 0, 0, 0)]
    assert await differences(bank) == []
    await bank.prove()


async def test_a_debit_that_the_core_never_heard_of_again_is_booked_from_the_file(bank: TestBank) -> None:
    account, intent = await bank.account(LI), new_intent()
    await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_000), intent)
    bank.wires.faults["core_bank"].add(Fault(kind="down", path="/notices/*", times=None))
    await bank.network.work_once()
    bank.clock.advance(DAY)
    await reconcile_days(bank.core)
    assert (await bank.client().orders.get(intent)).state is OrderState.SUCCEEDED
    bank.wires.faults["core_bank"].clear()
    await bank.work()
    assert (await bank.client().accounts.get(account.account_id)).balance_fen == 10_000
    assert await days(bank) == [(FIRST, 1, 10_000, 0)]
    await bank.prove()


async def test_what_the_network_lists_otherwise_than_we_booked_is_told_and_not_booked(bank: TestBank) -> None:
    account = await bank.account(LI)
    changed = await bank.top_up(account.account_id, 10_000)
    missing = await bank.top_up(account.account_id, 20_000)
    where = transfer.c.intent == changed.intent
    elsewhere = transfer.c.intent == missing.intent
    await bank.network.store.write(
        lambda conn: conn.execute(update(transfer).where(where).values(amount_fen=1))
    )
    await bank.network.store.write(
        lambda conn: conn.execute(update(transfer).where(elsewhere).values(settled_on=FIRST - DAY))
    )
    bank.clock.advance(DAY)
    await reconcile_days(bank.core)
    assert sorted(await differences(bank)) == sorted(
        [(changed.intent, "transfer.amount_differs"), (missing.intent, "transfer.not_settled")]
    )
    assert await days(bank) == [(FIRST, 1, 1, 2)]
    assert (await bank.client().accounts.get(account.account_id)).balance_fen == 30_000
    await bank.prove()


async def test_a_day_whose_file_does_not_come_is_compared_later(bank: TestBank) -> None:
    await bank.funded_account(LI)
    bank.clock.advance(DAY)
    bank.wires.faults["card_network"].add(Fault(kind="down", times=None))
    await reconcile_days(bank.core)
    assert await days(bank) == []
    bank.wires.faults["card_network"].clear()
    await reconcile_days(bank.core)
    assert [day for day, *_ in await days(bank)] == [FIRST]
    await bank.prove()


async def test_a_bank_whose_file_is_refused_keeps_no_other_bank_waiting(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bank.funded_account(LI)
    await bank.funded_account(WANG, partner="haian")
    given = bank.core.card_network.settlement

    async def refused_to_the_first(bank_id: str, day: date) -> Settlement:
        if bank_id == bank.core.settings.banks[0].bank_id:
            raise Problem(403, "bank.not_a_member")
        return await given(bank_id, day)

    monkeypatch.setattr(bank.core.card_network, "settlement", refused_to_the_first)
    bank.clock.advance(DAY)
    await reconcile_days(bank.core)
    assert [day for day, *_ in await days(bank, "hab")] == [FIRST]


def listing(bank: TestBank, monkeypatch: pytest.MonkeyPatch, changed: Callable[[Settlement], Any]) -> None:
    """From now on the network gives what `changed` makes of its true file."""
    given = bank.core.card_network.settlement

    async def settlement(bank_id: str, day: date) -> Settlement:
        true = await given(bank_id, day)
        return true.model_copy(update=changed(true)) if bank_id == "hzw" else true

    monkeypatch.setattr(bank.core.card_network, "settlement", settlement)


@pytest.mark.parametrize("other", [{"settled_on": FIRST + 30 * DAY}, {"bank_id": "hab"}])
async def test_a_file_that_was_not_asked_for_is_told_and_no_day_is_compared_with_it(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    await bank.funded_account(LI)
    bank.clock.advance(DAY)
    with monkeypatch.context() as patched:
        listing(bank, patched, lambda _true: other)
        await reconcile_days(bank.core)
    assert await days(bank) == []
    assert await differences(bank) == [(str(FIRST), "settlement.not_asked_for")]
    await reconcile_days(bank.core)
    assert await days(bank) == [(FIRST, 1, 100_000, 0)]


async def test_a_file_whose_total_is_not_the_sum_of_its_lines_is_told(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bank.funded_account(LI, 10_000)
    listing(bank, monkeypatch, lambda true: {"debits_fen": true.debits_fen + 1})
    bank.clock.advance(DAY)
    await reconcile_days(bank.core)
    assert await differences(bank) == [(str(FIRST), "settlement.total_differs")]
    assert await days(bank) == [(FIRST, 1, 10_001, 1)]


async def test_a_transfer_listed_twice_is_told_and_booked_once(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await bank.account(LI)
    order = await bank.top_up(account.account_id, 10_000)
    twice = lambda true: {"items": [*true.items, *true.items], "debits_fen": 2 * true.debits_fen}  # noqa: E731
    listing(bank, monkeypatch, twice)
    bank.clock.advance(DAY)
    await reconcile_days(bank.core)
    assert await differences(bank) == [(order.intent, "transfer.listed_twice")]
    assert await days(bank) == [(FIRST, 2, 20_000, 1)]
    assert (await bank.client().accounts.get(account.account_id)).balance_fen == 10_000


async def test_money_that_the_network_says_went_the_other_way_is_told(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await bank.account(LI)
    order = await bank.top_up(account.account_id, 10_000)

    def other_way(true: Settlement) -> dict[str, Any]:
        (ours,) = true.items
        strange = ours.model_copy(update={"intent": new_intent(), "kind": "credit"})
        items = [ours.model_copy(update={"kind": "credit"}), strange]
        return {"items": items, "debits_fen": 0, "credits_fen": 20_000}

    listing(bank, monkeypatch, other_way)
    bank.clock.advance(DAY)
    await reconcile_days(bank.core)
    assert sorted(code for _, code in await differences(bank)) == [
        "transfer.kind_differs",
        "transfer.unknown",
    ]
    assert (order.intent, "transfer.kind_differs") in await differences(bank)
    assert await days(bank) == [(FIRST, 2, 0, 2)]


async def test_a_listed_transfer_that_is_not_settled_yet_ends_no_order(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Money may still move: what is under way is neither a success nor a failure, wherever it is told."""
    account, intent = await bank.account(LI), new_intent()
    await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_000), intent)
    running = Transfer(
        transfer_id="T1", intent=intent, kind="debit", state=TransferState.PROCESSING, amount_fen=10_000
    )
    listing(bank, monkeypatch, lambda _true: {"items": [running], "debits_fen": 10_000})
    bank.clock.advance(DAY)
    await reconcile_days(bank.core)
    assert (await bank.client().orders.get(intent)).state is OrderState.PROCESSING
    assert await differences(bank) == [(intent, "transfer.state_differs")]
    await bank.work()
    assert (await bank.client().accounts.get(account.account_id)).balance_fen == 10_000


async def test_a_transfer_that_was_booked_on_another_day_than_its_file_is_told(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network signed another day than that of the file in which it lists the transfer."""
    account = await bank.account(LI)
    bank.clock.advance(DAY)
    order = await bank.top_up(account.account_id, 10_000)
    bank.clock.advance(DAY)
    moved = transfer.c.intent == order.intent
    await bank.network.store.write(
        lambda conn: conn.execute(update(transfer).where(moved).values(settled_on=FIRST + 2 * DAY))
    )
    await reconcile_days(bank.core)
    bank.clock.advance(DAY)
    await reconcile_days(bank.core)
    assert await days(bank) == [(FIRST + DAY, 0, 0, 1), (FIRST + 2 * DAY, 1, 10_000, 1)]
    assert sorted(await differences(bank)) == [
        (order.intent, "transfer.date_differs"),
        (order.intent, "transfer.not_settled"),
    ]
    await bank.prove()
