"""Reconciliation: books and settlement file agree, or a person hears of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from mock_partners.card_network.tables import transfer
from mock_partners.core_bank.orders.tables import difference, reconciled_day
from mock_partners.core_bank.reconciliation import reconcile_days
from mock_partners.worlds.faults import Fault
from partner_adapters.card_network.wire import Settlement
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.terms.problems import Problem
from tests.core_bank import LI, WANG, TestBank, new_intent

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
