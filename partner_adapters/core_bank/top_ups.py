"""Top-ups: transfers from the bound card into the electronic account."""

from __future__ import annotations

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.wire import Command, Evidence
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.web.calls.json_client import segment


class TopUp(Command):
    """A transfer from the bound card into the electronic account. It needs the standing consent `card_debit`."""

    amount_fen: Fen
    currency: Currency = CNY
    evidence: Evidence | None = None
    """Fresh evidence. An amount above the account's `top_up_unchecked` needs it."""


class TopUps:
    """`POST /accounts/{id}/top-ups`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def start(self, account_id: str, command: TopUp, intent: str) -> Order:
        """Order a top-up. 202: an order of kind `top_up`.

        Problems 422 on `amount`: `amount.too_small`, `amount.too_large` (params `min`, `max`). Problems 403
        `consent.missing`, 401 `step_up.required`.
        """
        return await self._calls.post(
            f"/accounts/{segment(account_id)}/top-ups", command, Order, intent=intent
        )
