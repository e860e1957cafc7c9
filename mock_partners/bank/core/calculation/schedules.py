"""When instalments fall due. `principal` works out what each of them repays, `accrual` the interest."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from mock_partners.bank.core.calculation.terms import LoanTerms, Method


def due_dates(terms: LoanTerms) -> list[date]:
    """Return the last day of each period: one a month, and for 随借随还 only the end of the term."""
    if terms.method is Method.ON_DEMAND:
        return [terms.first_due_on or add_months(terms.start, terms.months, terms.due_day)]
    first = terms.first_due_on or add_months(terms.start, 1, terms.due_day)
    # Each date is counted from the first, so that a short month moves its own due day only.
    # `LoanTerms` bounds the months (`MAX_MONTHS`), so every plan has at most 360 instalments.
    return [add_months(first, number, terms.due_day) for number in range(terms.months)]


def add_months(start: date, months: int, due_day: int) -> date:
    """Return the due day in the month that lies `months` after `start`'s, or that month's last day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(due_day, monthrange(year, month + 1)[1]))
