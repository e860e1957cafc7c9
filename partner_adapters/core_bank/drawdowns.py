"""Drawdowns under a credit line. A quote returns the full plan, and the drawdown follows the quote exactly."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.loans import PlanRow
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.products import AnnualRate, RepaymentMethod
from partner_adapters.core_bank.wire import Command, Evidence, Sha256, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment


class AskDraw(Command):
    """The terms of a drawdown: amount, number of months and repayment method.

    Where offered, the repayment day too; for `on_demand`, the day on which the loan ends.
    """

    amount_fen: Fen
    currency: Currency = CNY
    term_months: int = Field(ge=1, le=60)
    method: RepaymentMethod
    due_day: int | None = Field(default=None, ge=1, le=31)
    """The day of the month on which to repay, one of the line's `due_days`. None: the day of the drawdown."""
    ends_on: date | None = None
    """Of `on_demand`: the day on which all is repaid, after the drawdown and within `term_months`. None: their end."""


class DrawQuote(Wire):
    """The exact terms and the full repayment plan of a drawdown on this business day."""

    line_id: str
    amount_fen: Fen
    currency: Currency = CNY
    term_months: int
    method: RepaymentMethod
    rate_ppm: int
    """The contract rate, which calculates the interest."""
    annual_rate_ppm: int
    """What this loan costs a year by its cash flows: see `AnnualRate`."""
    business_date: date
    ends_on: date
    due_day: int
    rows: list[PlanRow]
    total_interest_fen: Fen
    fees_fen: Fen
    """What the bank takes from the account once, as soon as the loan is there. Early repayment gives none back."""
    fee_name: Text | None = Field(default=None, exclude_if=lambda name: name is None)
    """What the fee is called. None: there is no fee."""
    early_repayment: bool = True
    """Whether the borrower may repay more than what is due, which then costs nothing."""
    account_last_four: str
    contract_number: str
    sha256: Sha256
    """The hash of all fields above as canonical JSON. The drawdown must contain it."""

    @property
    def received_fen(self) -> int:
        """What arrives in the account after the fee."""
        return self.amount_fen - self.fees_fen


class WorkedExample(Wire):
    """What a loan of a product would cost at the product's highest rate if it began today. It promises nothing."""

    product_code: str
    amount_fen: Fen
    currency: Currency = CNY
    term_months: int
    method: RepaymentMethod
    rate_ppm: int
    """The contract rate, which calculates the interest."""
    annual_rate_ppm: int
    """What this loan costs a year by its cash flows: see `AnnualRate`."""
    compound_rate_ppm: int
    """The same in compound form."""
    lowest: AnnualRate
    """What the same loan costs at the product's lowest rate."""
    business_date: date
    due_day: int
    rows: list[PlanRow]
    total_interest_fen: Fen
    fees_fen: Fen = 0
    """What the product takes once when the loan is drawn. The rates count it."""
    fee_name: Text | None = None
    """What the fee is called. None: there is no fee."""


class Draw(AskDraw):
    """A drawdown on exactly the terms of a quote."""

    quote_sha256: Sha256
    evidence: Evidence


class Drawdowns:
    """`POST /products/{code}/examples`, `POST /lines/{id}/quotes`, which write nothing, and `…/drawdowns`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def work_out(self, product_code: str, ask: AskDraw) -> WorkedExample:
        """Return a worked example for visitors. Nothing is written.

        Problems 422 on `amount`: `amount.too_small|too_large|not_a_step`. Problems 422 `term.not_offered`,
        `method.not_offered`, `due_day.not_offered`. Problems 422 on `ends_on`: `ends_on.of_on_demand_only`,
        `ends_on.out_of_term` (params `first`, `last`). Problem 409 `draw.above_ceiling`. Problem 404 `product.unknown`.
        """
        return await self._calls.ask(f"/products/{segment(product_code)}/examples", ask, WorkedExample)

    async def quote(self, line_id: str, ask: AskDraw) -> DrawQuote:
        """Return the exact terms and the plan of a drawdown. Nothing is written.

        Problems 422 on `amount`: `amount.too_small|too_large|not_a_step`. Problems 422 `term.not_offered`,
        `method.not_offered`, `due_day.not_offered`. Problems 422 on `ends_on`: `ends_on.of_on_demand_only`,
        `ends_on.out_of_term` (params `first`, `last`). Problems 409 `line.not_open`, and `draw.above_ceiling` (params
        `ceiling_ppm`) if the loan would cost more a year than the line's ceiling.
        """
        return await self._calls.ask(f"/lines/{segment(line_id)}/quotes", ask, DrawQuote)

    async def draw(self, line_id: str, command: Draw, intent: str) -> Order:
        """Draw on the terms of a quote. 201: an order of kind `drawdown` that has succeeded.

        `result["loan_id"]` is the new loan. With a fee, `result` also has the `fee`, its name and what was `received`
        after it. Raises the problems of `quote`, and 409 `quote.changed` if anything about the quote has changed.
        Problems 401 `step_up.required`, 403 `step_up.over_limit` (params `limit`).
        """
        return await self._calls.post(f"/lines/{segment(line_id)}/drawdowns", command, Order, intent=intent)
