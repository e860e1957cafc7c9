"""Orders: the state and the outcome of each command, found by its intent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment


class OrderState(StrEnum):
    """`processing`: the outcome is not known. Pages never show it as success or failure."""

    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class OrderStep(Wire):
    """One step of the order's timeline: `confirmed`, `sent`, `waiting_for_bank`, `booked`…"""

    name: str
    at: datetime | None = None
    """When the order reached this step. None: it has not."""


class OrderReason(Wire):
    """Why an order failed. `code` is stable, for example `card.insufficient_funds`."""

    code: str
    params: dict[str, str | int] = {}


OrderKind = Literal[
    "account_opening",
    "account_freezing",
    "account_lifting",
    "account_closing",
    "pre_credit",
    "top_up",
    "card_change",
    "withdrawal",
    "application",
    "contract_signing",
    "drawdown",
    "repayment",
    "card_repayment",
    "limit_change",
    "class_raise",
]


def fee_name_of(result: Mapping[str, str]) -> Text | None:
    """Return what a drawdown's fee is called, from the result of its order; None where it does not say."""
    if "fee_name_zh" not in result:
        return None
    return {"zh": result["fee_name_zh"], "en": result["fee_name_en"]}


class Order(Wire):
    """One command of a customer and its outcome, from its receipt to success or failure."""

    intent: str
    kind: OrderKind
    state: OrderState
    customer_id: str
    reference: str
    """The reference for people, such as `3F7K-21`."""
    created_at: datetime
    ended_at: datetime | None = None
    seen_at: datetime | None = None
    """When a page showed the customer the outcome. None: no page has."""
    amount_fen: Fen | None = None
    currency: Currency = CNY
    source: Text | None = None
    """Where the money comes from, as pages show it: 中国银行(1234)."""
    target: Text | None = None
    steps: list[OrderStep] = []
    reason: OrderReason | None = None
    result: dict[str, str] = {}
    """Ids of what the order created: `account_id`, `application_id`, `contract_id`, `line_id`, `loan_id` or `entry_id`.

    A repayment also has its parts: `principal`, `interest`, `penalty` and `fees`, with `currency`. A top-up and a
    withdrawal also have the account's new `balance`, a withdrawal its `fee`, with `currency`. A drawdown with a fee
    has the `fee` and what was `received` after it, with `currency`, and the fee's name as `fee_name_zh` and
    `fee_name_en`.
    """

    @property
    def fee_name(self) -> Text | None:
        """What the fee of a drawdown is called. None: none was taken."""
        return fee_name_of(self.result)


class MarkSeen(Command):
    """A page has shown the customer the outcome of an order. There is nothing more to say."""


class Orders:
    """`GET /orders/{intent}`, `POST /orders/{intent}/seen`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def get(self, intent: str) -> Order:
        """Return the order with this intent, or with this reference as a person typed it.

        Problem 404 `order.unknown`: no command of this partner was carried out under the intent, and no order of its
        customers has the reference. Problem 404 `order.none_opened`: a command was carried out that opens no order.
        Problem 400 `order.malformed_name`: neither an intent nor a reference.
        """
        return await self._calls.get(f"/orders/{segment(intent)}", Order)

    async def mark_seen(self, intent: str) -> Order:
        """Record that a page showed the outcome. A repetition changes nothing, and neither does an open order."""
        return await self._calls.ask(f"/orders/{segment(intent)}/seen", MarkSeen(), Order)
