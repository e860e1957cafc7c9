"""The annual rate is that of the cash flows: checked against a solver that discounts them, which ours does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import daycounts
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mock_partners.bank.core.calculation.annual_rate import (
    CashFlow,
    annual_rate_ppm,
    compound_rate_of_flows,
    flows_of,
    rate_of_flows,
)
from mock_partners.bank.core.calculation.day_counts import DayCount
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.calculation.terms import DayCounts, LoanTerms, Method
from tests.support.loans import loans

# What a year of each day count is to the annual rate.
YEARS = {
    DayCount.ACT_360: daycounts.actual_365_fixed,
    DayCount.ACT_365: daycounts.actual_365_fixed,
    DayCount.ACT_ACT_ISDA: daycounts.actual_actual_isda,
    DayCount.THIRTY_E_360: daycounts.thirty_e_360,
    DayCount.THIRTY_U_360: daycounts.thirty_360_us,
}
LARGE = st.integers(1_000_000, 500_000_000)


def years(terms: LoanTerms, start: date, end: date) -> float:
    if terms.day_count is not DayCount.MONTHLY:
        return YEARS[terms.day_count](start, end)
    if start.day == min(terms.due_day, 28):
        return ((end.year - start.year) * 12 + end.month - start.month) / 12
    return (end - start).days / 365


def solved(terms: LoanTerms) -> float:
    """The rate at which the discounted payments are worth what was drawn, in millionths, by bisection in floats."""

    plan = Position.of(terms).plan()

    def worth(rate: float) -> float:
        value, factor, before = 0.0, 1.0, terms.start
        for row in plan:
            factor /= 1 + rate * years(terms, before, row.due_on)
            value += factor * (row.principal_fen + row.interest_fen)
            before = row.due_on
        return value

    low, high = 0.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if worth(middle) > terms.principal_fen else (low, middle)
    return low * 1_000_000


@given(loans(principal_fen=LARGE, months=st.integers(1, 60)), st.integers(1, 28))
def test_it_is_what_discounting_the_payments_gives(terms: LoanTerms, due_day: int) -> None:
    terms = replace(terms, due_day=due_day)
    plan = Position.of(terms).plan()
    assume(any(row.interest_fen for row in plan) and years(terms, terms.start, plan[0].due_on))
    assert abs(annual_rate_ppm(terms) - solved(terms)) <= 51  # half a hundredth of a percent, and the floats


@given(loans(principal_fen=LARGE, months=st.integers(1, 60), own_day=True))
def test_days_over_360_cost_more_than_the_contract_rate_and_nothing_else_does(terms: LoanTerms) -> None:
    if terms.start.day > 28:
        terms = replace(terms, start=terms.start.replace(day=28), due_day=28)
    cost = terms.rate_ppm * 365 / 360 if terms.day_count is DayCount.ACT_360 else terms.rate_ppm
    assert abs(annual_rate_ppm(terms) - cost) <= 75


@given(loans(principal_fen=LARGE, months=st.integers(1, 60)), st.integers(0, 100_000_000))
def test_a_fee_never_lowers_it(terms: LoanTerms, fee_fen: int) -> None:
    plan = Position.of(terms).plan()
    first = replace(plan[0], interest_fen=plan[0].interest_fen + fee_fen)
    try:
        with_fee = annual_rate_ppm(terms, [first, *plan[1:]])
    except ValueError:
        return  # more than a thousand percent
    assert with_fee >= annual_rate_ppm(terms)


@pytest.mark.parametrize(
    ("method", "annual_ppm"),
    [(Method.LEVEL_PAYMENT, 52_000), (Method.INTEREST_FIRST, 52_700), (Method.ON_DEMAND, 52_700)],
)
def test_five_point_two_percent_by_each_method(method: Method, annual_ppm: int) -> None:
    start = date(2026, 11, 24)
    terms = LoanTerms(10_000_000, 52_000, method, 12, start, start.day, DayCounts().of(method))
    assert annual_rate_ppm(terms) == annual_ppm


def test_the_pboc_s_own_example() -> None:
    """100,000 lent, 1,000 of it charged up front, twelve payments of 8,833.30: notice 2021-3."""
    flows = [CashFlow(Fraction(1, 12), 883_330)] * 12
    assert rate_of_flows(9_900_000, flows) == 128_000
    assert compound_rate_of_flows(9_900_000, flows) == 135_800


@given(loans(principal_fen=LARGE, rate_ppm=st.integers(1_000, 240_000), months=st.integers(1, 60)))
def test_the_compound_rate_discounts_to_what_was_received(terms: LoanTerms) -> None:
    flows = flows_of(terms, Position.of(terms).plan())
    rate = compound_rate_of_flows(terms.principal_fen, flows) / 1_000_000

    def worth(rate: float) -> float:
        value, time = 0.0, 0.0
        for flow in flows:
            time += float(flow.years)
            value += flow.amount_fen / (1 + rate) ** time
        return value

    tiny = 1e-6 * terms.principal_fen * 1e-3
    assert worth(rate - 0.000_051) > terms.principal_fen - tiny
    assert worth(rate + 0.000_051) < terms.principal_fen + tiny


def test_payments_that_do_not_repay_have_no_rate() -> None:
    with pytest.raises(ValueError, match="repay what was received"):
        rate_of_flows(100, [CashFlow(Fraction(1), 99)])
    with pytest.raises(ValueError, match="thousand percent"):
        rate_of_flows(100, [CashFlow(Fraction(1), 2_000)])
