"""Day counts: which part of a year lies between two days. Each is named and follows its own convention.

`ACT_360`, `ACT_365`: the days over 360, or over 365 also in leap years.
`ACT_ACT_ISDA`: days of leap years over 366, days of other years over 365.
`THIRTY_E_360`: months of 30 days. Day 31 counts as day 30.
`THIRTY_U_360`: months of 30 days, as in the US. The last day of February counts as day 30 where a stretch begins on
it, and also where it ends there after beginning on one. Day 31 counts as day 30 where the stretch begins on it, and
where it ends on it after beginning on day 30 or later.
`MONTHLY`: a whole month is a twelfth of a year, whatever its days. `accrual` says which periods are whole months.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from fractions import Fraction

YEAR_DAYS = 360


class DayCount(StrEnum):
    """How the interest of a period counts; see the module."""

    MONTHLY = "monthly"
    ACT_360 = "act_360"
    ACT_365 = "act_365"
    ACT_ACT_ISDA = "act_act_isda"
    THIRTY_E_360 = "30e_360"
    THIRTY_U_360 = "30u_360"


# Under these any stretch of days has its own fraction, and the fractions of neighbouring stretches add up.
BY_DAYS = frozenset({DayCount.ACT_360, DayCount.ACT_365, DayCount.ACT_ACT_ISDA})


def fraction_of_year(day_count: DayCount, start: date, end: date) -> Fraction:
    """Return the part of a year from `start` up to, not including, `end`. `MONTHLY` takes whole months only."""
    return _FRACTIONS[day_count](start, end)


def _whole_months(start: date, end: date) -> Fraction:
    return Fraction((end.year - start.year) * 12 + end.month - start.month, 12)


def _actual_actual(start: date, end: date) -> Fraction:
    total = Fraction()
    for year in range(start.year, end.year + 1):
        first, last = max(start, date(year, 1, 1)), min(end, date(year + 1, 1, 1))
        total += Fraction((last - first).days, 366 if isleap(year) else 365)
    return total


def _thirty_e(start: date, end: date) -> Fraction:
    return _thirty(start, min(start.day, 30), end, min(end.day, 30))


def _thirty_u(start: date, end: date) -> Fraction:
    start_day, end_day = start.day, end.day
    if _ends_february(start):
        end_day = 30 if _ends_february(end) else end_day
        start_day = 30
    if end_day == 31 and start_day >= 30:
        end_day = 30
    return _thirty(start, min(start_day, 30), end, end_day)


def _thirty(start: date, start_day: int, end: date, end_day: int) -> Fraction:
    days = (end.year - start.year) * 360 + (end.month - start.month) * 30 + end_day - start_day
    return Fraction(days, YEAR_DAYS)


def _ends_february(day: date) -> bool:
    return day.month == 2 and day.day == monthrange(day.year, 2)[1]


_FRACTIONS: dict[DayCount, Callable[[date, date], Fraction]] = {
    DayCount.MONTHLY: _whole_months,
    DayCount.ACT_360: lambda start, end: Fraction((end - start).days, YEAR_DAYS),
    DayCount.ACT_365: lambda start, end: Fraction((end - start).days, 365),
    DayCount.ACT_ACT_ISDA: _actual_actual,
    DayCount.THIRTY_E_360: _thirty_e,
    DayCount.THIRTY_U_360: _thirty_u,
}
