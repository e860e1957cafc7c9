"""The customer's own bank card: a question about a card before it is bound, and binding another one."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.wire import Command, Evidence, Wire
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment


class CardQuestion(Command):
    """A question whether a card may be bound. The bank adds the customer's name and id number."""

    card_number: str = Field(pattern=r"^[0-9]{16,19}$")
    phone: str = Field(pattern=r"^1[3-9][0-9]{9}$")


class CardAnswer(Wire):
    """The card belongs to the customer and may be bound."""

    bank_name: Text
    last_four: str


class ChangeCard(Command):
    """A request to bind another card of the customer's own in place of the bound one. It needs fresh evidence."""

    card_number: str = Field(pattern=r"^[0-9]{16,19}$")
    phone: str = Field(pattern=r"^1[3-9][0-9]{9}$")
    evidence: Evidence


class EarlierCard(Wire):
    """A card that was bound to the account from `bound_at` to `unbound_at`."""

    bank_name: Text
    last_four: str
    bound_at: datetime
    unbound_at: datetime


class EarlierCardList(Wire):
    """The cards that were bound to an account before, the latest first."""

    items: list[EarlierCard]


class Cards:
    """`POST /customers/{id}/card-questions`, `POST /accounts/{id}/card`, `GET /accounts/{id}/earlier-cards`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def ask(self, customer_id: str, question: CardQuestion) -> CardAnswer:
        """Ask the card network about a card. Nothing but the use of the limit is recorded.

        Problems 422 on `card_number`: `card.mismatch`, `card.unknown`, `card.same`. Also `card.not_class_i` with the
        figures of the class that takes the card: params `most` (it may contain) and `day` (may leave in a day). Problem
        422 on `phone`: `card.other_phone`.

        Problem 429 `limit.reached` (params `most`, `until`). `CallFailed` if the network does not answer: a command
        that binds the card asks again.
        """
        path = f"/customers/{segment(customer_id)}/card-questions"
        return await self._calls.post(path, question, CardAnswer)

    async def change(self, account_id: str, command: ChangeCard, intent: str) -> Order:
        """Order the change of the bound card. 202: an order of kind `card_change`.

        The balance stays. The authorisation to debit the old card (`card_debit`) ends with it. Problems 401
        `step_up.required`, 409 `account.not_open`, `card.under_way` while a transfer with the card or a change of it is
        running, 429 `limit.reached` (params `most`, `until`).
        """
        return await self._calls.post(f"/accounts/{segment(account_id)}/card", command, Order, intent=intent)

    async def earlier(self, account_id: str) -> EarlierCardList:
        """Return the cards that were bound before. Problem 404 `account.unknown`."""
        return await self._calls.get(f"/accounts/{segment(account_id)}/earlier-cards", EarlierCardList)
