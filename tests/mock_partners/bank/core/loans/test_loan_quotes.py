"""Anyone may ask what a loan on any terms costs. The answer is what such a loan really charges, and writes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from partner_adapters.core_bank.drawdowns import AskDraw
from partner_adapters.core_bank.loan_quotes import AskLoanQuote
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import TestBank
from tests.support.people.borrowers import borrow

pytestmark = pytest.mark.anyio
USUAL: dict[str, Any] = {
    "amount_fen": 10_000_000,
    "rate_ppm": 52_000,
    "method": "level_payment",
    "term_months": 12,
}


def asking(**changes: Any) -> AskLoanQuote:
    return AskLoanQuote.model_validate(USUAL | changes)


IMPOSSIBLE: tuple[tuple[dict[str, Any], dict[str, str]], ...] = (
    ({"term_months": None}, {"term_months": "term.missing"}),
    (
        {"ends_on": "2020-01-01", "upfront_fee_fen": 10_000_000, "drawn_on": "1999-12-31"},
        {
            "drawn_on": "date.out_of_range",
            "ends_on": "ends_on.of_on_demand_only",
            "upfront_fee": "fee.too_large",
        },
    ),
    ({"method": "on_demand", "ends_on": "2027-01-01"}, {"ends_on": "term.given_twice"}),
    (
        {"method": "on_demand", "first_due_on": "2027-01-01"},
        {"first_due_on": "first_due_on.not_of_on_demand"},
    ),
    ({"first_due_on": "2026-11-24", "drawn_on": "2026-11-24"}, {"first_due_on": "date.too_early"}),
    (
        {"first_due_on": "2028-01-05", "drawn_on": "2026-11-24", "due_day": 6},
        {"first_due_on": "date.too_late", "due_day": "due_day.not_the_first"},
    ),
    ({"upfront_fee_fen": 9_999_999}, {}),
)


async def test_quotes_add_up_and_say_at_once_what_cannot_be(bank: TestBank) -> None:
    quotes = bank.client().loan_quotes
    # At this contract rate the level payment is the example's 8,833.30.
    pboc = await quotes.quote(asking(rate_ppm=108_956, upfront_fee_fen=100_000))
    assert {row.total_fen for row in pboc.rows[:-1]} == {883_330}
    assert (pboc.received_fen, pboc.annual_rate_ppm, pboc.compound_rate_ppm) == (9_900_000, 128_000, 135_800)
    for changes in (
        {"method": "equal_principal", "day_count": "act_act_isda", "due_day": 31, "drawn_on": "2026-11-30"},
        {"level_payment": "solved", "day_count": "30e_360", "first_due_on": "2027-02-28", "due_day": 30},
        {"method": "interest_first", "day_count": "30u_360", "term_months": 360},
        {"method": "on_demand", "term_months": None, "ends_on": "2027-03-01", "day_count": "act_365"},
        {"rate_ppm": 0, "upfront_fee_fen": 1},
    ):
        quote = await quotes.quote(asking(**changes))
        assert sum(row.principal_fen for row in quote.rows) == quote.amount_fen
        assert sum(row.interest_fen for row in quote.rows) == quote.total_interest_fen
        assert quote.total_cost_fen == quote.total_interest_fen + quote.upfront_fee_fen
        assert quote.ends_on == quote.rows[-1].due_on
        assert quote.compound_rate_ppm >= quote.annual_rate_ppm >= quote.rate_ppm
    solved = await quotes.quote(asking(level_payment="solved", day_count="act_360"))
    assert len({row.total_fen for row in solved.rows[:-1]}) == 1
    assert abs(solved.rows[-1].total_fen - solved.rows[0].total_fen) <= 12

    for wrong_terms, wrong in IMPOSSIBLE:
        with pytest.raises(Problem) as refused:
            await quotes.quote(asking(**wrong_terms))
        assert {error.field: error.code for error in refused.value.errors} == wrong
        assert refused.value.code == ("loan_quote.impossible" if wrong else "loan_quote.too_dear")


async def test_a_loan_that_is_drawn_charges_what_was_quoted(bank: TestBank) -> None:
    borrower = await borrow(bank, funds_fen=100_000)
    core = bank.client()
    for method in ("level_payment", "interest_first", "on_demand"):
        ask = {"amount_fen": 1_000_000, "term_months": 6, "method": method}
        drawn = await core.drawdowns.quote(borrower.line_id, AskDraw.model_validate(ask))
        quoted = await core.loan_quotes.quote(asking(**ask, rate_ppm=drawn.rate_ppm))
        assert quoted.rows == drawn.rows
        assert quoted.annual_rate_ppm == drawn.annual_rate_ppm
