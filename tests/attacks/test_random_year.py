"""A random year of a loan, to the fen: each day the core's statement equals a second model of the loan.

The customer draws, tops up, and repays what is due, a part or everything. Some days the account is empty, and some days
are closed late. The lot of a seed is the same each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

import pytest

from mock_partners.bank.core.calculation.terms import ServicingRules
from mock_partners.bank.core.end_of_day.day_close import close_days
from partner_adapters.core_bank.accounts import Entry
from partner_adapters.core_bank.loans import Loan
from partner_adapters.core_bank.products import RepaymentMethod
from partner_adapters.kit.values.clock import CHINA, FixedClock
from partner_adapters.kit.values.problems import Problem
from tests.attacks.loan_model import LoanModel
from tests.support.houses.core import running_bank
from tests.support.people.borrowers import Borrower, books_hold, borrow, go_to

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
METHODS: tuple[RepaymentMethod, ...] = ("level_payment", "interest_first", "on_demand")
ONE_DAY = timedelta(days=1)
# In the sample, and with `--whole`.
SAMPLE_DAYS, DAYS, SEEDS = 70, 400, 5


def years() -> Iterator[object]:
    """A short stretch of each method, and whole years of several seeds."""
    for number, method in enumerate(METHODS):
        yield pytest.param(method, number, SAMPLE_DAYS, id=f"{method}-{number}-short")
        for seed in range(SEEDS):
            yield pytest.param(method, seed, DAYS, id=f"{method}-{seed}", marks=pytest.mark.whole)


@dataclass
class Life:
    """One loan at the core and in the model, and the account that both expect. `lines`: statement lines compared."""

    borrower: Borrower
    loan_id: str
    model: LoanModel
    collects: bool
    balance: int
    entries: list[tuple[str, str, int, int]] = field(default_factory=list)
    payments: list[tuple[date, int, int, int]] = field(default_factory=list)
    lines: int = 0

    def book(self, kind: str, direction: str, amount: int) -> None:
        self.balance += amount if direction == "in" else -amount
        self.entries.append((kind, direction, amount, self.balance))

    def pay(self, amount: int) -> None:
        paid = self.model.pay(amount)
        self.book("repayment", "out", amount)
        self.payments.append((self.model.today, paid["penalty"], paid["interest"], paid["principal"]))

    def close_day(self) -> None:
        """Take what is due, as far as the account reaches, and let the night pass."""
        taken = min(sum(self.model.due().values()), self.balance)
        if self.collects and taken:
            self.pay(taken)
        self.model.night()

    async def compare(self) -> None:
        """Every line of the loan's statement, and the newest entries of the account's."""
        shown, model = await self.borrower.loan(self.loan_id), self.model
        owed = model.owed()
        assert shown.business_date == model.today
        assert {part: getattr(shown.owed_today, f"{part}_fen") for part in owed} == owed
        assert shown.owed_today.total_fen == sum(owed.values())
        assert shown.outstanding_fen == owed["principal"]
        assert shown.due_now_fen == sum(model.due().values())
        assert rows(shown) == model.plan()
        assert shown.state == self.state(owed)
        booked = [
            (each.business_date, each.penalty_fen, each.interest_fen, each.principal_fen)
            for each in sorted(shown.repayments, key=lambda each: each.booked_at)
        ]
        # A collection is booked in the morning after its day, so two of one morning may come in either order.
        assert sorted(booked) == sorted(self.payments)
        newest = await self.newest(5)
        assert newest == self.entries[-len(newest) :][::-1]
        self.lines += 8 + len(shown.plan) + len(booked) + len(newest)

    def state(self, owed: dict[str, int]) -> str:
        if not sum(owed.values()):
            return "settled"
        return "overdue" if self.model.is_overdue() else "active"

    async def newest(self, count: int) -> list[tuple[str, str, int, int]]:
        page = await self.borrower.bank.client().accounts.entries(self.borrower.account_id, limit=count)
        return [line_of(entry) for entry in page.items]


def line_of(entry: Entry) -> tuple[str, str, int, int]:
    return (entry.kind, entry.direction, entry.amount_fen, entry.balance_after_fen)


def rows(shown: Loan) -> list[tuple[date, int, int, int, int]]:
    return [
        (row.due_on, row.principal_fen, row.interest_fen, row.paid_principal_fen, row.paid_interest_fen)
        for row in shown.plan
    ]


async def act(lot: Random, life: Life) -> None:
    """One thing that the customer does today, as far as the account reaches."""
    model, owed = life.model, sum(life.model.owed().values())
    what = lot.choices(["due", "part", "large part", "most", "full", "top up"], [6, 6, 2, 1, 0.3, 2])[0]
    if what == "top up":
        amount = lot.randint(100, 300_000)
        order = await life.borrower.bank.top_up(life.borrower.account_id, amount)
        if order.state == "succeeded":  # the card may be empty, or the day's limit reached
            life.book("top_up", "in", amount)
        return
    due = sum(model.due().values())
    kind, amount = {
        "due": ("due", due),
        "part": ("part", lot.randint(1, 90_000)),
        "large part": ("part", lot.randint(1, max(owed, 1))),
        "most": ("part", owed - 1),
        "full": ("full", owed),
    }[what]
    if 0 < amount <= min(owed, life.balance):
        await life.borrower.repay(life.loan_id, kind, amount if kind == "part" else None)
        life.pay(amount)
    else:
        with suppress(Problem):
            await life.borrower.repay(life.loan_id, kind, amount if kind == "part" else None)
            raise AssertionError(f"{what} of {amount} fen was not refused")


@pytest.mark.parametrize(("method", "seed", "days"), list(years()))
async def test_a_random_year_of_a_loan_is_the_models_to_the_fen(
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    method: RepaymentMethod,
    seed: int,
    days: int,
) -> None:
    lot = Random(f"{method} {seed}")  # noqa: S311 (a lot to be drawn again, not a secret)
    first = date(2026, 1, 1) + timedelta(days=lot.randint(0, 364))
    clock = FixedClock(datetime.combine(first, time(10), CHINA))
    async with running_bank(f"sqlite:///{tmp_path}/core.sqlite", tmp_path, clock) as bank:
        rate_ppm, grace_days, collects = (
            lot.randint(30_000, 240_000),
            lot.choice([0, 0, 3]),
            lot.random() < 0.6,
        )
        rules = ServicingRules(grace_days=grace_days, collect_from_account=collects)
        borrower = await borrow(bank, rate_ppm=rate_ppm, rules=rules)
        amount, months = lot.randint(10, 800) * 10_000, lot.choice([3, 6, 12])
        loan_id = await borrower.drawn(amount, months, method)
        model = LoanModel(method, amount, rate_ppm, months, bank.clock.today(), grace_days)
        life = Life(borrower, loan_id, model, collects, 0)
        life.book("drawdown", "in", amount)
        await live_through(lot, life, days)
        record_property("lines of statement compared", life.lines)
        await bank.work()
        await books_hold(bank)
        await bank.prove()


async def live_through(lot: Random, life: Life, days: int) -> None:
    """Day after day, by the model's clock; the bank's may stay behind for some days, which it then closes in order."""
    bank, last = life.borrower.bank, life.model.today + timedelta(days=days)
    await life.compare()
    while life.model.today < last:
        missed = lot.choices([0, lot.randint(1, 12)], [9, 1])[0]
        day = life.model.today + (1 + missed) * ONE_DAY
        go_to(bank, day)
        await close_days(bank.core)
        while life.model.today < day:
            life.close_day()
        await life.compare()
        while lot.random() < 0.12 and sum(life.model.owed().values()):
            await act(lot, life)
            await life.compare()
