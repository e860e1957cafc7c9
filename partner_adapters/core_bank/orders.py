"""Orders: what became of each command, found by its intent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment


class OrderState(StrEnum):
    """`processing` means that the outcome is not known. It is never shown as success or failure."""

    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class OrderStep(Wire):
    """One line of the order's timeline: `confirmed`, `sent`, `waiting_for_bank`, `booked`…"""

    name: str
    at: datetime | None = None
    """None if the order has not reached this step."""


class OrderReason(Wire):
    """Why an order failed: a stable code such as `card.insufficient_funds`."""

    code: str
    params: dict[str, str | int] = {}


OrderKind = Literal[
    "account_opening", "pre_credit", "top_up", "application", "contract_signing", "drawdown", "repayment"
]


class Order(Wire):
    intent: str
    kind: OrderKind
    state: OrderState
    customer_id: str
    reference: str
    """The reference that people read, such as `3F7K-21`."""
    created_at: datetime
    amount_fen: Fen | None = None
    currency: Currency = CNY
    source: Text | None = None
    """Where the money comes from, as pages show it: 中国银行(1234)."""
    target: Text | None = None
    steps: list[OrderStep] = []
    reason: OrderReason | None = None
    result: dict[str, str] = {}
    """Ids of what it created: `account_id`, `application_id`, `contract_id`, `line_id`, `loan_id`, `entry_id`.

    A repayment also has its parts: `principal`, `interest`, `penalty` and `fees`, with `currency`.
    """


class Orders:
    """`GET /orders/{intent}`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def get(self, intent: str) -> Order:
        """Return the order. Problem 404 `order.unknown`: the core never received this intent, so nothing happened."""
        return await self._calls.get(f"/orders/{segment(intent)}", Order)
