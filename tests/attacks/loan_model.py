"""A loan worked out a second time, from its published terms alone (the rules in the core's loans/README.md).

It shares no code with the core. It goes night by night and adds exact fractions, where the core jumps from day to day.

    model = LoanModel("level_payment", 2_000_000, 52_000, 12, date(2026, 1, 31))
    model.night()                            # the day ends: its interest and penalty are owed from the next day on
    parts = model.pay(100_000)               # {"penalty": …, "interest": …, "principal": …}
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

PARTS = ("penalty", "interest", "principal")


def half_up(exact: Fraction) -> int:
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def same_day_later(start: date, months: int) -> date:
    """The drawdown's day of the month, so many months later, or that month's last day."""
    month = start.month - 1 + months
    year, month = start.year + month // 12, month % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


@dataclass
class Row:
    """One instalment. `earned`: what its period has cost so far, exactly."""

    begins: date
    due: date
    principal: int
    earned: Fraction = Fraction()
    paid_interest: int = 0
    paid_principal: int = 0

    @property
    def interest(self) -> int:
        """Interest of the period so far that is not paid."""
        return half_up(self.earned) - self.paid_interest

    @property
    def unpaid(self) -> int:
        """Principal of the instalment that is not paid."""
        return self.principal - self.paid_principal


@dataclass
class LoanModel:
    """One loan, in fen. `today` moves by `night`."""

    method: str
    amount: int
    rate_ppm: int
    months: int
    drawn: date
    grace_days: int = 0
    rows: list[Row] = field(default_factory=list)
    penalty_earned: Fraction = Fraction()
    penalty_paid: int = 0

    def __post_init__(self) -> None:
        self.today = self.drawn
        numbers = [self.months] if self.method == "on_demand" else range(1, self.months + 1)
        dues = [same_day_later(self.drawn, number) for number in numbers]
        parts = self.split(self.amount, len(dues))
        self.rows = [Row(*row) for row in zip([self.drawn, *dues[:-1]], dues, parts, strict=True)]

    @property
    def rate(self) -> Fraction:
        return Fraction(self.rate_ppm, 1_000_000)

    def split(self, amount: int, count: int) -> list[int]:
        """The principal of each of the next instalments."""
        if self.method != "level_payment":
            return [0] * (count - 1) + [amount]
        i = self.rate / 12
        factor = i * (1 + i) ** count / ((1 + i) ** count - 1) if i else Fraction(1, count)
        monthly, left, parts = half_up(amount * factor), amount, []
        for _ in range(count - 1):
            parts.append(min(left, max(0, monthly - half_up(left * i))))
            left -= parts[-1]
        return [*parts, left]

    def one_night(self, row: Row, balance: int) -> Fraction:
        """Interest of one night of a period: months count as twelfths for level payments, days over 360 otherwise."""
        if self.method == "level_payment":
            return balance * self.rate / 12 / (row.due - row.begins).days
        return balance * self.rate / 360

    def night(self) -> None:
        self.penalty_earned += sum((self._penalty(row) for row in self.rows), Fraction())
        for number, row in enumerate(self.rows):
            if row.begins <= self.today < row.due:
                row.earned += self.one_night(row, sum(later.principal for later in self.rows[number:]))
        self.today += timedelta(days=1)

    def _penalty(self, row: Row) -> Fraction:
        """One and a half times the rate for one night, on what is overdue of an instalment, over 360."""
        if row.due + timedelta(days=self.grace_days) > self.today:
            return Fraction()
        return (row.unpaid + row.interest) * self.rate * 3 / 2 / 360

    def fallen(self) -> list[Row]:
        return [row for row in self.rows if row.due <= self.today]

    def ahead(self) -> list[Row]:
        return [row for row in self.rows if row.due > self.today]

    def due(self) -> dict[str, int]:
        """What has to be paid by today."""
        return {
            "penalty": half_up(self.penalty_earned) - self.penalty_paid,
            "interest": sum(row.interest for row in self.fallen()),
            "principal": sum(row.unpaid for row in self.fallen()),
        }

    def owed(self) -> dict[str, int]:
        """What settles the loan today."""
        owed = self.due()
        owed["interest"] += sum(row.interest for row in self.ahead())
        owed["principal"] += sum(row.principal for row in self.ahead())
        return owed

    def is_overdue(self) -> bool:
        """Whether something is unpaid whose due day and grace days have ended."""
        late = (row for row in self.fallen() if (self.today - row.due).days > self.grace_days)
        return any(row.unpaid or row.interest for row in late)

    def pay(self, amount: int) -> dict[str, int]:
        """Penalty, interest and principal that are due, oldest first; then interest so far and principal ahead."""
        due, owed, left = self.due(), self.owed(), amount
        paid = {}
        for part in PARTS:
            paid[part] = min(left, due[part])
            left -= paid[part]
        self.penalty_paid += paid["penalty"]
        self._pay_fallen(paid["interest"], paid["principal"])
        for part in ("interest", "principal"):
            early = min(left, owed[part] - due[part])
            left -= early
            paid[part] += early
            if early:
                self._pay_ahead(part, early)
        assert left == 0, "more was paid than was owed"
        return paid

    def _pay_fallen(self, interest: int, principal: int) -> None:
        for row in self.fallen():
            for_interest, for_principal = min(interest, row.interest), min(principal, row.unpaid)
            row.paid_interest += for_interest
            row.paid_principal += for_principal
            interest, principal = interest - for_interest, principal - for_principal

    def _pay_ahead(self, part: str, amount: int) -> None:
        ahead = self.ahead()
        if part == "interest":
            ahead[0].paid_interest += amount
            return
        left = sum(row.principal for row in ahead) - amount
        for row, principal in zip(ahead, self.split(left, len(ahead)), strict=True):
            row.principal = principal

    def plan(self) -> list[tuple[date, int, int, int, int]]:
        """Each instalment: due on, principal, interest if all is paid in time, and what was paid of both."""
        plan = []
        for number, row in enumerate(self.rows):
            balance = sum(later.principal for later in self.rows[number:])
            nights = max(0, (row.due - max(row.begins, self.today)).days)
            interest = half_up(row.earned + nights * self.one_night(row, balance))
            plan.append((row.due, row.principal, interest, row.paid_principal, row.paid_interest))
        while len(plan) > 1 and plan[-1][1:3] == (0, 0):
            plan.pop()
        return plan
