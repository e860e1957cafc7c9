"""The terms of a new loan, from what its product or line fixes and what the borrower chooses."""

from __future__ import annotations

from datetime import date, timedelta

from mock_partners.bank.core.calculation.schedules import add_months
from mock_partners.bank.core.calculation.terms import DueDays, LoanTerms, Method, ServicingRules
from partner_adapters.kit.values.clock import ONE_DAY


class DueDayNotOffered(ValueError):
    """The borrower may not choose this day of the month, or none at all."""


class EndOutOfTerm(ValueError):
    """The day on which the borrower wants the loan to end does not lie from `first` to `last`."""

    def __init__(self, first: date, last: date) -> None:
        super().__init__(f"the loan must end from {first} to {last}")
        self.first, self.last = first, last


def agree(
    rules: ServicingRules,
    *,
    principal_fen: int,
    rate_ppm: int,
    method: Method,
    months: int,
    start: date,
    due_day: int | None = None,
    ends_on: date | None = None,
) -> LoanTerms:
    """Return the terms. `due_day` is the day that the borrower chose, or None for the day of the drawdown.

    `ends_on`: when a loan of 随借随还 ends, within its months, or None for their end. Raises `DueDayNotOffered`,
    `EndOutOfTerm`, and ValueError as `LoanTerms` does.
    """
    first_due_on = None
    if ends_on is not None:
        if method is not Method.ON_DEMAND:
            raise ValueError("only a loan that is repaid at once ends on a day of the borrower's choice")
        first, last = start + ONE_DAY, add_months(start, months, start.day)
        if not first <= ends_on <= last:
            raise EndOutOfTerm(first, last)
        first_due_on = ends_on
    if due_day is not None:
        if method is Method.ON_DEMAND or rules.repayment.due_days is None:
            raise DueDayNotOffered(f"no due day is chosen here: {due_day}")
        first_due_on = _first_due_on(rules.repayment.due_days, start, due_day)
        if first_due_on is None:
            raise DueDayNotOffered(f"not a due day that is offered: {due_day}")
    return LoanTerms(
        principal_fen=principal_fen,
        rate_ppm=rate_ppm,
        method=method,
        months=months,
        start=start,
        due_day=due_day or start.day,
        day_count=rules.repayment.day_counts.of(method),
        rules=rules,
        first_due_on=first_due_on,
    )


def offered_due_days(rules: ServicingRules, start: date) -> list[int]:
    """Return the days of the month that the borrower of a loan from `start` may choose. Empty: none is chosen."""
    choice = rules.repayment.due_days
    if choice is None:
        return []
    return [day for day in range(1, 32) if _first_due_on(choice, start, day) is not None]


def _first_due_on(choice: DueDays, start: date, due_day: int) -> date | None:
    if not choice.earliest <= due_day <= choice.latest:
        return None
    earliest = start + timedelta(days=choice.shortest_first_days)
    latest = start + timedelta(days=choice.longest_first_days)
    # Bound: the first period has at most 92 days, which touch at most five months.
    days = (add_months(start, months, due_day) for months in range(5))
    return next((day for day in days if earliest <= day <= latest), None)
