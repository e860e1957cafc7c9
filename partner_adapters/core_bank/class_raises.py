"""Raising an account of class III to class II."""

from __future__ import annotations

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.wire import Command, Evidence
from partner_adapters.kit.web.calls.json_client import segment


class RaiseClass(Command):
    """The bound card once more, whose elements the network compares. It needs fresh evidence."""

    card_number: str = Field(pattern=r"^[0-9]{16,19}$")
    card_phone: str = Field(pattern=r"^1[3-9][0-9]{9}$")
    evidence: Evidence


class ClassRaises:
    """`POST /accounts/{id}/class-raises`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def start(self, account_id: str, command: RaiseClass, intent: str) -> Order:
        """Order that the account be raised to class II. 202: an order of kind `class_raise`.

        Problems 401 `step_up.required`, 409 `account.not_open`, `account.class_reached`, 429 `limit.reached`. The order
        fails with `card.not_class_i`, `card.mismatch`, `card.unknown` or, for another card, `card.not_bound`.
        """
        return await self._calls.post(
            f"/accounts/{segment(account_id)}/class-raises", command, Order, intent=intent
        )
