"""Changes of products and parameters: proposed by one person, decided by another, in effect from a day on."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.values.wire import Sha256
from partner_adapters.kit.web.calls.json_client import segment

MAX_REASON_CHARS = 500
# `product`: a whole document. `override`: a bank's own figures in a product. `parameter`: one value.
ChangeKind = Literal["product", "override", "parameter"]
Reason = Field(min_length=1, max_length=MAX_REASON_CHARS)


# In place of a day in an address: the bank's business date.
TODAY = "today"


class ProposeChange(Command):
    """Propose what shall apply from `effective_on` on, which is tomorrow at the earliest.

    `content` of a `product` is the document. Of an `override` it is all figures that the bank sets, by dotted path. Of
    a `parameter` it is `{"value": …}`. No figures, and null as a value, take the province's again.
    """

    kind: ChangeKind
    name: str = Field(min_length=1, max_length=48)
    content: dict[str, Any]
    effective_on: date
    reason: str = Reason


class DecideChange(Command):
    """Approve the change of another person, or refuse it."""

    approve: bool
    reason: str = Reason


class UndoChange(Command):
    """Propose what applied before a change took effect. It is a new change, and needs a second person like any."""

    effective_on: date
    reason: str = Reason


class Difference(Wire):
    """One place at which the change differs from what would apply on its day without it. None: it is not there."""

    path: str
    before: Any = None
    after: Any = None


class Change(Wire):
    """One change. `state`: `proposed` until a second person decides. `layer`: `province`, or the bank's id."""

    number: int
    layer: str
    kind: ChangeKind
    name: str
    state: Literal["proposed", "approved", "refused"]
    effective_on: date
    reason: str
    proposed_by: str
    proposed_at: AwareDatetime
    undoes: int | None = None
    decided_by: str | None = None
    decided_at: AwareDatetime | None = None
    decision_reason: str | None = None
    differences: list[Difference] = []
    """Of a single change; a list leaves them out."""


class ChangeList(Wire):
    """The changes of the operator's layer, the newest first."""

    items: list[Change]


class ParameterValue(Wire):
    """What one parameter is at the operator's layer on a day, and the change that says so."""

    name: str
    value: Any
    layer: str
    number: int
    effective_on: date
    reason: str
    proposed_by: str
    decided_by: str


class ParameterValues(Wire):
    """All parameters of a day. `provisional`: no decree of that year's holidays is known."""

    day: date
    provisional: bool
    items: list[ParameterValue]


class ProductInEffect(Wire):
    """A product as it is at the operator's layer on a day, with the bank's figures in it, and the changes behind it."""

    code: str
    day: date
    version: int
    sha256: Sha256
    document: dict[str, Any]
    changes: list[Change]


class Changes:
    """`…/product-changes` and `…/parameter-changes`, for operators with the scope `products` or `parameters`."""

    def __init__(self, calls: CoreCalls, what: Literal["product", "parameter"]) -> None:
        self._calls = calls
        self._path = f"/{what}-changes"

    async def all(self) -> list[Change]:
        return (await self._calls.get(self._path, ChangeList)).items

    async def get(self, number: int) -> Change:
        """Return one change with its differences. Problem 404 `change.unknown`."""
        return await self._calls.get(f"{self._path}/{number}", Change)

    async def propose(self, command: ProposeChange, intent: str) -> Change:
        """Propose a change.

        Problems 404 `change.unknown_name`, 409 `change.version_taken` (params `least`), `change.no_difference`, 422
        `change.day_past` (params `least`), `change.invalid` with each error's path and reason.
        """
        return await self._calls.post(self._path, command, Change, intent=intent)

    async def decide(self, number: int, command: DecideChange, intent: str) -> Change:
        """Approve or refuse it.

        Problems 404 `change.unknown`, 409 `change.decided`, `change.own` for the proposer, `change.day_past` for an
        approval on or after its day, `change.invalid` where what changed since contradicts it.
        """
        return await self._calls.post(f"{self._path}/{number}/decision", command, Change, intent=intent)

    async def undo(self, number: int, command: UndoChange, intent: str) -> Change:
        """Propose to go back before it. Problems 404 `change.unknown`, 409 `change.not_in_effect` and as `propose`."""
        return await self._calls.post(f"{self._path}/{number}/undo", command, Change, intent=intent)

    async def parameters(self, day: date | None = None) -> ParameterValues:
        """Return which value of each parameter applies on a day, and why. None: the bank's business date."""
        return await self._calls.get(f"/parameter-values/{_segment(day)}", ParameterValues)

    async def product(self, code: str, day: date | None = None) -> ProductInEffect:
        """Return what a product is on a day, and why. None: the business date. Problem 404 `product.unknown`."""
        path = f"/product-documents/{segment(code)}/{_segment(day)}"
        return await self._calls.get(path, ProductInEffect)


def _segment(day: date | None) -> str:
    return TODAY if day is None else day.isoformat()
