"""Loans for property tests: any method, size, rate, term, day, day count, level payment and order of payment."""

from datetime import date, timedelta

from hypothesis import strategies as st

from mock_partners.bank.core.calculation.allocation import PARTS
from mock_partners.bank.core.calculation.day_counts import DayCount
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.calculation.schedules import add_months
from mock_partners.bank.core.calculation.terms import (
    LevelPayment,
    LoanTerms,
    Method,
    RepaymentTerms,
    ServicingRules,
)

METHODS = st.sampled_from(Method)
AMOUNTS = st.one_of(st.integers(100, 10_000), st.integers(100, 500_000_000))
RATES = st.one_of(st.just(0), st.integers(0, 240_000))
MONTHS = st.one_of(st.integers(1, 12), st.integers(1, 360))
DAY_COUNTS = st.sampled_from(DayCount)
LEVEL_PAYMENTS = st.sampled_from(LevelPayment)
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


@st.composite
def loans(
    draw: st.DrawFn,
    method: st.SearchStrategy[Method] = METHODS,
    principal_fen: st.SearchStrategy[int] = AMOUNTS,
    rate_ppm: st.SearchStrategy[int] = RATES,
    months: st.SearchStrategy[int] = MONTHS,
    day_count: st.SearchStrategy[DayCount] = DAY_COUNTS,
    own_day: bool = False,
    grace_days: int | None = None,
    level_payment: st.SearchStrategy[LevelPayment] = LEVEL_PAYMENTS,
    own_first: bool = False,
) -> LoanTerms:
    """`own_day`: due on the drawdown's own day of the month, so that the first period is a whole month.

    `own_first`: perhaps with a first due date of its own.
    """
    start = draw(DAYS)
    grace = draw(st.integers(0, 5)) if grace_days is None else grace_days
    due_day = start.day if own_day else draw(st.one_of(st.just(start.day), st.integers(1, 31)))
    repayment = RepaymentTerms(
        level_payment=draw(level_payment), allocation=tuple(draw(st.permutations(PARTS)))
    )
    return LoanTerms(
        principal_fen=draw(principal_fen),
        rate_ppm=draw(rate_ppm),
        method=draw(method),
        months=draw(months),
        start=start,
        due_day=due_day,
        day_count=draw(day_count),
        rules=ServicingRules(grace_days=grace, repayment=repayment),
        first_due_on=draw(st.none() | _first_dates(start, due_day)) if own_first else None,
    )


def _first_dates(start: date, due_day: int) -> st.SearchStrategy[date]:
    """The due days of the three months after `start`'s."""
    return st.integers(1, 3).map(lambda months: add_months(start, months, due_day))


def monthly(**given: object) -> st.SearchStrategy[LoanTerms]:
    """Whole months from the first period on."""
    return loans(day_count=st.just(DayCount.MONTHLY), own_day=True, **given)  # type: ignore[arg-type]


def total_interest(terms: LoanTerms) -> int:
    return sum(row.interest_fen for row in Position.of(terms).plan())


@st.composite
def part_way(draw: st.DrawFn, late: bool = True) -> Position:
    """A small loan some way on, with a few payments behind it: on time, early, late or partial."""
    terms = draw(loans(months=st.integers(1, 8), principal_fen=st.integers(100, 10_000_000), own_first=True))
    position = Position.of(terms)
    for _ in range(draw(st.integers(0, 5))):
        position = draw(some_days_on(position, late))
        if owed_fen := position.owed.total_fen:
            position, _ = position.pay(draw(st.integers(1, owed_fen)))
    return draw(some_days_on(position, late))


@st.composite
def some_days_on(draw: st.DrawFn, position: Position, late: bool = True) -> Position:
    """Up to fifty days later; unless `late`, whatever falls due on the way is paid on its day."""
    day = position.day + timedelta(days=draw(st.integers(0, 50)))
    return position.on(day) if late else kept(position, day)


def kept(position: Position, day: date) -> Position:
    """The loan on `day` if everything is paid on its due date, and nothing else."""
    for row in position.instalments:
        if position.day <= row.due_on <= day:
            position = position.on(row.due_on)
            if due_fen := position.due.total_fen:
                position, _ = position.pay(due_fen)
    return position.on(day)
