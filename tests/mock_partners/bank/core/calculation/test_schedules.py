"""INVARIANTS 6 to 13: the plan of any loan."""

from calendar import monthrange
from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mock_partners.bank.core.calculation import accrual
from mock_partners.bank.core.calculation.agreement import DueDayNotOffered, agree, offered_due_days
from mock_partners.bank.core.calculation.day_counts import DayCount
from mock_partners.bank.core.calculation.position import PlannedInstalment, Position
from mock_partners.bank.core.calculation.principal import level_payment
from mock_partners.bank.core.calculation.terms import (
    DueDays,
    LevelPayment,
    LoanTerms,
    Method,
    RepaymentTerms,
    ServicingRules,
)
from partner_adapters.kit.values.money import Rounding, round_fen
from tests.support.loans import AMOUNTS, loans, monthly, total_interest

LEVEL = st.just(Method.LEVEL_PAYMENT)


def rows_of(terms: LoanTerms) -> list[PlannedInstalment]:
    return Position.of(terms).plan()


@given(loans())
def test_the_principal_comes_back_whole_and_no_row_is_negative(terms: LoanTerms) -> None:
    rows = rows_of(terms)
    assert sum(row.principal_fen for row in rows) == terms.principal_fen
    assert all(row.principal_fen >= 0 and row.interest_fen >= 0 for row in rows)
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))


def test_a_small_balance_ends_early_instead_of_overshooting() -> None:
    terms = LoanTerms(2_995, 0, Method.EQUAL_PRINCIPAL, 105, date(2026, 1, 1), 1, DayCount.MONTHLY)
    parts = [row.principal_fen for row in rows_of(terms)]
    assert parts == [29] * 103 + [8]


@given(monthly())
def test_each_row_costs_its_balance_times_rate_over_twelve(terms: LoanTerms) -> None:
    balance, previous = terms.principal_fen, terms.start
    for row in rows_of(terms):
        months = (row.due_on.year - previous.year) * 12 + row.due_on.month - previous.month
        exact = balance * Fraction(terms.rate_ppm, 1_000_000) * Fraction(months, 12)
        assert row.interest_fen == round_fen(exact)
        balance, previous = balance - row.principal_fen, row.due_on


@given(loans(day_count=st.just(DayCount.ACT_360)))
def test_each_row_costs_its_balance_times_rate_times_days_over_360(terms: LoanTerms) -> None:
    balance, previous = terms.principal_fen, terms.start
    for row in rows_of(terms):
        days = (row.due_on - previous).days
        exact = balance * Fraction(terms.rate_ppm, 1_000_000) * Fraction(days, 360)
        assert row.interest_fen == round_fen(exact)
        balance, previous = balance - row.principal_fen, row.due_on


@given(monthly(method=LEVEL, level_payment=st.just(LevelPayment.NOMINAL)))
def test_all_level_payments_but_the_last_are_equal(terms: LoanTerms) -> None:
    totals = [row.principal_fen + row.interest_fen for row in rows_of(terms)]
    level = level_payment(terms.principal_fen, terms.rate_ppm, terms.months, Rounding.HALF_UP)
    monthly_rate = Fraction(terms.rate_ppm, 12_000_000)
    assume(level >= round_fen(terms.principal_fen * monthly_rate))
    assert set(totals[:-1]) <= {level}
    compounded = ((1 + monthly_rate) ** terms.months - 1) / monthly_rate if terms.rate_ppm else terms.months
    bound = ceil(compounded) + 1
    # A plan that ends early ends with what is left, which is less than one payment.
    assert abs(totals[-1] - level) <= (bound if len(totals) == terms.months else level)


SOLVED = ServicingRules(repayment=RepaymentTerms(level_payment=LevelPayment.SOLVED))


@given(loans(method=LEVEL, principal_fen=st.integers(1_000_000, 500_000_000), own_first=True))
def test_a_solved_payment_closes_the_plan_as_nearly_as_a_fen_allows(terms: LoanTerms) -> None:
    terms = replace(terms, rules=SOLVED)
    rows = rows_of(terms)
    totals = [row.principal_fen + row.interest_fen for row in rows]
    periods = list(pairwise([terms.start, *(row.due_on for row in rows)]))
    rates = [accrual.interest(terms, *period, 1, period) for period in periods]
    # A first period of three months at 24 % may cost more than the payment of a long loan.
    assume(all(row.principal_fen > 0 for row in rows) and len(rows) == terms.months > 1)
    assert len(set(totals[:-1])) == 1

    def last_for(payment_fen: int) -> int:
        balance_fen = terms.principal_fen
        for rate in rates[:-1]:
            balance_fen += round_fen(balance_fen * rate) - payment_fen
        return balance_fen + round_fen(balance_fen * rates[-1])

    found = abs(totals[-1] - totals[0])
    assert all(found <= abs(last_for(other) - other) for other in range(totals[0] - 3, totals[0] + 4))


