"""Closing an account (销户): what stands in the way, what ends with it, and the command."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.wire import Command, Evidence, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment

# `frozen`: by the customer. `balance`: something is left. `order`: no outcome yet. `loan`: not settled. `application`:
# the bank still decides. `difference`: the bank still finds out where money of the customer's is.
ObstacleKind = Literal["frozen", "frozen_by_bank", "balance", "order", "loan", "application", "difference"]


class Obstacle(Wire):
    """Something that must end before the account can be closed."""

    kind: ObstacleKind
    ref: str = ""
    """The id of what it is about: an order's `intent`, `loan_id` or `application_id`. "" for the others."""
    amount_fen: Fen | None = None
    """The balance, an order's amount, or what settles the loan today."""
    currency: Currency = CNY
    about: str | None = None
    """Of an order: its kind. Of an application: its state."""


class GivenUp(Wire):
    """A credit line, or an offer that is not signed yet, which ends with the account. Nothing is owed on it."""

    contract_id: str
    kind: Literal["line", "offer"]
    product_name: Text
    contract_number: str
    limit_fen: Fen
    currency: Currency = CNY


class Closing(Wire):
    """Whether the account can be closed now: it can where nothing stands in the way."""

    obstacles: list[Obstacle]
    gives_up: list[GivenUp]
    """What ends with the account."""


class CloseAccount(Command):
    """Close the account, and give up what ends with it: the contracts of exactly these ids. It needs fresh evidence."""

    gives_up: list[str] = Field(max_length=50)
    evidence: Evidence


class Closings:
    """`GET /accounts/{id}/closing`, `POST /accounts/{id}/closing`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def get(self, account_id: str) -> Closing:
        """Return what stands in the way. Problem 409 `account.not_open` once it is closed."""
        return await self._calls.get(f"/accounts/{segment(account_id)}/closing", Closing)

    async def close(self, account_id: str, command: CloseAccount, intent: str) -> Order:
        """Close the account.

        Problems 401 `step_up.required`, 409 `account.not_closable` (params `kind`), `account.gives_up_more`,
        `account.not_open`.
        """
        return await self._calls.post(
            f"/accounts/{segment(account_id)}/closing", command, Order, intent=intent
        )
