"""Credit lines and drawdowns: a quote with the full plan first, then exactly the quoted drawdown."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.products import RepaymentMethod
from partner_adapters.core_bank.wire import Command, Evidence, Sha256, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment


class LineState(StrEnum):
    OPEN = "open"
    FROZEN = "frozen"
    ENDED = "ended"


class Line(Wire):
    """`available = limit - used - held`, never below zero."""

    line_id: str
    product_code: str
    product_name: Text
    contract_id: str
    contract_number: str
    state: LineState
    revolving: bool
    limit_fen: Fen
    used_fen: Fen
    held_fen: Fen
    available_fen: Fen
    min_draw_fen: Fen
    step_fen: Fen
    currency: Currency = CNY
    rate_ppm: int
    ends_on: date
    tenors_months: list[int]
    methods: list[RepaymentMethod]


class AskDraw(Command):
    amount_fen: Fen
    currency: Currency = CNY
    term_months: int = Field(ge=1, le=60)
    method: RepaymentMethod


class PlanRow(Wire):
    """One instalment. For a quote nothing is paid yet."""

    number: int
    due_on: date
    principal_fen: Fen
    interest_fen: Fen
    total_fen: Fen
    paid_principal_fen: Fen = 0
    paid_interest_fen: Fen = 0
    currency: Currency = CNY
    state: Literal["planned", "due", "overdue", "paid"] = "planned"


class DrawQuote(Wire):
    line_id: str
    amount_fen: Fen
    currency: Currency = CNY
    term_months: int
    method: RepaymentMethod
    rate_ppm: int
    business_date: date
    ends_on: date
    due_day: int
    rows: list[PlanRow]
    total_interest_fen: Fen
    fees_fen: Fen
    account_last_four: str
    contract_number: str
    sha256: Sha256
    """The hash of everything above, which the drawdown must contain."""


class Draw(AskDraw):
    quote_sha256: Sha256
    evidence: Evidence


class Lines:
    """`GET /lines/{id}`, `POST /lines/{id}/quotes` (writes nothing), `POST /lines/{id}/drawdowns`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def get(self, line_id: str) -> Line:
        return await self._calls.get(f"/lines/{segment(line_id)}", Line)

    async def quote(self, line_id: str, ask: AskDraw) -> DrawQuote:
        """Return the plan of a drawdown. Nothing is written.

        Problems 422 on `amount`: `amount.too_small|too_large|not_a_step`. Problems 422 `term.not_offered`,
        `method.not_offered`. Problem 409 `line.not_open`.
        """
        return await self._calls.ask(f"/lines/{segment(line_id)}/quotes", ask, DrawQuote)

    async def draw(self, line_id: str, command: Draw, intent: str) -> Order:
        """Draw what was quoted. 201: an order of kind `drawdown` that has succeeded, with `result["loan_id"]`.

        Problems as for `quote`, and 409 `quote.changed` if anything about the quote would differ now,
        401 `step_up.required`, 403 `step_up.over_limit` (params `limit`).
        """
        return await self._calls.post(f"/lines/{segment(line_id)}/drawdowns", command, Order, intent=intent)