def test_a_first_date_of_its_own_counts_days_and_the_others_months() -> None:
    """120,000.00 at 6 % over 12 months, drawn on 24 November, due on the 10th from January on."""
    terms = LoanTerms(
        12_000_000, 60_000, Method.LEVEL_PAYMENT, 12, date(2026, 11, 24), 10, DayCount.MONTHLY,
        first_due_on=date(2027, 1, 10),
    )  # fmt: skip
    nominal, solved = rows_of(terms), rows_of(replace(terms, rules=SOLVED))
    assert [row.due_on for row in solved] == [row.due_on for row in nominal]
    assert (nominal[0].due_on, nominal[-1].due_on) == (date(2027, 1, 10), date(2027, 12, 10))
    # 47 days over 360 in the first row of either; each other row costs a twelfth.
    assert nominal[0].interest_fen == solved[0].interest_fen == 94_000
    assert nominal[1].interest_fen == round_fen(Fraction((12_000_000 - nominal[0].principal_fen) * 6, 1200))
    # By the formula only the first row differs, by its 17 days more.
    totals = [row.principal_fen + row.interest_fen for row in nominal]
    assert totals[0] == totals[1] + 34_000
    assert totals[1:-1] == [1_032_797] * 10
    totals = [row.principal_fen + row.interest_fen for row in solved]
    assert set(totals[:-1]) == {1_035_709}
    assert abs(totals[-1] - totals[0]) <= 6


def test_a_bullet_ends_on_any_day() -> None:
    terms = LoanTerms(
        10_000_000, 36_000, Method.ON_DEMAND, 1, date(2026, 11, 24), 24, DayCount.ACT_365,
        first_due_on=date(2027, 2, 5),
    )  # fmt: skip
    (row,) = rows_of(terms)
    assert (row.due_on, row.principal_fen, row.interest_fen) == (date(2027, 2, 5), 10_000_000, 72_000)
    with pytest.raises(ValueError, match="on the due day"):
        replace(terms, method=Method.INTEREST_FIRST)
    with pytest.raises(ValueError, match="after the drawdown"):
        replace(terms, first_due_on=terms.start)


@pytest.mark.parametrize(
    ("start", "day", "first"),
    [
        (date(2026, 11, 24), 10, date(2026, 12, 10)),
        (date(2026, 11, 24), 8, date(2027, 1, 8)),
        (date(2026, 11, 24), 24, date(2026, 12, 24)),
        (date(2027, 1, 31), 28, date(2027, 2, 28)),
        (date(2026, 11, 24), 29, None),
    ],
)
def test_the_first_due_date_is_the_first_chosen_day_far_enough_away(
    start: date, day: int, first: date | None
) -> None:
    rules = ServicingRules(repayment=RepaymentTerms(due_days=DueDays(1, 28, 15, 45)))
    loan = {"principal_fen": 1_000_000, "rate_ppm": 50_000, "months": 3, "start": start, "due_day": day}
    assert (day in offered_due_days(rules, start)) is (first is not None)
    if first is None:
        with pytest.raises(DueDayNotOffered):
            agree(rules, method=Method.LEVEL_PAYMENT, **loan)
    else:
        assert agree(rules, method=Method.LEVEL_PAYMENT, **loan).first_due_on == first
    for refusing, method in ((ServicingRules(), Method.LEVEL_PAYMENT), (rules, Method.ON_DEMAND)):
        with pytest.raises(DueDayNotOffered):
            agree(refusing, method=method, **loan)


@given(loans(rate_ppm=st.just(0)))
def test_without_a_rate_there_is_no_interest(terms: LoanTerms) -> None:
    assert total_interest(terms) == 0


@given(loans(), st.integers(0, 240_000))
def test_a_higher_rate_costs_no_less(terms: LoanTerms, other_ppm: int) -> None:
    low, high = sorted((terms.rate_ppm, other_ppm))
    assert (
        total_interest(replace(terms, rate_ppm=low))
        <= total_interest(replace(terms, rate_ppm=high)) + terms.months
    )


@given(loans(), AMOUNTS)
def test_a_larger_loan_costs_no_less(terms: LoanTerms, other_fen: int) -> None:
    low, high = sorted((terms.principal_fen, other_fen))
    assert (
        total_interest(replace(terms, principal_fen=low))
        <= total_interest(replace(terms, principal_fen=high)) + terms.months
    )


@given(loans(), st.integers(1, 360))
def test_a_longer_loan_costs_no_less(terms: LoanTerms, other: int) -> None:
    low, high = sorted((terms.months, other))
    assert total_interest(replace(terms, months=low)) <= total_interest(replace(terms, months=high)) + high


@given(monthly(rate_ppm=st.integers(1, 240_000), months=st.integers(2, 360)))
def test_the_sooner_the_principal_comes_back_the_cheaper(terms: LoanTerms) -> None:
    falling, level, at_end = (
        total_interest(replace(terms, method=method))
        for method in (Method.EQUAL_PRINCIPAL, Method.LEVEL_PAYMENT, Method.INTEREST_FIRST)
    )
    assert falling <= level + terms.months
    assert level <= at_end + terms.months


