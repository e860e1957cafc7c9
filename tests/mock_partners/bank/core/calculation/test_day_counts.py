"""Each day count follows its convention: published examples, and a library by other authors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import daycounts
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_partners.bank.core.calculation.day_counts import DayCount, fraction_of_year

THEIRS: dict[DayCount, Callable[[date, date], float]] = {
    DayCount.ACT_360: daycounts.actual_360,
    DayCount.ACT_365: daycounts.actual_365_fixed,
    DayCount.ACT_ACT_ISDA: daycounts.actual_actual_isda,
    DayCount.THIRTY_E_360: daycounts.thirty_e_360,
    # The variant of their `thirty_360_us`: with the rule for the end of February.
    DayCount.THIRTY_U_360: daycounts.thirty_360_us,
}
# Every third date is where the conventions differ: around the ends of months, of February and of years.
EDGES = st.sampled_from(
    [
        date(year, month, day)
        for year in range(2023, 2029)
        for month, days in ((12, (30, 31)), (1, (1, 29, 30, 31)), (2, (27, 28)), (3, (1, 30, 31)), (4, (30,)))
        for day in days
    ]
    + [date(2024, 2, 29), date(2028, 2, 29)]
)
DAYS = st.one_of(EDGES, st.dates(date(2020, 1, 1), date(2040, 12, 31)))


@pytest.mark.parametrize(
    ("start", "end", "fraction"),
    [
        # ISDA, "EMU and market conventions: recent developments" (1998), whose example bond pays 10 %.
        ("2003-11-01", "2004-05-01", Fraction(61, 365) + Fraction(121, 366)),
        ("1999-02-01", "1999-07-01", Fraction(150, 365)),
        ("1999-07-01", "2000-07-01", Fraction(184, 365) + Fraction(182, 366)),
        ("2002-08-15", "2003-07-15", Fraction(334, 365)),
        ("2003-07-15", "2004-01-15", Fraction(170, 365) + Fraction(14, 366)),
        ("1999-07-30", "2000-01-30", Fraction(155, 365) + Fraction(29, 366)),
        ("2000-01-30", "2000-06-30", Fraction(152, 366)),
    ],
)
def test_actual_actual_as_isda_publishes_it(start: str, end: str, fraction: Fraction) -> None:
    found = fraction_of_year(DayCount.ACT_ACT_ISDA, date.fromisoformat(start), date.fromisoformat(end))
    assert found == fraction


@pytest.mark.parametrize(
    ("start", "end", "european", "american"),
    [
        ("2007-01-15", "2007-01-30", 15, 15),
        ("2007-01-15", "2007-01-31", 15, 16),
        ("2007-01-31", "2007-02-28", 28, 28),
        ("2007-02-26", "2007-02-28", 2, 2),
        ("2007-02-28", "2007-03-31", 32, 30),
        ("2008-02-28", "2008-03-31", 32, 33),
        ("2008-02-29", "2008-03-31", 31, 30),
        ("2008-02-29", "2009-02-28", 359, 360),
        ("2006-08-31", "2007-02-28", 178, 178),
        ("2007-02-28", "2007-08-31", 182, 180),
        ("2007-10-31", "2007-11-28", 28, 28),
    ],
)
def test_months_of_thirty_days_and_the_end_of_february(
    start: str, end: str, european: int, american: int
) -> None:
    days = (date.fromisoformat(start), date.fromisoformat(end))
    assert fraction_of_year(DayCount.THIRTY_E_360, *days) == Fraction(european, 360)
    assert fraction_of_year(DayCount.THIRTY_U_360, *days) == Fraction(american, 360)


@given(DAYS, DAYS)
def test_others_count_the_same_days(one: date, other: date) -> None:
    start, end = sorted((one, other))
    for day_count, theirs in THEIRS.items():
        assert float(fraction_of_year(day_count, start, end)) == pytest.approx(theirs(start, end), abs=1e-9)
