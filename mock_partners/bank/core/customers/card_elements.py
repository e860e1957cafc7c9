"""The four elements at the card network: whether card, name, document and phone belong together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mock_partners.bank.core.customers.people import Person
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from partner_adapters.card_network.wire import FourElements, FourElementsAnswer
from partner_adapters.kit.durable.outbox import RetryLater
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

_CODES = {
    "mismatch": "card.mismatch",
    "not_class_i": "card.not_class_i",
    "unknown_card": "card.unknown",
}


@dataclass(frozen=True)
class NotTheirs:
    """Why the card does not do. `params`: of a mismatch `which` elements differ."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


async def ask(
    core: CoreServices, ctx: Context, who: Person, card_number: str, phone: str
) -> FourElementsAnswer | NotTheirs:
    """A match, or why not. Raises `RetryLater` while the network gives no answer."""
    question = FourElements(card_number=card_number, name=who.name, id_number=who.id_number, phone=phone)
    try:
        said = await core.card_network.four_elements(ctx.bank_id, question)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except Problem as problem:
        if not problem.code.startswith("card."):
            raise RetryLater(problem.code) from problem
        return NotTheirs(problem.code)
    if said.result == "match":
        return said
    which = {"which": ",".join(said.which)} if said.result == "mismatch" else {}
    return NotTheirs(_CODES[said.result], which)
