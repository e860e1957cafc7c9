"""The limits that customers set themselves on what leaves their account."""

from __future__ import annotations

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.wire import Command, Evidence
from partner_adapters.kit.values.money import CNY, MAX_FEN, Currency, Fen
from partner_adapters.kit.web.calls.json_client import segment


class ChangeLimits(Command):
    """The customer's own limits from now on, both of them. None: no own limit. Nothing may leave under a limit of 0."""

    each_fen: Fen | None = Field(default=None, ge=0, le=MAX_FEN)
    """The most that one transfer may take."""
    day_fen: Fen | None = Field(default=None, ge=0, le=MAX_FEN)
    """The most that may leave in a day."""
    currency: Currency = CNY
    evidence: Evidence | None = None
    """Fresh evidence. A limit that is raised or taken away needs it."""


class OwnLimits:
    """`POST /accounts/{id}/limits`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def change(self, account_id: str, command: ChangeLimits, intent: str) -> Order:
        """Change the own limits. An order of kind `limit_change`, which has ended.

        Problems 422 on `each`: `own_limit.unchanged`. 401 `step_up.required`, 409 `account.not_open`.
        """
        return await self._calls.post(
            f"/accounts/{segment(account_id)}/limits", command, Order, intent=intent
        )
