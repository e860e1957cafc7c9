"""A borrower's life drawn by lot: draws, repayments, top-ups, a frozen line, days closed or not, some of it at once.

What is repaid from the card is known late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from mock_partners.bank.core.calculation.day_counts import DayCount
from mock_partners.bank.core.calculation.draw_rules import DrawFee, DrawRules
from mock_partners.bank.core.calculation.terms import (
    DayCounts,
    DueDays,
    LevelPayment,
    RepaymentTerms,
    ServicingRules,
)
from mock_partners.bank.core.end_of_day.day_close import close_days
from mock_partners.bank.core.lines import lines
from mock_partners.bank.core.reconciliation.settlement import reconcile_days
from partner_adapters.core_bank.loans import RepayKind
from partner_adapters.core_bank.products import RepaymentMethod
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import TestBank, new_intent
from tests.support.people.borrowers import Borrower, books_hold, borrow, go_to
from tests.support.people.card_repaying import repay_by_card
from tests.support.sample import every_nth

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.both_databases]
EVENTS = 14
METHODS: tuple[RepaymentMethod, ...] = ("level_payment", "equal_principal", "interest_first", "on_demand")
# Every day count is in one of these, and each other term.
RULES = (
    ServicingRules(
        grace_days=2,
        repayment=RepaymentTerms(
            DayCounts(DayCount.ACT_ACT_ISDA, DayCount.MONTHLY, DayCount.THIRTY_U_360, DayCount.ACT_365),
            LevelPayment.SOLVED,
            DueDays(1, 28, 15, 45),
            ("principal", "interest", "penalty", "fees"),
        ),
    ),
    ServicingRules(),
    ServicingRules(
        repayment=RepaymentTerms(
            DayCounts(DayCount.MONTHLY, DayCount.ACT_360, DayCount.ACT_ACT_ISDA, DayCount.THIRTY_E_360),
            LevelPayment.SOLVED,
            DueDays(5, 20, 1, 31),
        ),
    ),
)
FEE = DrawRules(fee=DrawFee({"zh": "放款服务费", "en": "Loan service fee"}, ppm=7_777, fixed_fen=123))
EXPECTED_REFUSALS = {
    "due_day.not_offered",
    "amount.too_large",
    "amount.too_small",
    "account.insufficient",
    "line.not_frozen",
    "line.not_open",
    "loan.card_repayment_running",
    "loan.nothing_due",
    "loan.settled",
    "quote.changed",
}


def act(lot: Random, borrower: Borrower, loans: list[str]) -> Awaitable[Any]:
    """One thing that a borrower or the bank does."""
    bank = borrower.bank
    what = lot.choice(["draw", "repay", "repay", "by_card", "top_up", "close", "freeze", "reconcile"])
    if what == "draw" or not loans:
        method = lot.choice(METHODS)
        # The usual terms offer no repayment day.
        due_day = None if method == "on_demand" or lot.random() < 0.3 else lot.randint(1, 28)
        return borrower.draw(lot.randint(10, 300) * 10_000, lot.choice([3, 6, 12]), method, due_day)
    if what == "repay":
        kind: RepayKind = lot.choice(["due", "part", "full"])
        amount_fen = lot.randint(1, 1_500_000) if kind == "part" else None
        return borrower.repay(lot.choice(loans), kind, amount_fen)
    if what == "by_card":
        return repay_unnoticed(borrower, lot.choice(loans), lot.randint(1, 100_000))
    if what == "top_up":
        command = TopUp(amount_fen=lot.randint(1_000, 400_000))
        return bank.client().top_ups.start(borrower.account_id, command, new_intent())
    if what == "freeze":
        return freeze_and_thaw(borrower)
    return close_days(bank.core) if what == "close" else reconcile_days(bank.core)


async def repay_unnoticed(borrower: Borrower, loan_id: str, amount_fen: int) -> None:
    """Let the network debit the card. The bank hears of it later, from the settlement file at the latest."""
    await repay_by_card(borrower, loan_id, "part", amount_fen)
    await borrower.bank.network.work_once()


async def freeze_and_thaw(borrower: Borrower) -> None:
    for change in (lines.freeze, lines.thaw):
        ctx = borrower.bank.context()
        await borrower.bank.store.write(
            lambda conn, change=change, ctx=ctx: change(conn, ctx, borrower.line_id)
        )


async def settle_down(acts: list[Awaitable[Any]]) -> None:
    for done in await asyncio.gather(*acts, return_exceptions=True):
        if isinstance(done, Problem):
            assert done.code in EXPECTED_REFUSALS
        elif isinstance(done, BaseException):
            raise done


@pytest.mark.parametrize("seed", every_nth([(seed,) for seed in range(4)], 4))
async def test_the_books_hold_whatever_happens(bank: TestBank, seed: int) -> None:
    lot = Random(seed)  # noqa: S311 (a lot to be drawn again, not a secret)
    draw_rules = FEE if seed % 2 == 0 else DrawRules()
    borrower = await borrow(bank, funds_fen=200_000, rules=RULES[seed % len(RULES)], draw_rules=draw_rules)
    await bank.consents(borrower.customer_id, ["card_debit"])
    for _ in range(EVENTS):
        home = await bank.client().customers.overview(borrower.customer_id)
        loans = [one.loan_id for one in home.loans]
        await settle_down([act(lot, borrower, loans) for _ in range(lot.choice([1, 1, 3]))])
        line = await borrower.line()
        assert 0 <= line.used_fen <= line.limit_fen
        await books_hold(bank)
        go_to(bank, bank.clock.today() + timedelta(days=lot.choice([0, 1, 9, 33])))
    await close_days(bank.core)
    await bank.work()
    await books_hold(bank)
