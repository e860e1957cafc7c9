"""Credit lines: limits, and the terms on which a customer can draw."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from partner_adapters.core_bank.blacklist import Blacklisting
from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.products import AnnualRates, RepaymentMethod
from partner_adapters.core_bank.wire import Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment


class LineState(StrEnum):
    """`open`: drawdowns are possible. `frozen`: the bank has suspended them. `ended`: they are over for good."""

    OPEN = "open"
    FROZEN = "frozen"
    ENDED = "ended"


class Line(Wire):
    """A customer's credit line, opened by a signed contract.

    `available` is `limit` - `used` - `held`, but never negative.
    """

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
    """The contract rate, which calculates the interest."""
    rates: AnnualRates
    """What this contract rate costs a year."""
    ends_on: date
    tenors_months: list[int]
    methods: list[RepaymentMethod]
    due_days: list[int] = []
    """The days of the month that the borrower may choose for repaying a loan drawn today. Empty: none is chosen."""
    blacklisting: Blacklisting | None = None
    """Why the line is `frozen`, where the bank's own list of whom it does not lend to is the reason."""


class Lines:
    """`GET /lines/{id}`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def get(self, line_id: str) -> Line:
        return await self._calls.get(f"/lines/{segment(line_id)}", Line)
