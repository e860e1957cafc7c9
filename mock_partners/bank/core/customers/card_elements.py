"""The four elements at the card network: whether card, name, id number and phone belong together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from partner_adapters.card_network.wire import FourElements, FourElementsAnswer
from partner_adapters.kit.durable.outbox import RetryLater
from partner_adapters.kit.values.names import as_on_card
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

_CODES = {
    "mismatch": "card.mismatch",
    "not_class_i": "card.not_class_i",
    "unknown_card": "card.unknown",
}


@dataclass(frozen=True)
class CardRefused:
    """The reason why the card is not accepted. A mismatch names the differing elements in the param `which`."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


class CardOwner(Protocol):
    """Whose card it must be."""

    @property
    def name(self) -> str: ...

    @property
    def id_number(self) -> str: ...


async def verify_elements(
    core: CoreServices,
    ctx: Context,
    owner: CardOwner,
    card_number: str,
    phone: str,
    *,
    class_i: bool = True,
) -> FourElementsAnswer | CardRefused:
    """Return the network's match, or why the card is refused. Raises `RetryLater` without an answer.

    `class_i`: whether the card must be a class I account, which is the fifth element.
    """
    name = as_on_card(owner.name)  # a visitor's is as they typed it
    question = FourElements(card_number=card_number, name=name, id_number=owner.id_number, phone=phone)
    try:
        answer = await core.card_network.four_elements(ctx.bank_id, question)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except Problem as problem:
        # Only the network's own codes about the card are a refusal. Any other problem leaves the outcome open.
        if not problem.code.startswith("card."):
            raise RetryLater(problem.code) from problem
        return CardRefused(problem.code)
    if answer.result == "match" or (answer.result == "not_class_i" and answer.card_token and not class_i):
        return answer
    which = {"which": ",".join(answer.which)} if answer.result == "mismatch" else {}
    return CardRefused(_CODES[answer.result], which)
