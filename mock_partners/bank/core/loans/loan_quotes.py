"""Quotes of loans on any terms, for anyone. They concern no product and no customer, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core.calculation.annual_rate import (
    TooDear,
    compound_rate_of_flows,
    flows_of,
    rate_of_flows,
)
from mock_partners.bank.core.calculation.day_counts import DayCount
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.calculation.schedules import add_months
from mock_partners.bank.core.calculation.terms import (
    DayCounts,
    LevelPayment,
    LoanTerms,
    Method,
    RepaymentTerms,
    ServicingRules,
)
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.loans.wire import plan_to_wire
from partner_adapters.core_bank.loan_quotes import AskLoanQuote, LoanQuote
from partner_adapters.kit.values.problems import FieldError, Problem

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
# How far away the first due date of monthly instalments may lie, and the end of a loan that is repaid at once.
MOST_MONTHS_TO_FIRST, MOST_MONTHS_TO_END = 12, 360


def quote(_conn: Connection, ctx: Context, ask: AskLoanQuote) -> LoanQuote:
    """Return the quote. Problems as `partner_adapters.core_bank.loan_quotes.LoanQuotes.quote` names them."""
    drawn_on = ask.drawn_on or ctx.today
    if errors := [FieldError(field=field, code=code) for field, code in _contradictions(ask, drawn_on)]:
        raise Problem(422, "loan_quote.impossible", errors=errors)
    terms = _terms(ask, drawn_on)
    position = Position.of(terms)
    flows, received_fen = flows_of(terms, position.plan()), ask.amount_fen - ask.upfront_fee_fen
    try:
        annual_ppm, compound_ppm = (
            find(received_fen, flows) for find in (rate_of_flows, compound_rate_of_flows)
        )
    except TooDear as error:
        raise Problem(422, "loan_quote.too_dear") from error
    rows = plan_to_wire(position)
    interest_fen = sum(row.interest_fen for row in rows)
    return LoanQuote(
        amount_fen=ask.amount_fen,
        upfront_fee_fen=ask.upfront_fee_fen,
        received_fen=received_fen,
        rate_ppm=ask.rate_ppm,
        method=ask.method,
        day_count=terms.day_count.value,
        drawn_on=drawn_on,
        ends_on=rows[-1].due_on,
        due_day=terms.due_day,
        rows=rows,
        total_interest_fen=interest_fen,
        total_cost_fen=interest_fen + ask.upfront_fee_fen,
        annual_rate_ppm=annual_ppm,
        compound_rate_ppm=compound_ppm,
    )


def _terms(ask: AskLoanQuote, drawn_on: date) -> LoanTerms:
    method, first_due_on = Method(ask.method), ask.ends_on or ask.first_due_on
    day_count = DayCount(ask.day_count) if ask.day_count else DayCounts().of(method)
    terms = LoanTerms(
        principal_fen=ask.amount_fen,
        rate_ppm=ask.rate_ppm,
        method=method,
        months=ask.term_months or 1,
        start=drawn_on,
        due_day=ask.due_day or (ask.first_due_on or drawn_on).day,
        day_count=day_count,
        rules=ServicingRules(repayment=RepaymentTerms(level_payment=LevelPayment(ask.level_payment))),
    )
    return replace(terms, first_due_on=first_due_on)


def _contradictions(ask: AskLoanQuote, drawn_on: date) -> Iterator[tuple[str, str]]:
    """Yield each field that cannot be as it is beside the others, and what is wrong with it."""
    at_once = ask.method == "on_demand"
    if not FIRST_DAY <= drawn_on <= LAST_DAY:
        yield "drawn_on", "date.out_of_range"
    if ask.term_months is None and not (at_once and ask.ends_on):
        yield "term_months", "term.missing"
    if ask.ends_on is not None:
        if not at_once:
            yield "ends_on", "ends_on.of_on_demand_only"
        elif ask.term_months is not None:
            yield "ends_on", "term.given_twice"
        yield from _impossible_date("ends_on", ask.ends_on, drawn_on, MOST_MONTHS_TO_END)
    if ask.first_due_on is not None:
        if at_once:
            yield "first_due_on", "first_due_on.not_of_on_demand"
        yield from _impossible_date("first_due_on", ask.first_due_on, drawn_on, MOST_MONTHS_TO_FIRST)
        if ask.due_day is not None and ask.first_due_on != add_months(ask.first_due_on, 0, ask.due_day):
            yield "due_day", "due_day.not_the_first"
    if ask.upfront_fee_fen >= ask.amount_fen:
        yield "upfront_fee", "fee.too_large"


def _impossible_date(field: str, day: date, drawn_on: date, most_months: int) -> Iterator[tuple[str, str]]:
    months = (day.year - drawn_on.year) * 12 + day.month - drawn_on.month
    if day <= drawn_on:
        yield field, "date.too_early"
    elif months > most_months:
        yield field, "date.too_late"
