"""Which kinds of text messages a customer gets, and in which language."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.values.texts import Lang
from partner_adapters.kit.web.calls.json_client import segment

# `debt`: the law wants a debtor told. `fraud`: the customer must hear of what a thief may have done. `code`: the
# customer cannot go on without it. `contract`: the contract promises it.
RequiredBecause = Literal["debt", "fraud", "code", "contract", "asked"]


class TextMessageKind(Wire):
    """One kind of text messages, and whether the customer gets it."""

    kind: str
    is_on: bool
    required_because: RequiredBecause | None = None
    """Why it cannot be turned off. None: it can."""
    kept: bool
    """Whether the pages keep the same among the customer's messages, also while it is turned off."""

    @property
    def is_optional(self) -> bool:
        """Whether the customer may turn it off."""
        return self.required_because is None


class TextMessageChoices(Wire):
    """Every kind of text messages with the customer's choice."""

    lang: Lang
    """The language in which the customer's text messages are written."""
    items: list[TextMessageKind]


class ChooseTextMessages(Command):
    """What the customer wants to change about their text messages. None: it stays as it is."""

    off: list[str] | None = Field(default=None, max_length=20)
    """The kinds that the customer does not want. All others are sent."""
    lang: Lang | None = None


class TextMessages:
    """`GET` and `POST /customers/{id}/text-messages`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def choices(self, customer_id: str) -> TextMessageChoices:
        return await self._calls.get(_path(customer_id), TextMessageChoices)

    async def choose(self, customer_id: str, command: ChooseTextMessages, intent: str) -> TextMessageChoices:
        """Change what the customer gets. Problem 422 `text_message.required`."""
        return await self._calls.post(_path(customer_id), command, TextMessageChoices, intent=intent)


def _path(customer_id: str) -> str:
    return f"/customers/{segment(customer_id)}/text-messages"
