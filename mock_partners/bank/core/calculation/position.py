"""A loan on a day: its instalments, what was paid, and what is owed. A pure function of terms and payments.

    position = Position.of(terms)                      # on the day of the drawdown
    position = position.on(day)                        # days pass: interest and penalty accrue
    position, breakdown = position.pay(amount_fen)     # due amounts first, then accrued interest, then principal

The rules:
* The interest of a day is owed from the next day on: drawing and repaying on one day costs nothing.
* An instalment is due on its due date. It becomes overdue at the end of that day and its grace days.
* Overdue principal and interest bear the penalty rate instead of the contract's rate. Grace days cost nothing, and
  penalty bears no penalty.
* A payment beyond the due amounts is an early repayment. It first pays all interest accrued up to the day, on the
  whole principal, and then principal. The remaining principal is scheduled anew over the same remaining due dates.
* Interest is rounded over the period so far, less what was already paid of it, so days add up to the period.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from mock_partners.bank.core.calculation import accrual
from mock_partners.bank.core.calculation.allocation import Breakdown, allocate
from mock_partners.bank.core.calculation.principal import split_principal
from mock_partners.bank.core.calculation.schedules import due_dates
from mock_partners.bank.core.calculation.terms import LoanTerms
from partner_adapters.kit.values.money import round_fen


@dataclass(frozen=True)
class Instalment:
    """One instalment and its period. `accrued_interest` is exact: what the period has cost so far."""

    number: int
    start: date
    due_on: date
    principal_fen: int
    accrued_interest: Fraction = Fraction()
    paid_interest_fen: int = 0
    paid_principal_fen: int = 0

    @property
    def unpaid_principal_fen(self) -> int:
        return self.principal_fen - self.paid_principal_fen


@dataclass(frozen=True)
class PlannedInstalment:
    """One instalment as the borrower sees it: its full cost if the rest is paid as planned."""

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
    """A loan on a day; see the module. `accrued_penalty` is exact and counts all penalty since the drawdown."""

    terms: LoanTerms
    day: date
    instalments: tuple[Instalment, ...]
    accrued_penalty: Fraction = Fraction()
    paid_penalty_fen: int = 0

    @staticmethod
    def of(terms: LoanTerms) -> Position:
        """Return the loan on the day of its drawdown."""
        dates = due_dates(terms)
        periods = list(zip([terms.start, *dates[:-1]], dates, strict=True))
        parts = split_principal(terms, terms.principal_fen, periods)
        instalments = tuple(
            Instalment(number, *period, part_fen)
            for number, (period, part_fen) in enumerate(zip(periods, parts, strict=True), 1)
        )
        return Position(terms, terms.start, instalments)

    def on(self, day: date) -> Position:
        """Return the loan on a later day with nothing paid in between. Raises ValueError on an earlier day."""
        if day < self.day:
            raise ValueError("a position can only move to a later day")
        instalments = tuple(self._with_interest_until(day))
        # After the interest of the period: unpaid interest of an overdue instalment bears penalty too.
        penalty = sum((self._penalty_until(day, instalment) for instalment in instalments), Fraction())
        return replace(self, day=day, instalments=instalments, accrued_penalty=self.accrued_penalty + penalty)

    def _with_interest_until(self, day: date) -> Iterator[Instalment]:
        balance_fen = sum(instalment.principal_fen for instalment in self.instalments)
        for instalment in self.instalments:
            stretch = max(self.day, instalment.start), min(day, instalment.due_on)
            if stretch[0] < stretch[1] and balance_fen:
                interest = accrual.interest(
                    self.terms, instalment.start, instalment.due_on, balance_fen, stretch
                )
                yield replace(instalment, accrued_interest=instalment.accrued_interest + interest)
            else:
                yield instalment
            balance_fen -= instalment.principal_fen

    def _penalty_until(self, day: date, instalment: Instalment) -> Fraction:
        overdue_from = instalment.due_on + timedelta(days=self.terms.rules.grace_days)
        days = (day - max(self.day, overdue_from)).days
        if days <= 0:
            return Fraction()
        unpaid_fen = instalment.unpaid_principal_fen + self.unpaid_interest_fen(instalment)
        return accrual.penalty(self.terms, unpaid_fen, days)

    def unpaid_interest_fen(self, instalment: Instalment) -> int:
        """Return what the instalment's period has cost so far in whole fen, less what was paid of it."""
        return (
            round_fen(instalment.accrued_interest, self.terms.rules.rounding) - instalment.paid_interest_fen
        )

    @property
    def due(self) -> Breakdown:
        """What must be paid today: the unpaid instalments whose due date has come, and the penalty."""
        fallen_due = self._fallen_due()
        return Breakdown(
            penalty_fen=round_fen(self.accrued_penalty, self.terms.rules.rounding) - self.paid_penalty_fen,
            interest_fen=sum(map(self.unpaid_interest_fen, fallen_due)),
            principal_fen=sum(instalment.unpaid_principal_fen for instalment in fallen_due),
        )

    @property
    def early(self) -> Breakdown:
        """What settling costs beyond `due`: interest accrued up to today, and the principal not yet due."""
        upcoming = self._upcoming()
        return Breakdown(
            interest_fen=sum(map(self.unpaid_interest_fen, upcoming)),
            principal_fen=sum(instalment.principal_fen for instalment in upcoming),
        )

    @property
    def owed(self) -> Breakdown:
        """What settling the whole loan today costs."""
        return self.due + self.early

    @property
    def oldest_unpaid_due_on(self) -> date | None:
        """The due date of the oldest instalment that has fallen due and is not fully paid."""
        for instalment in self._fallen_due():
            if instalment.unpaid_principal_fen + self.unpaid_interest_fen(instalment):
                return instalment.due_on
        return None

    @property
    def overdue_days(self) -> int:
        """Days since the grace of the oldest unpaid instalment ended; 0 when nothing is overdue."""
        oldest = self.oldest_unpaid_due_on
        if oldest is None:
            return 0
        return max((self.day - oldest).days - self.terms.rules.grace_days, 0)

    def pay(self, amount_fen: int) -> tuple[Position, Breakdown]:
        """Return the position after a payment, and what it paid.

        Raises ValueError when the amount is not positive or more than is owed.
        """
        if not 0 < amount_fen <= self.owed.total_fen:
            raise ValueError("a payment must be between one fen and everything owed")
        to_due = allocate(amount_fen, self.due, self.terms.rules.repayment.allocation)
        to_early = allocate(amount_fen - to_due.total_fen, self.early)
        return self._after_due(to_due)._after_early(to_early), to_due + to_early

    def _after_due(self, paid: Breakdown) -> Position:
        interest_left_fen, principal_left_fen = paid.interest_fen, paid.principal_fen
        instalments = []
        for instalment in self.instalments:
            if instalment.due_on <= self.day:
                interest_fen = min(interest_left_fen, self.unpaid_interest_fen(instalment))
                principal_fen = min(principal_left_fen, instalment.unpaid_principal_fen)
                interest_left_fen -= interest_fen
                principal_left_fen -= principal_fen
                instalment = replace(
                    instalment,
                    paid_interest_fen=instalment.paid_interest_fen + interest_fen,
                    paid_principal_fen=instalment.paid_principal_fen + principal_fen,
                )
            instalments.append(instalment)
        paid_penalty_fen = self.paid_penalty_fen + paid.penalty_fen
        return replace(self, instalments=tuple(instalments), paid_penalty_fen=paid_penalty_fen)

    def _after_early(self, paid: Breakdown) -> Position:
        upcoming = self._upcoming()
        if not upcoming or not paid.total_fen:
            return self
        # Only the current period can have accrued interest yet.
        current = upcoming[0]
        upcoming[0] = replace(current, paid_interest_fen=current.paid_interest_fen + paid.interest_fen)
        if paid.principal_fen:
            left_fen = sum(instalment.principal_fen for instalment in upcoming) - paid.principal_fen
            periods = [(instalment.start, instalment.due_on) for instalment in upcoming]
            parts = split_principal(self.terms, left_fen, periods, self.day)
            upcoming = [
                replace(instalment, principal_fen=part_fen)
                for instalment, part_fen in zip(upcoming, parts, strict=True)
            ]
        return replace(self, instalments=(*self._fallen_due(), *upcoming))

    def _fallen_due(self) -> list[Instalment]:
        return [instalment for instalment in self.instalments if instalment.due_on <= self.day]

    def _upcoming(self) -> list[Instalment]:
        return [instalment for instalment in self.instalments if instalment.due_on > self.day]

    def plan(self) -> list[PlannedInstalment]:
        """Return every instalment with its full cost, if each upcoming one is paid on its due date.

        Instalments after the one that repays the last fen are left out.
        """
        end = max(self.instalments[-1].due_on, self.day)
        plan = [
            PlannedInstalment(
                number=instalment.number,
                due_on=instalment.due_on,
                principal_fen=instalment.principal_fen,
                interest_fen=round_fen(instalment.accrued_interest, self.terms.rules.rounding),
                paid_principal_fen=instalment.paid_principal_fen,
                paid_interest_fen=instalment.paid_interest_fen,
            )
            for instalment in self.on(end).instalments
        ]
        # Bound: the plan gets one instalment shorter each time and keeps at least one.
        while len(plan) > 1 and not (plan[-1].principal_fen or plan[-1].interest_fen):
            plan.pop()
        return plan

    @property
    def interest_to_come_fen(self) -> int:
        """Interest that will still accrue if the plan is kept: what settling today saves."""
        planned_fen = sum(
            instalment.interest_fen - instalment.paid_interest_fen for instalment in self.plan()
        )
        return planned_fen - self.owed.interest_fen


def replay(terms: LoanTerms, payments: Iterable[Payment], day: date) -> Position:
    """Return the loan on `day` after those payments that were received by then, in the order received."""
    position = Position.of(terms)
    for payment in payments:
        if payment.day <= day:
            position, _ = position.on(payment.day).pay(payment.amount_fen)
    return position.on(day)
