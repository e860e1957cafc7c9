"""Interest and penalty as exact fractions of a fen.

Callers that need whole fen round the sum of a period, never the interest of one day. A period runs from its first
day up to, not including, its due date:

    interest = balance × rate × fraction of the year

The fraction is that of the loan's day count. Under a day count by days, each stretch inside a period has its own. Under
the others the days of a period share its fraction evenly. Two neighbouring stretches therefore always add up exactly.
A period of a `MONTHLY` loan that is not whole months, such as a first one, counts its days over 360.
Overdue amounts bear the penalty rate over actual days / 360.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from mock_partners.bank.core.calculation.day_counts import BY_DAYS, YEAR_DAYS, DayCount, fraction_of_year
from mock_partners.bank.core.calculation.schedules import add_months
from mock_partners.bank.core.calculation.terms import LoanTerms
from partner_adapters.kit.values.rates import PPM, rate_fraction


def interest(
    terms: LoanTerms, start: date, due_on: date, balance_fen: int, stretch: tuple[date, date]
) -> Fraction:
    """Return the interest in fen of a stretch of days at one balance, inside the period from `start` to `due_on`."""
    return balance_fen * rate_fraction(terms.rate_ppm) * _fraction_of_stretch(terms, start, due_on, stretch)


def penalty(terms: LoanTerms, overdue_fen: int, days: int) -> Fraction:
    """Return the penalty interest in fen of `days` days on an overdue amount."""
    rate = rate_fraction(terms.rate_ppm) * Fraction(terms.rules.penalty_factor_ppm, PPM)
    return overdue_fen * rate * Fraction(days, YEAR_DAYS)


def years_of_period(terms: LoanTerms, start: date, due_on: date) -> Fraction:
    """Return the time in years that an annual rate counts for the period.

    It is the day count's own fraction, but a year of days has 365 of them where interest counts them over 360.
    """
    day_count = _day_count_of_period(terms, start, due_on)
    if day_count is DayCount.ACT_360:
        day_count = DayCount.ACT_365
    return fraction_of_year(day_count, start, due_on)


def _fraction_of_stretch(terms: LoanTerms, start: date, due_on: date, stretch: tuple[date, date]) -> Fraction:
    day_count, (first, end) = _day_count_of_period(terms, start, due_on), stretch
    if day_count in BY_DAYS:
        return fraction_of_year(day_count, first, end)
    return fraction_of_year(day_count, start, due_on) * Fraction((end - first).days, (due_on - start).days)


def _day_count_of_period(terms: LoanTerms, start: date, due_on: date) -> DayCount:
    # A first period can begin on another day than the due day, and a loan with one period can end on another.
    is_whole = all(day == add_months(day, 0, terms.due_day) for day in (start, due_on))
    if terms.day_count is DayCount.MONTHLY and not is_whole:
        return DayCount.ACT_360
    return terms.day_count
