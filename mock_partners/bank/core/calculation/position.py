"""A loan on a day: what its instalments are, what was paid, what is owed. A pure function of terms and payments.

    position = Position.of(terms)                  # on the day of the drawdown
    position = position.on(day)                    # nights pass: interest and penalty grow
    position, parts = position.pay(amount_fen)     # due amounts first, then what runs, then the rest of the principal

Rules of the house:
* A day's interest is owed from the next morning: drawn and settled on one day costs nothing.
* An instalment is due on its due date and becomes overdue, after its grace, at that day's end. Overdue principal
  and interest bear the penalty rate instead of the contract's; grace days bear nothing; there is no penalty on penalty.
* What is paid beyond the due amounts is an early repayment: first all interest run up to the day, on the whole
  principal, then principal. The remaining principal is planned anew over the same remaining due dates.
* Interest is rounded over the period so far and what was already paid of it subtracted, so days add up to the period.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from mock_partners.bank.core.calculation import accrual
from mock_partners.bank.core.calculation.allocation import Parts, allocate
from mock_partners.bank.core.calculation.schedules import due_dates, principals
from mock_partners.bank.core.calculation.terms import LoanTerms
from partner_adapters.kit.values.money import round_fen


@dataclass(frozen=True)
class Row:
    """One instalment. `run_interest` is exact: what its period has cost so far."""

    number: int
    start: date
    due_on: date
    principal_fen: int
    run_interest: Fraction = Fraction()
    paid_interest_fen: int = 0
    paid_principal_fen: int = 0

    @property
    def unpaid_principal_fen(self) -> int:
        return self.principal_fen - self.paid_principal_fen


@dataclass(frozen=True)
class PlannedRow:
    """One instalment as people see it: what it will cost in all, if the rest is paid as planned."""

    number: int
    due_on: date
    principal_fen: int
    interest_fen: int
    paid_principal_fen: int
    paid_interest_fen: int

    @property
    def unpaid_fen(self) -> int:
        return self.principal_fen + self.interest_fen - self.paid_principal_fen - self.paid_interest_fen


@dataclass(frozen=True)
class Payment:
    """An amount received on a day."""

    day: date
    amount_fen: int


@dataclass(frozen=True)
class Position:
    """See the module. `run_penalty` is exact and counts all penalty since the start."""

    terms: LoanTerms
    day: date
    rows: tuple[Row, ...]
    run_penalty: Fraction = Fraction()
    paid_penalty_fen: int = 0

    @staticmethod
    def of(terms: LoanTerms) -> Position:
        """The loan on the day it is drawn."""
        dates = due_dates(terms)
        parts = principals(terms, terms.principal_fen, len(dates))
        periods = zip([terms.start, *dates[:-1]], dates, parts, strict=True)
        return Position(terms, terms.start, tuple(Row(i, *period) for i, period in enumerate(periods, 1)))

    def on(self, day: date) -> Position:
        """The loan on a later day, nothing paid in between. Raises ValueError on an earlier day."""
        if day < self.day:
            raise ValueError("a loan does not grow younger")
        rows = tuple(self._run(day))
        grown = sum((self._penalty(row, day) for row in rows), Fraction())
        return replace(self, day=day, rows=rows, run_penalty=self.run_penalty + grown)

    def _run(self, day: date) -> Iterator[Row]:
        balance_fen = sum(row.principal_fen for row in self.rows)
        for row in self.rows:
            days = (min(day, row.due_on) - max(self.day, row.start)).days
            if days > 0 and balance_fen:
                more = accrual.interest(self.terms, row.start, row.due_on, balance_fen, days)
                yield replace(row, run_interest=row.run_interest + more)
            else:
                yield row
            balance_fen -= row.principal_fen

    def _penalty(self, row: Row, day: date) -> Fraction:
        overdue_from = row.due_on + timedelta(days=self.terms.rules.grace_days)
        nights = (day - max(self.day, overdue_from)).days
        if nights <= 0:
            return Fraction()
        unpaid_fen = row.unpaid_principal_fen + self.unpaid_interest_fen(row)
        return accrual.penalty(self.terms, unpaid_fen, nights)

    def unpaid_interest_fen(self, row: Row) -> int:
        """What this instalment's period has cost so far, in whole fen, less what was paid of it."""
        return round_fen(row.run_interest, self.terms.rules.rounding) - row.paid_interest_fen

    @property
    def due(self) -> Parts:
        """What must be paid today: unpaid instalments whose due date has come, and penalty."""
        come = [row for row in self.rows if row.due_on <= self.day]
        return Parts(
            penalty_fen=round_fen(self.run_penalty, self.terms.rules.rounding) - self.paid_penalty_fen,
            interest_fen=sum(map(self.unpaid_interest_fen, come)),
            principal_fen=sum(row.unpaid_principal_fen for row in come),
        )

    @property
    def early(self) -> Parts:
        """What settling would cost beyond `due`: interest run up to today, and the principal not yet due."""
        ahead = self._ahead()
        return Parts(
            interest_fen=sum(map(self.unpaid_interest_fen, ahead)),
            principal_fen=sum(row.principal_fen for row in ahead),
        )

    @property
    def owed(self) -> Parts:
        """What settling everything today costs."""
        return self.due + self.early

    @property
    def oldest_unpaid_due_on(self) -> date | None:
        for row in self.rows:
            if row.due_on <= self.day and row.unpaid_principal_fen + self.unpaid_interest_fen(row):
                return row.due_on
        return None

    @property
    def overdue_days(self) -> int:
        """Days since the oldest unpaid instalment's grace ended; 0 when nothing is overdue."""
        oldest = self.oldest_unpaid_due_on
        if oldest is None:
            return 0
        return max((self.day - oldest).days - self.terms.rules.grace_days, 0)

    def pay(self, amount_fen: int) -> tuple[Position, Parts]:
        """Share a payment out. Raises ValueError when it is not positive or more than is owed."""
        if not 0 < amount_fen <= self.owed.total_fen:
            raise ValueError("a payment lies between one fen and everything owed")
        to_due = allocate(amount_fen, self.due)
        to_early = allocate(amount_fen - to_due.total_fen, self.early)
        return self._take_due(to_due)._take_early(to_early), to_due + to_early

    def _take_due(self, paid: Parts) -> Position:
        interest_fen, principal_fen = paid.interest_fen, paid.principal_fen
        rows = []
        for row in self.rows:
            if row.due_on <= self.day:
                interest_part = min(interest_fen, self.unpaid_interest_fen(row))
                principal_part = min(principal_fen, row.unpaid_principal_fen)
                interest_fen -= interest_part
                principal_fen -= principal_part
                row = replace(
                    row,
                    paid_interest_fen=row.paid_interest_fen + interest_part,
                    paid_principal_fen=row.paid_principal_fen + principal_part,
                )
            rows.append(row)
        paid_penalty_fen = self.paid_penalty_fen + paid.penalty_fen
        return replace(self, rows=tuple(rows), paid_penalty_fen=paid_penalty_fen)

    def _take_early(self, paid: Parts) -> Position:
        ahead = self._ahead()
        if not ahead or not paid.total_fen:
            return self
        # Only the running period can have cost anything yet.
        running = ahead[0]
        ahead[0] = replace(running, paid_interest_fen=running.paid_interest_fen + paid.interest_fen)
        if paid.principal_fen:
            left_fen = sum(row.principal_fen for row in ahead) - paid.principal_fen
            parts = principals(self.terms, left_fen, len(ahead))
            ahead = [replace(row, principal_fen=part) for row, part in zip(ahead, parts, strict=True)]
        come = tuple(row for row in self.rows if row.due_on <= self.day)
        return replace(self, rows=(*come, *ahead))

    def _ahead(self) -> list[Row]:
        return [row for row in self.rows if row.due_on > self.day]

    def plan(self) -> list[PlannedRow]:
        """Every instalment with what it costs in all, if each of those to come is paid on its due date.

        Instalments after the last fen has come back are left out.
        """
        last = max(self.rows[-1].due_on, self.day)
        plan = [
            PlannedRow(
                number=row.number,
                due_on=row.due_on,
                principal_fen=row.principal_fen,
                interest_fen=round_fen(row.run_interest, self.terms.rules.rounding),
                paid_principal_fen=row.paid_principal_fen,
                paid_interest_fen=row.paid_interest_fen,
            )
            for row in self.on(last).rows
        ]
        while len(plan) > 1 and not (plan[-1].principal_fen or plan[-1].interest_fen):
            plan.pop()
        return plan

    @property
    def interest_to_come_fen(self) -> int:
        """Interest that will still run if the plan is kept: what settling today saves."""
        planned = sum(row.interest_fen - row.paid_interest_fen for row in self.plan())
        return planned - self.owed.interest_fen


def replay(terms: LoanTerms, payments: Iterable[Payment], day: date) -> Position:
    """The loan on `day` after those payments that were received by then, in the order received."""
    position = Position.of(terms)
    for payment in payments:
        if payment.day <= day:
            position, _ = position.on(payment.day).pay(payment.amount_fen)
    return position.on(day)
