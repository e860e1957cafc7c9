"""Differences between outside parties and the bank's books, and how two persons of the bank resolve each."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.web.calls.json_client import segment

# `open`: nothing is proposed. `proposed`: a second person has to confirm.
DifferenceState = Literal["open", "proposed", "resolved"]
# `late_success`: book what the network did on the order that had failed. `reversal`: book the opposite of what was
# booked. `suspense`: hold what the network moved and is booked nowhere. `to_account`: move what lies in suspense to a
# customer's account. `to_card`: pay it to the card that is bound to that account. `nothing`: there is nothing to book,
# for the reason given.
Resolution = Literal["late_success", "reversal", "suspense", "to_account", "to_card", "nothing"]
MAX_REASON_CHARS = 500


class ProposeResolution(Command):
    """Propose what to do. `reason` is for the bank's staff; customers are not shown it."""

    action: Resolution
    reason: str = Field(min_length=1, max_length=MAX_REASON_CHARS)
    account_id: str | None = Field(default=None, max_length=32)
    """For `to_account` and `to_card`: the customer account. None: the one that the difference names."""


class ConfirmResolution(Command):
    """Confirm exactly the proposal of this number, which another person made. It is then carried out."""

    proposal: int = Field(ge=1)
    reason: str = Field(min_length=1, max_length=MAX_REASON_CHARS)


class ResolutionStep(Wire):
    """One row of the record. Rows are never changed."""

    number: int
    step: Literal["propose", "confirm"]
    action: Resolution
    amount_fen: Fen | None
    """What it books. None: nothing."""
    currency: Currency = CNY
    account_id: str | None
    reason: str
    operator: str
    at: AwareDatetime


class Difference(Wire):
    """One difference. `ours` and `theirs` are the values that contradict each other."""

    difference_id: str
    source: str
    subject: str
    """The intent, the day of a file, or the hash of a notice that could not be read."""
    code: str
    ours: dict[str, Any]
    theirs: dict[str, Any]
    found_at: AwareDatetime
    state: DifferenceState
    resolutions: list[Resolution]
    """What may be proposed. Empty once it is resolved."""
    steps: list[ResolutionStep]
    """The whole record, oldest first. The last proposal is the one that waits."""


class DifferenceList(Wire):
    items: list[Difference]


class ReconciledDay(Wire):
    """What the comparison of one day's settlement file found."""

    day: date
    transfers: int
    """How many entries the file lists."""
    matched: int
    missing_here: int
    """Listed, and not booked."""
    missing_there: int
    """Booked, and not listed."""
    amount_differs: int
    older_news: int
    """Listed in an earlier state than the one that is booked."""
    explained: int
    """Booked, not listed, and decided by two persons before."""
    differences: int
    """All differences of the day, those of dates, kinds and totals too."""
    reconciled_at: AwareDatetime


class ReconciledDayList(Wire):
    items: list[ReconciledDay]


class StaffDifferences:
    """`/differences` and `/reconciled-days`, for a person of the bank with the scopes `proof` and `differences`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def newest(self) -> DifferenceList:
        """Return the newest differences, the unresolved ones first."""
        return await self._calls.get("/differences", DifferenceList)

    async def get(self, difference_id: str) -> Difference:
        """Return one difference with its record. Problem 404 `difference.unknown`."""
        return await self._calls.get(f"/differences/{segment(difference_id)}", Difference)

    async def propose(self, difference_id: str, command: ProposeResolution, intent: str) -> Difference:
        """Propose a resolution, in place of one that waits.

        Problems 403 `difference.above_limit` (params `amount`, `limit`), 404 `difference.unknown`, `account.unknown`,
        409 `difference.resolved`, `difference.not_allowed`, `difference.nothing_to_book`.
        """
        path = f"/differences/{segment(difference_id)}/proposals"
        return await self._calls.post(path, command, Difference, intent=intent)

    async def confirm(self, difference_id: str, command: ConfirmResolution, intent: str) -> Difference:
        """Confirm the proposal, which carries it out.

        Problems as `propose`. Problems 409 `difference.same_person`, `account.not_open`, `account.insufficient`.
        Problem 409 `difference.replaced` where a later proposal waits. Problem 409 `difference.changed` where another
        amount would be booked than was proposed. Problem 503 `day.not_open`.
        """
        path = f"/differences/{segment(difference_id)}/confirmations"
        return await self._calls.post(path, command, Difference, intent=intent)

    async def days(self) -> ReconciledDayList:
        """Return the newest days that were compared, with the counts of each."""
        return await self._calls.get("/reconciled-days", ReconciledDayList)
