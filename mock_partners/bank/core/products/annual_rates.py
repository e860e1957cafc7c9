"""The annual rate (年化利率) of an example loan, for each repayment method that is offered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from mock_partners.bank.core.calculation.agreement import agree
from mock_partners.bank.core.calculation.annual_rate import annual_rate_ppm
from mock_partners.bank.core.calculation.draw_rules import DrawFee, fee_of
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.calculation.terms import Method, ServicingRules
from partner_adapters.core_bank.products import AnnualRate, AnnualRates, RepaymentMethod

USUAL_AMOUNT_FEN = 1_000_000
USUAL_MONTHS = 12


def usual_months(tenors_months: Sequence[int]) -> int:
    """Return the usual term of an example, or the longest that is offered."""
    return USUAL_MONTHS if USUAL_MONTHS in tenors_months else max(tenors_months)


def annual_rates(
    rate_ppm: int,
    methods: Sequence[RepaymentMethod],
    months: int,
    start: date,
    rules: ServicingRules,
    fee: DrawFee | None,
    amount_fen: int = USUAL_AMOUNT_FEN,
) -> AnnualRates:
    """Return what a contract rate costs a year if the example loan begins at `start` and is repaid as planned.

    `fee`: what is charged when it is drawn. It counts.
    """
    fees_fen = fee_of(fee, amount_fen)
    return AnnualRates(
        amount_fen=amount_fen,
        term_months=months,
        methods=[
            _annual_rate(rate_ppm, method, months, start, rules, amount_fen, fees_fen) for method in methods
        ],
        fees_fen=fees_fen,
    )


# The home page asks for the same few on every request.
@lru_cache(maxsize=1024)
def _annual_rate(
    rate_ppm: int,
    method: RepaymentMethod,
    months: int,
    start: date,
    rules: ServicingRules,
    amount_fen: int,
    fees_fen: int,
) -> AnnualRate:
    terms = agree(
        rules,
        principal_fen=amount_fen,
        rate_ppm=rate_ppm,
        method=Method(method),
        months=months,
        start=start,
    )
    plan = Position.of(terms).plan()
    return AnnualRate(
        method=method,
        annual_rate_ppm=annual_rate_ppm(terms, plan, fees_fen),
        total_interest_fen=sum(instalment.interest_fen for instalment in plan),
    )
