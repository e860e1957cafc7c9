"""Switches: what the bank's operators have stopped, until when, and how two of them start it again."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.web.calls.json_client import segment

# `action`: a kind of order. `product` and `partner`: by their codes. `party`: an outside party of the bank.
SwitchKind = Literal["action", "product", "partner", "party"]
# `stop`: one operator stopped it. `propose`: one asked to start it again. `confirm`: another agreed.
SwitchStep = Literal["stop", "propose", "confirm"]
MAX_REASON_CHARS = 500
# The problem of a command that operators have stopped. Its params: `action`, and `until` unless the end is open.
STOPPED = "action.stopped"


class StoppedAction(Wire):
    """An action that this customer cannot begin at this partner now."""

    kind: str
    product_code: str | None = None
    """The product for which it is stopped, with the later end if two stops cover it. None: whatever the product is."""
    until: AwareDatetime | None = None
    """When the stop ends by itself. None: until operators start it again."""


class Stop(Command):
    """Stop something at once. `reason` is for the bank's staff; customers are not shown it."""

    reason: str = Field(min_length=1, max_length=MAX_REASON_CHARS)
    until: AwareDatetime | None = None
    """When the stop ends by itself. None: when two operators start it again."""


class Start(Command):
    """Start something again, or let its stop end earlier. The first operator proposes it, a second one confirms."""

    reason: str = Field(min_length=1, max_length=MAX_REASON_CHARS)
    until: AwareDatetime | None = None
    """The earlier end of the stop. None: at once."""


class Proposal(Wire):
    """One operator's proposal to start something again, which waits for a second operator."""

    operator: str
    reason: str
    at: AwareDatetime
    until: AwareDatetime | None = None
    """The proposed end of the stop. None: at once."""


class Switch(Wire):
    """One thing that operators may stop, or that they may not, and how it stands."""

    kind: SwitchKind
    name: str
    stoppable: bool
    """False for what is a customer's right, such as repaying."""
    stopped: bool
    until: AwareDatetime | None = None
    """While it is stopped: when that ends by itself. None: when operators start it."""
    reason: str | None = None
    operator: str | None = None
    """Who stopped it, or last changed the end of its stop."""
    at: AwareDatetime | None = None
    proposal: Proposal | None = None


class SwitchEntry(Wire):
    """One row of the record: who did what, when and why. Rows are never changed."""

    number: int
    step: SwitchStep
    kind: SwitchKind
    name: str
    reason: str
    operator: str
    at: AwareDatetime
    until: AwareDatetime | None = None


class SwitchBoard(Wire):
    """Everything that has a switch at this bank, and the newest rows of the record."""

    bank_id: str
    items: list[Switch]
    entries: list[SwitchEntry]


class Switches:
    """`GET /switches`, `POST /switches/{kind}/{name}/stops`, `…/starts`, for an operator with the scope `switches`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def board(self) -> SwitchBoard:
        return await self._calls.get("/switches", SwitchBoard)

    async def stop(self, kind: SwitchKind, name: str, command: Stop, intent: str) -> Switch:
        """Stop it at once, or put the end of its stop off.

        Problems 404 `switch.unknown`, 409 `switch.never_stopped`, `switch.needs_two` for an earlier end,
        422 `switch.until_past`.
        """
        return await self._calls.post(f"{_path(kind, name)}/stops", command, Switch, intent=intent)

    async def start(self, kind: SwitchKind, name: str, command: Start, intent: str) -> Switch:
        """Propose to start it, or confirm what another operator proposed.

        Problems 404 `switch.unknown`, 409 `switch.not_stopped`, `switch.not_earlier`, 422 `switch.until_past`.
        """
        return await self._calls.post(f"{_path(kind, name)}/starts", command, Switch, intent=intent)


def _path(kind: str, name: str) -> str:
    return f"/switches/{segment(kind)}/{segment(name)}"
