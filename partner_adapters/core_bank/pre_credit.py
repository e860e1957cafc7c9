"""Pre-credit: the limit that the bank offers a customer before an application, from its own list."""

from __future__ import annotations

from datetime import date
from typing import Literal

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.products import AnnualRates
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.web.calls.json_client import segment


class CheckPreCredit(Command):
    """A request to look the customer up in the list. It needs a stored consent for `pre_credit_inquiry`."""

    consent_id: str


class PreCredit(Wire):
    """What the list offers the customer. With `none` an application is still possible if a product allows it."""

    state: Literal["offered", "none"]
    product_code: str | None = None
    limit_fen: Fen | None = None
    currency: Currency = CNY
    rate_ppm: int | None = None
    rates: AnnualRates | None = None
    """What this contract rate costs a year. None in answers that were stored before it was calculated."""
    valid_until: date | None = None
    sample_amount_fen: Fen | None = None
    sample_months: int | None = None
    sample_monthly_fen: Fen | None = None


class PreCredits:
    """`POST /customers/{id}/pre-credit`. The overview and `GET` of the same path return the answer."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def check(self, customer_id: str, command: CheckPreCredit, intent: str) -> Order:
        """Order a look-up in the list. 202: an order of kind `pre_credit`. Problem 403 `consent.missing`."""
        return await self._calls.post(
            f"/customers/{segment(customer_id)}/pre-credit", command, Order, intent=intent
        )

    async def get(self, customer_id: str) -> PreCredit:
        """Return the latest answer of the list. Problem 404 `pre_credit.not_asked`."""
        return await self._calls.get(f"/customers/{segment(customer_id)}/pre-credit", PreCredit)
