"""The customer's own bank card: a question about a card before it is bound."""

from __future__ import annotations

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Command, Wire
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


class Cards:
    """`POST /customers/{id}/card-questions`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def ask(self, customer_id: str, question: CardQuestion) -> CardAnswer:
        """Ask the card network about a card. Nothing but the use of the limit is recorded.

        Problems 422 on `card_number`: `card.mismatch`, `card.not_class_i`, `card.unknown`. Problem 422 on `phone`:
        `card.other_phone`. Problem 429 `limit.reached` (params `most`, `until`). `CallFailed` if the network does not
        answer: a command that binds the card asks again.
        """
        path = f"/customers/{segment(customer_id)}/card-questions"
        return await self._calls.post(path, question, CardAnswer)
