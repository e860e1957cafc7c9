"""Quotes of loans on any terms, of no product and for no customer: the plan, the totals and both annual rates."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.loans import PlanRow
from partner_adapters.core_bank.products import RepaymentMethod
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen

# By their conventions: a month as a twelfth of a year, days over 360 or 365, actual/actual ISDA, 30E/360, 30U/360.
DayCountName = Literal["monthly", "act_360", "act_365", "act_act_isda", "30e_360", "30u_360"]

# A hundred billion yuan. What is paid in all over thirty years at the highest rate is still an amount.
MOST_FEN = 10**13


class AskLoanQuote(Command):
    """The terms of a loan.

    The term is `term_months`, or for `on_demand` either that or the day `ends_on`. Instalments fall due on `due_day`,
    by default the day of the drawdown, from one month after it on or from `first_due_on` on.
    """

    amount_fen: Fen = Field(gt=0, le=MOST_FEN)
    currency: Currency = CNY
    upfront_fee_fen: Fen = Field(default=0, ge=0)
    """Charged at the drawdown: the borrower receives that much less."""
    rate_ppm: int = Field(ge=0, le=1_000_000)
    """The contract rate, which calculates the interest."""
    method: RepaymentMethod
    term_months: int | None = Field(default=None, ge=1, le=360)
    ends_on: date | None = None
    drawn_on: date | None = None
    """By default the bank's business date. From 2000 to 2099."""
    due_day: int | None = Field(default=None, ge=1, le=31)
    first_due_on: date | None = None
    """A first due date of its own: the first period counts its days, and each later one is a month."""
    day_count: DayCountName | None = None
    """By default `monthly` where principal is repaid monthly, `act_360` where it is repaid at the end."""
    level_payment: Literal["nominal", "solved"] = "nominal"
    """By the formula for whole months, or so that the last instalment equals the others as nearly as a fen allows."""


class LoanQuote(Wire):
    """What a loan on these terms costs if it is repaid as planned. It promises nothing."""

    amount_fen: Fen
    currency: Currency = CNY
    upfront_fee_fen: Fen
    received_fen: Fen
    """The amount less the fee."""
    rate_ppm: int
    method: RepaymentMethod
    day_count: DayCountName
    drawn_on: date
    ends_on: date
    due_day: int
    rows: list[PlanRow]
    total_interest_fen: Fen
    total_cost_fen: Fen
    """Interest and fee."""
    annual_rate_ppm: int
    """年化利率 in simple form: see `AnnualRate`. The fee counts."""
    compound_rate_ppm: int
    """The same in compound form."""


class LoanQuotes:
    """`POST /loans/quote`, which writes nothing."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def quote(self, ask: AskLoanQuote) -> LoanQuote:
        """Return the quote. Problem 422 `loan_quote.impossible` with one error for each field that cannot be so:

        `term_months`: `term.missing`. `ends_on`: `term.given_twice`, `ends_on.of_on_demand_only`. `drawn_on`:
        `date.out_of_range`. `first_due_on`: `first_due_on.not_of_on_demand`. `ends_on`, `first_due_on`:
        `date.too_early`, `date.too_late`. `due_day`: `due_day.not_the_first`. `upfront_fee`: `fee.too_large`.
        Problem 422 `loan_quote.too_dear`: more than a thousand percent a year.
        """
        return await self._calls.ask("/loans/quote", ask, LoanQuote)
