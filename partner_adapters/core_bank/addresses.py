"""Where the customer lives, as stated when the account was opened or changed since."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.web.calls.json_client import segment


class Address(Wire):
    """The customer's address in full: the customer corrects it, and a masked one cannot be corrected."""

    address: str
    stated_at: datetime


class ChangeAddress(Command):
    """Where the customer lives now."""

    address: str = Field(min_length=5, max_length=120)


class Addresses:
    """`GET` and `POST /customers/{id}/address`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def get(self, customer_id: str) -> Address:
        """Return the address. Problem 404 `address.unknown` before an account is opened."""
        return await self._calls.get(_path(customer_id), Address)

    async def change(self, customer_id: str, command: ChangeAddress, intent: str) -> Address:
        """Replace the address. The core keeps the earlier one. Problem 404 `address.unknown`."""
        return await self._calls.post(_path(customer_id), command, Address, intent=intent)


def _path(customer_id: str) -> str:
    return f"/customers/{segment(customer_id)}/address"
