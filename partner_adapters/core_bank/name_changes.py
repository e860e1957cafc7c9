"""A customer's change of name: what a partner stated, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.web.calls.json_client import segment

# As many as an answer to a case may have.
MAX_ANSWER_CHARS = 400


class NameChange(Wire):
    """One change. `checking`: the card's bank is asked. `referred`: a person of the bank decides."""

    change_id: str
    earlier_name_masked: str
    name_masked: str
    state: Literal["checking", "referred", "accepted", "refused"]
    stated_at: datetime
    decided_at: datetime | None = None


class StaffNameChange(NameChange):
    """A change as the bank's staff see it. `reason`: why a person decides, or why it was accepted."""

    earlier_name: str
    name: str
    partner: str
    """The app that stated the new name."""
    reason: str


class DecideName(Command):
    """A decision of the bank's staff about a change that was referred. The customer reads `answer`."""

    accept: bool
    answer: str = Field(min_length=1, max_length=MAX_ANSWER_CHARS)


class StaffNameChanges:
    """`GET /name-changes/{number}`, `POST /name-changes/{number}/decision`, for an operator with the scope `cases`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def get(self, number: str) -> StaffNameChange:
        """Return the change whose case has this number. Problem 404 `case.unknown`."""
        return await self._calls.get(f"/name-changes/{segment(number)}", StaffNameChange)

    async def decide(self, number: str, command: DecideName, intent: str) -> NameChange:
        """Decide about the change whose case has this number. Problems 404 `case.unknown`, 409 `case.ended`."""
        return await self._calls.post(
            f"/name-changes/{segment(number)}/decision", command, NameChange, intent=intent
        )
