"""INVARIANTS 14, 15, 17 to 20 and 23: time passing and payments, on any loan."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mock_partners.bank.core.calculation.allocation import PARTS, Breakdown, Part, allocate
from mock_partners.bank.core.calculation.day_counts import DayCount
from mock_partners.bank.core.calculation.position import Payment, Position, replay
from mock_partners.bank.core.calculation.terms import (
    DayCounts,
    LevelPayment,
    LoanTerms,
    Method,
    RepaymentTerms,
)
from tests.support.loans import kept, loans, part_way

GAPS = st.integers(0, 60)


def later(position: Position, days: int) -> Position:
    return position.on(position.day + timedelta(days=days))


def charged(position: Position) -> int:
    """Interest and penalty so far, paid or not."""
    paid = sum(row.paid_interest_fen for row in position.instalments) + position.paid_penalty_fen
    return paid + position.owed.interest_fen + position.owed.penalty_fen


@given(part_way(), GAPS, GAPS)
def test_two_stretches_of_time_add_up_exactly(position: Position, a: int, b: int) -> None:
    assert later(later(position, a), b) == later(position, a + b)


@given(loans(months=st.integers(1, 6), own_first=True))
def test_what_each_day_posts_adds_up_to_the_period(terms: LoanTerms) -> None:
    position = Position.of(terms)
    for row, planned in zip(position.instalments, position.plan(), strict=False):
        posted = 0
        while position.day < row.due_on:
            before, position = charged(position), later(position, 1)
            posted += charged(position) - before
        assert posted == planned.interest_fen
        position = kept(position, row.due_on)


@given(part_way())
def test_no_time_costs_nothing(position: Position) -> None:
    assert position.on(position.day) == position


@given(loans())
def test_drawn_and_settled_on_one_day_costs_nothing(terms: LoanTerms) -> None:
    position = Position.of(terms)
    assert position.owed == Breakdown(principal_fen=terms.principal_fen)
    settled, parts = position.pay(terms.principal_fen)
    assert parts == Breakdown(principal_fen=terms.principal_fen)
    assert settled.on(terms.start + timedelta(days=400)).owed == Breakdown()


@given(part_way(late=False), st.integers(1, 10_000_000), GAPS, GAPS)
def test_the_same_early_payment_sooner_in_its_period_never_costs_more(
    position: Position, amount_fen: int, a: int, b: int
) -> None:
    running = [row for row in position.instalments if row.due_on > position.day]
    assume(running)
    last = (running[0].due_on - position.day).days - 1
    early, late = sorted((min(a, last), min(b, last)))
    amount_fen = min(amount_fen, later(position, early).owed.total_fen)
    assume(amount_fen)
    end = position.instalments[-1].due_on

    def cost(days: int) -> int:
        paid, _ = later(position, days).pay(amount_fen)
        return charged(kept(paid, end))

    # A plan made anew on a smaller balance rounds anew: half a fen a row and payment.
    assert cost(early) <= cost(late) + len(position.instalments)


@given(part_way(), st.integers(1, 10_000_000), GAPS, GAPS)
def test_paying_what_is_due_sooner_never_costs_more(
    position: Position, amount_fen: int, a: int, b: int
) -> None:
    due_fen = position.due.total_fen
    assume(due_fen)
    amount_fen, (early, late) = min(amount_fen, due_fen), sorted((a, b))
    end = max(position.instalments[-1].due_on, position.day) + timedelta(days=120)

    def cost(days: int) -> int:
        paid, _ = later(position, days).pay(amount_fen)
        return charged(paid.on(end))

    assert cost(early) <= cost(late)


@given(part_way(late=False), GAPS, GAPS)
def test_settling_sooner_never_costs_more(position: Position, a: int, b: int) -> None:
    early, late = (kept(position, position.day + timedelta(days=days)) for days in sorted((a, b)))

    def total_paid(at: Position) -> int:
        paid = sum(row.paid_interest_fen + row.paid_principal_fen for row in at.instalments)
        return paid + at.paid_penalty_fen + at.owed.total_fen

    assert total_paid(early) <= total_paid(late)


@given(st.integers(0, 10_000), st.builds(Breakdown, *[st.integers(0, 3_000)] * 4), st.permutations(PARTS))
def test_an_allocation_conserves_and_keeps_its_order(
    amount_fen: int, owed: Breakdown, order: list[Part]
) -> None:
    paid = allocate(amount_fen, owed, order)
    assert paid.total_fen == min(amount_fen, owed.total_fen)
    short = False
    for got, wanted in ((getattr(paid, f"{part}_fen"), getattr(owed, f"{part}_fen")) for part in order):
        assert 0 <= got <= wanted
        assert not (short and got)
        short = short or got < wanted


@given(part_way(), st.data())
def test_a_payment_reduces_what_is_owed_by_itself_in_the_right_order(
    position: Position, data: st.DataObject
) -> None:
    assume(position.owed.total_fen)
    amount_fen = data.draw(st.integers(1, position.owed.total_fen))
    after, parts = position.pay(amount_fen)
    assert parts.total_fen == amount_fen
    assert after.owed + parts == position.owed
    if parts != position.owed and after.due.total_fen:
        assert after.early == position.early
        order = position.terms.rules.repayment.allocation
        unpaid = [number for number, part in enumerate(order) if getattr(after.due, f"{part}_fen")]
        assert not any(getattr(parts, f"{part}_fen") for part in order[unpaid[0] + 1 :])
    if after.early.principal_fen < position.early.principal_fen:
        assert after.due == Breakdown()
        assert after.early.interest_fen == 0


@given(part_way(), st.data())
def test_paying_in_two_goes_or_in_either_order_is_paying_at_once(
    position: Position, data: st.DataObject
) -> None:
    owed_fen = position.owed.total_fen
    assume(owed_fen >= 2)
    whole = data.draw(st.integers(2, owed_fen))
    first = data.draw(st.integers(1, whole - 1))
    once, parts = position.pay(whole)
    one, parts_1 = position.pay(first)
    both, parts_2 = one.pay(whole - first)
    other, _ = position.pay(whole - first)
    swapped, _ = other.pay(first)
    assert both == once == swapped
    assert parts_1 + parts_2 == parts


@given(part_way())
def test_overdue_days_rise_by_one_at_most_and_paying_what_is_due_ends_them(position: Position) -> None:
    tomorrow = later(position, 1)
    assert 0 <= tomorrow.overdue_days <= position.overdue_days + 1
    if due_fen := position.due.total_fen:
        assert position.pay(due_fen)[0].overdue_days == 0
        assert position.pay(1)[0].overdue_days <= position.overdue_days


@given(part_way(), GAPS)
def test_penalty_runs_on_overdue_amounts_only(position: Position, days: int) -> None:
    after = later(position, days)
    if after.overdue_days == 0:
        assert after.accrued_penalty == position.accrued_penalty
    if position.due == Breakdown() and days <= position.terms.rules.grace_days:
        assert after.accrued_penalty == position.accrued_penalty


@given(part_way())
def test_the_plan_brings_back_what_is_owed_and_what_will_run(position: Position) -> None:
    unpaid = sum(row.unpaid_fen for row in position.plan())
    owed = position.owed
    assert unpaid == owed.interest_fen + owed.principal_fen + position.interest_to_come_fen


@given(part_way(), st.data())
def test_an_early_payment_never_raises_the_interest_to_come(position: Position, data: st.DataObject) -> None:
    assume(position.owed.total_fen)
    after, _ = position.pay(data.draw(st.integers(1, position.owed.total_fen)))
    assert after.interest_to_come_fen <= position.interest_to_come_fen + len(position.instalments)
    assert [row.due_on for row in after.instalments] == [row.due_on for row in position.instalments]


@given(part_way())
def test_more_than_is_owed_is_refused(position: Position) -> None:
    with pytest.raises(ValueError, match="everything owed"):
        position.pay(position.owed.total_fen + 1)


@given(loans(months=st.integers(1, 12)), st.lists(st.tuples(GAPS, st.integers(1, 1_000_000)), max_size=4))
def test_a_replay_is_the_loan_as_it_went(terms: LoanTerms, steps: list[tuple[int, int]]) -> None:
    position, payments = Position.of(terms), []
    for days, amount_fen in steps:
        position = later(position, days)
        if owed_fen := position.owed.total_fen:
            payments.append(Payment(position.day, min(amount_fen, owed_fen)))
            position, _ = position.pay(payments[-1].amount_fen)
    assert replay(terms, payments, position.day) == position


@given(loans(own_first=True))
def test_terms_survive_their_serialisation(terms: LoanTerms) -> None:
    assert LoanTerms.load(terms.dump()) == terms
    assert isinstance(LoanTerms.load(terms.dump()).method, Method)


def test_terms_from_before_a_product_could_choose_mean_what_they_meant() -> None:
    stored = {
        "principal_fen": 2_000_000, "rate_ppm": 52_000, "method": "level_payment", "months": 12,
        "start": "2026-01-31", "due_day": 31, "day_count": "monthly",
        "rules": {"rounding": "half_up", "penalty_factor_ppm": 1_500_000, "grace_days": 0},
    }  # fmt: skip
    terms = LoanTerms.load(stored)
    assert terms == LoanTerms(
        2_000_000, 52_000, Method.LEVEL_PAYMENT, 12, date(2026, 1, 31), 31, DayCount.MONTHLY
    )
    assert terms.rules.repayment == RepaymentTerms(DayCounts(), LevelPayment.NOMINAL, None, PARTS)
    with pytest.raises(ValueError, match="allocation"):
        RepaymentTerms(allocation=("interest", "principal"))
