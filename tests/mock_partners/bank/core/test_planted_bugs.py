"""A bug that loses or doubles a fen is found: by the proof, or by the comparison with what the network says."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from mock_partners.bank.core import ledger
from mock_partners.bank.core.kernel.account_roles import NETWORK_CLEARING
from mock_partners.bank.core.kernel.actions import TOP_UP
from mock_partners.bank.core.ledger.chart import wallet_code
from mock_partners.bank.core.orders.tables import difference
from mock_partners.bank.core.reconciliation.settlement import reconcile_days
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.kit.values.clock import FixedClock
from tests.support.databases.planted import BUGS
from tests.support.houses.core import LI, TestBank, new_intent, running_bank
from tests.support.people.borrowers import borrow

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bank(
    anyio_backend: str, tmp_path: Path, clock: FixedClock, migrated_file: Path
) -> AsyncIterator[TestBank]:
    """On SQLite, and without the proof at its end."""
    path = tmp_path / "core.sqlite"
    shutil.copy(migrated_file, path)
    async with running_bank(f"sqlite:///{path}", tmp_path, clock, shares_beginnings=False) as made:
        yield made


async def broken(bank: TestBank) -> list[str]:
    return [item.name for item in (await bank.proof()).items if not item.holds]


async def test_a_fen_lost_in_a_top_up_breaks_the_proof(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    BUGS["one_fen_lost"](monkeypatch.setattr)
    await bank.funded_account(LI, 10_000)
    assert await broken(bank) == ["top_ups.booked_as_ordered"]


async def test_a_fen_lost_in_a_drawdown_breaks_the_proof(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    borrower = await borrow(bank)
    BUGS["one_fen_lost"](monkeypatch.setattr)
    await borrower.draw(1_000_000)
    assert "lending.drawdowns_booked_as_ordered" in await broken(bank)
    assert "lending.principal_fen_ties_to_loans.principal" in await broken(bank)


async def test_a_notice_applied_twice_breaks_the_proof(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    BUGS["notice_twice"](monkeypatch.setattr)
    account = await bank.account(LI)
    await bank.top_up(account.account_id, 10_000)
    assert (await bank.client().accounts.get(account.account_id)).balance_fen == 20_000
    assert await broken(bank) == ["orders.no_effect_is_denied", "top_ups.nothing_booked_without_order"]


async def test_a_transfer_of_another_amount_is_kept_as_a_difference_and_books_nothing(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    BUGS["transfer_differs"](monkeypatch.setattr)
    account = await bank.account(LI)
    order = await bank.top_up(account.account_id, 10_000)
    assert order.state is OrderState.PROCESSING
    assert (await bank.client().accounts.get(account.account_id)).balance_fen == 0
    bank.clock.advance(timedelta(days=1))
    await reconcile_days(bank.core)
    found = await bank.store.read(lambda conn: conn.execute(select(difference)).all())
    assert {(row.subject, row.code) for row in found} == {(order.intent, "transfer.amount_differs")}
    assert "card_network.settlement" in {row.source for row in found}
    assert await broken(bank) == []


async def test_a_booking_on_a_day_of_long_ago_is_compared_with_the_file_of_that_day(bank: TestBank) -> None:
    account = await bank.funded_account(LI, 10_000)
    bank.clock.advance(timedelta(days=1))
    await reconcile_days(bank.core)
    ctx, intent, long_ago = bank.context(), new_intent(), date(2020, 1, 1)
    line = (NETWORK_CLEARING, wallet_code(account.account_id), 500)
    bank.store.write_now(
        lambda conn: ledger.post(
            conn, ctx, TOP_UP, intent, [line], subject=account.account_id, value_date=long_ago
        )
    )
    assert "transfers.booked_as_the_network_settled" in await broken(bank)
    bank.clock.advance(timedelta(days=1))
    await reconcile_days(bank.core)
    found = await bank.store.read(lambda conn: conn.execute(select(difference)).one())
    assert (found.subject, found.code) == (intent, "transfer.not_settled")
