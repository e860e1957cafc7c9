"""The annual rate is that of the cash flows: checked against a solver that discounts them, which ours does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_partners.bank.core.calculation.annual_rate import CashFlow, annual_rate_ppm, rate_of_flows
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.calculation.terms import DayCount, LoanTerms, Method, usual_day_count
from tests.support.loans import loans

LARGE = st.integers(1_000_000, 500_000_000)


def solved(terms: LoanTerms) -> float:
    """The rate at which the discounted payments are worth what was drawn, in millionths, by bisection in floats."""

    plan = Position.of(terms).plan()

    def worth(rate: float) -> float:
        value, factor, before = 0.0, 1.0, terms.start
        for row in plan:
            if terms.day_count is DayCount.MONTHLY and before.day == min(terms.due_day, 28):
                years = ((row.due_on.year - before.year) * 12 + row.due_on.month - before.month) / 12
            else:
                years = (row.due_on - before).days / 365
            factor /= 1 + rate * years
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
    assert abs(annual_rate_ppm(terms) - solved(terms)) <= 51  # half a hundredth of a percent, and the floats


@given(loans(principal_fen=LARGE, months=st.integers(1, 60), own_day=True))
def test_months_cost_the_contract_rate_and_days_over_360_more(terms: LoanTerms) -> None:
    monthly = terms.day_count is DayCount.MONTHLY
    if monthly and terms.start.day > 28:
        terms = replace(terms, start=terms.start.replace(day=28), due_day=28)
    cost = terms.rate_ppm if monthly else terms.rate_ppm * 365 / 360
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
    terms = LoanTerms(10_000_000, 52_000, method, 12, start, start.day, usual_day_count(method))
    assert annual_rate_ppm(terms) == annual_ppm


def test_payments_that_do_not_repay_have_no_rate() -> None:
    with pytest.raises(ValueError, match="repay what was drawn"):
        rate_of_flows(100, [CashFlow(Fraction(1), 99)])
    with pytest.raises(ValueError, match="thousand percent"):
        rate_of_flows(100, [CashFlow(Fraction(1), 2_000)])