@given(
    loans(
        method=st.sampled_from([Method.INTEREST_FIRST, Method.EQUAL_PRINCIPAL, Method.ON_DEMAND]),
        principal_fen=st.integers(100_000, 10_000_000),
    ),
    st.integers(2, 50),
)
def test_a_loan_k_times_as_large_costs_k_times_as_much(terms: LoanTerms, times: int) -> None:
    rows, large = rows_of(terms), rows_of(replace(terms, principal_fen=times * terms.principal_fen))
    for row, other in zip(rows, large, strict=False):
        assert abs(other.interest_fen - times * row.interest_fen) <= (times + 1) * (terms.months + 1)


def present_value(terms: LoanTerms, periodic: Decimal, fee_fen: int = 0) -> Decimal:
    value = Decimal(fee_fen - terms.principal_fen)
    for row in rows_of(terms):
        value += (row.principal_fen + row.interest_fen) / (1 + periodic) ** row.number
    return value


@given(
    monthly(
        method=st.sampled_from([Method.LEVEL_PAYMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_FIRST]),
        principal_fen=st.integers(1_000_000, 500_000_000),
        rate_ppm=st.integers(1_000, 240_000),
    ),
    st.integers(1, 10_000),
)
def test_the_internal_rate_of_return_is_the_stated_rate_and_a_fee_raises_it(
    terms: LoanTerms, fee_fen: int
) -> None:
    with localcontext() as context:
        context.prec = 60
        stated, near = Decimal(terms.rate_ppm) / 12_000_000, Decimal("0.000001")
        # Present value falls as the rate rises: a sign change brackets the internal rate.
        assert present_value(terms, stated - near) > 0 > present_value(terms, stated + near)
        assert present_value(terms, stated, fee_fen) > present_value(terms, stated)


@given(loans())
def test_due_dates_rise_and_keep_the_anchor_day(terms: LoanTerms) -> None:
    dates = [row.due_on for row in rows_of(terms)]
    assert all(earlier < later for earlier, later in pairwise([terms.start, *dates]))
    for due_on in dates:
        assert due_on.day == min(terms.due_day, monthrange(due_on.year, due_on.month)[1])


@given(monthly(months=st.integers(1, 24)), st.integers(1, 5))
def test_another_year_moves_the_dates_and_leaves_the_amounts(terms: LoanTerms, years: int) -> None:
    assume(terms.due_day <= 28)
    later = replace(terms, start=terms.start.replace(year=terms.start.year + years))
    for row, moved in zip(rows_of(terms), rows_of(later), strict=True):
        assert moved.due_on == row.due_on.replace(year=row.due_on.year + years)
        assert (moved.principal_fen, moved.interest_fen) == (row.principal_fen, row.interest_fen)


@given(loans(day_count=st.just(DayCount.ACT_360), months=st.integers(1, 24)))
def test_day_counted_amounts_depend_on_the_gaps_only(terms: LoanTerms) -> None:
    assume(terms.due_day <= 28 and terms.start.day <= 28)
    later = replace(terms, start=terms.start.replace(year=terms.start.year + 1))
    gaps = [
        [(b - a).days for a, b in pairwise([t.start, *(row.due_on for row in rows_of(t))])]
        for t in (terms, later)
    ]
    assume(gaps[0] == gaps[1])
    assert [row.interest_fen for row in rows_of(terms)] == [row.interest_fen for row in rows_of(later)]


@pytest.mark.parametrize(
    ("method", "count", "first", "last", "interest"),
    [
        # 20,000.00 at 5.20 % over 12 months, drawn on the 31st; computed apart from the code.
        (Method.LEVEL_PAYMENT, 12, (162_731, 8_667), (170_663, 740), 56_781),
        (Method.INTEREST_FIRST, 12, (0, 8_089), (2_000_000, 8_956), 105_449),
        (Method.ON_DEMAND, 1, (2_000_000, 105_444), (2_000_000, 105_444), 105_444),
    ],
)
def test_known_plans(
    method: Method, count: int, first: tuple[int, int], last: tuple[int, int], interest: int
) -> None:
    day_count = DayCount.MONTHLY if method is Method.LEVEL_PAYMENT else DayCount.ACT_360
    terms = LoanTerms(2_000_000, 52_000, method, 12, date(2026, 1, 31), 31, day_count)
    rows = rows_of(terms)
    assert len(rows) == count
    assert (rows[0].principal_fen, rows[0].interest_fen) == first
    assert (rows[-1].principal_fen, rows[-1].interest_fen) == last
    assert sum(row.interest_fen for row in rows) == interest
    assert rows[-1].due_on == date(2027, 1, 31)
    assert count == 1 or rows[0].due_on == date(2026, 2, 28)
