"""Interest and penalty as exact fractions of a fen.

Callers that need whole fen round the sum of a period, never the interest of one day. A period runs from its first
day up to, not including, its due date. Its days share its interest evenly:

    interest of `days` days = balance × rate × fraction of the year × days / days of the period

Two neighbouring stretches therefore add up exactly, under both day counts. For `MONTHLY` a period is 1/12 of a
year; for `ACT_360` it is its days over 360. Overdue amounts bear the penalty rate over actual days / 360.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from mock_partners.bank.core.calculation.schedules import add_months
from mock_partners.bank.core.calculation.terms import DayCount, LoanTerms
from partner_adapters.kit.values.rates import PPM, rate_fraction

YEAR_DAYS = 360


def interest(terms: LoanTerms, start: date, due_on: date, balance_fen: int, days: int) -> Fraction:
    """Return the interest in fen of `days` days at one balance, inside the period from `start` to `due_on`."""
    return (
        balance_fen
        * rate_fraction(terms.rate_ppm)
        * year_fraction(terms, start, due_on)
        * Fraction(days, (due_on - start).days)
    )


def penalty(terms: LoanTerms, overdue_fen: int, days: int) -> Fraction:
    """Return the penalty interest in fen of `days` days on an overdue amount."""
    rate = rate_fraction(terms.rate_ppm) * Fraction(terms.rules.penalty_factor_ppm, PPM)
    return overdue_fen * rate * Fraction(days, YEAR_DAYS)


def year_fraction(terms: LoanTerms, start: date, due_on: date, year_days: int = YEAR_DAYS) -> Fraction:
    """Return which part of a year the period is: whole months of twelve, or its days over `year_days`."""
    if terms.day_count is DayCount.MONTHLY and start == add_months(start, 0, terms.due_day):
        months = (due_on.year - start.year) * 12 + due_on.month - start.month
        return Fraction(months, 12)
    # ACT_360, or a first period that is not a whole month because the due day differs from the day of the drawdown.
    return Fraction((due_on - start).days, year_days)
