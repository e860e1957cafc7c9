"""The bank's own list of persons and businesses it does not lend to (黑名单), kept by two persons of its staff."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Command, Wire

MAX_WORDS = 500
# Each is a case in which the credit line's contract lets the bank refuse a draw. `untrue`: false information or papers.
# `misuse`: a loan used for what it may not be used for. `evasion`: a debt evaded on purpose. `law`: a law or an
# authority forbids the loan.
BlacklistReason = Literal["untrue", "misuse", "evasion", "law"]
BlacklistStepName = Literal["propose", "approve", "refuse", "propose_lift", "lift", "keep"]
Words = Field(min_length=1, max_length=MAX_WORDS)


class BlacklistState(StrEnum):
    """An entry counts from its first day to its last while it is `approved` or `lift_proposed`."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    LIFT_PROPOSED = "lift_proposed"
    LIFTED = "lifted"


class ProposeBlacklistEntry(Command):
    """Propose an entry. `subject`: an identity number, or the unified social credit code of a business."""

    subject: str = Field(pattern=r"^[0-9A-Z]{18}$")
    reason: BlacklistReason
    source: str = Words
    """From what the bank knows it, in words. Only the staff reads it."""
    begins_on: date
    """Today at the earliest."""
    ends_on: date
    """The last day. Not later than the parameter `blacklist_months` after the first."""


class DecideBlacklist(Command):
    """Approve what another person proposed, an entry or its lifting, or refuse it."""

    approve: bool
    note: str = Words


class LiftBlacklistEntry(Command):
    """Propose that an entry counts no more."""

    note: str = Words


class Blacklisting(Wire):
    """What the person concerned is told of an entry that stands: why, and its last day."""

    reason: BlacklistReason
    ends_on: date


class BlacklistEntry(Wire):
    """One entry, with its subject masked. `stands`: whether it counts today."""

    number: int
    state: BlacklistState
    stands: bool
    kind: Literal["person", "business"]
    subject_masked: str
    reason: BlacklistReason
    begins_on: date
    ends_on: date
    proposed_by: str
    proposed_at: AwareDatetime


class BlacklistStep(Wire):
    """One step of an entry's record. A proposal is followed by the decision of another person."""

    number: int
    step: BlacklistStepName
    note: str
    operator: str
    at: AwareDatetime


class BlacklistEntryInFull(BlacklistEntry):
    """One entry as those need it who decide about it."""

    subject: str
    source: str
    steps: list[BlacklistStep]


class BlacklistList(Wire):
    """The bank's entries, the newest first, two hundred at most."""

    items: list[BlacklistEntry]
    has_more: bool


class StaffBlacklist:
    """`/blacklist`, for operators with the scope `blacklist`. Each sees the entries of their own bank alone."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def all(self) -> BlacklistList:
        return await self._calls.get("/blacklist", BlacklistList)

    async def get(self, number: int) -> BlacklistEntryInFull:
        """Return one entry with its subject and its record. Problem 404 `blacklist.unknown`."""
        return await self._calls.get(f"/blacklist/{number}", BlacklistEntryInFull)

    async def propose(self, command: ProposeBlacklistEntry, intent: str) -> BlacklistEntry:
        """Propose an entry.

        Problems 422 `blacklist.subject_invalid`, `blacklist.begins_past` (params `least`), `blacklist.ends_outside`
        (params `most`), 409 `blacklist.overlaps` (params `number`) where another entry counts or waits on those days.
        """
        return await self._calls.post("/blacklist", command, BlacklistEntry, intent=intent)

    async def propose_lift(self, number: int, command: LiftBlacklistEntry, intent: str) -> BlacklistEntry:
        """Propose to lift it. Problems 404 `blacklist.unknown`, 409 `blacklist.not_approved`, `blacklist.ended`."""
        return await self._calls.post(f"/blacklist/{number}/lift", command, BlacklistEntry, intent=intent)

    async def decide(self, number: int, command: DecideBlacklist, intent: str) -> BlacklistEntry:
        """Decide about the entry, or about lifting it, whichever waits.

        Problems 404 `blacklist.unknown`, 409 `blacklist.nothing_to_decide`, `blacklist.own` for the proposer,
        `blacklist.ended` where the entry's last day has passed.
        """
        return await self._calls.post(f"/blacklist/{number}/decision", command, BlacklistEntry, intent=intent)
