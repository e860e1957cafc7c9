"""Interest as exact rationals of a fen. Whoever needs whole fen rounds the sum of a period, never a day.

A period runs from its first day up to, not including, its due date. Its days share its interest evenly:

    interest of `days` days = balance × rate × fraction of the period × days / days of the period

so any two neighbouring stretches add up exactly, for `MONTHLY` (a period is 1/12 of a year) as for `ACT_360`
(a period is its days over 360, so a day is 1/360). Overdue amounts bear the penalty rate, actual days over 360.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from mock_partners.bank.core.calculation.schedules import anchored
from mock_partners.bank.core.calculation.terms import DayCount, LoanTerms
from partner_adapters.kit.values.rates import PPM, rate_fraction

YEAR_DAYS = 360


def interest(terms: LoanTerms, start: date, due_on: date, balance_fen: int, days: int) -> Fraction:
    """Interest of `days` days at one balance inside the period `start` to `due_on`, in fen."""
    return (
        balance_fen
        * rate_fraction(terms.rate_ppm)
        * _year_fraction(terms, start, due_on)
        * Fraction(days, (due_on - start).days)
    )


def penalty(terms: LoanTerms, overdue_fen: int, days: int) -> Fraction:
    """Penalty interest of `days` days on an overdue amount, in fen."""
    rate = rate_fraction(terms.rate_ppm) * Fraction(terms.rules.penalty_factor_ppm, PPM)
    return overdue_fen * rate * Fraction(days, YEAR_DAYS)


def _year_fraction(terms: LoanTerms, start: date, due_on: date) -> Fraction:
    if terms.day_count is DayCount.MONTHLY and start == anchored(start, 0, terms.due_day):
        months = (due_on.year - start.year) * 12 + due_on.month - start.month
        return Fraction(months, 12)
    # Days, or a first period that is not a whole month because the due day is not the day of the drawdown.
    return Fraction((due_on - start).days, YEAR_DAYS)
