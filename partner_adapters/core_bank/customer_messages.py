"""Messages to a customer that the pages keep for good, beside the text messages that only the phone has."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.cases import CaseKind
from partner_adapters.core_bank.orders import OrderKind
from partner_adapters.core_bank.wire import Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.web.calls.json_client import segment


class CustomerMessage(Wire):
    """One message: an order that ended without effect, a reminder of a payment, or a reply of the bank's staff."""

    kind: Literal["order_failed", "repayment_reminder", "case_answered"]
    ref: str
    """The id of what it is about: the order's `intent`, the `loan_id`, or the `case_id`."""
    at: datetime
    amount_fen: Fen | None = None
    currency: Currency = CNY
    order_kind: OrderKind | None = None
    """Of a failed order."""
    seen: bool = False
    """Whether a page has shown the customer the failed order."""
    due_on: date | None = None
    """The payment's day, of a reminder."""
    missing_fen: Fen | None = None
    """What the account lacked when the reminder was sent. Zero: it covered the payment."""
    case_kind: CaseKind | None = None
    """Of a reply."""


class CustomerMessageList(Wire):
    """A customer's messages, the newest first."""

    items: list[CustomerMessage]


class CustomerMessages:
    """`GET /customers/{id}/messages`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def all(self, customer_id: str) -> list[CustomerMessage]:
        """Return the newest messages, at most 200."""
        path = f"/customers/{segment(customer_id)}/messages"
        return (await self._calls.get(path, CustomerMessageList)).items
