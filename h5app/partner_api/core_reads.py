"""What the bank's feed says, as the partner API passes it on, and what its refusals mean here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import get_args

from pydantic import Field

from h5app.partner_api.problems import refusal
from h5app.partner_api.wire import Moment, Wire
from partner_adapters.core_bank.events import EventType, StatusObject
from partner_adapters.core_bank.events import Status as CoreStatus
from partner_adapters.kit.values.problems import Problem

__all__ = [
    "EVENT_TYPES",
    "CoreEvent",
    "CoreEventList",
    "EventType",
    "Status",
    "StatusObject",
    "as_bank",
    "shown",
]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)
# The bank's code → ours, and the field that it is about.
_CODES = {
    "status.unknown": ("status.unknown", None),
    "event.unknown": ("event.unknown", None),
    "not_found": ("status.unknown", None),
    "events.parameter_invalid": ("cursor.invalid", "after"),
}


class Status(Wire):
    """What an object is now, or was after an event. It names no person, amount or number."""

    object: StatusObject
    id: str = Field(description="Our id. Of an order: its reference, as people quote it.")
    state: str = Field(
        description="The object's own word. Of an order: `processing`, `succeeded` or `failed`. More may come."
    )
    customer_ref: str | None = Field(
        default=None, description="The subject by which you last presented the customer."
    )
    order: str | None = Field(default=None, description="The reference of the order that made the object.")
    product_code: str | None = None
    kind: str | None = Field(default=None, description="The kind of an order, such as `drawdown`.")
    external_reference: str | None = Field(
        default=None, description="What you named at the launch under which the order was placed."
    )
    sequence: int = Field(description="1, 2, 3 … for each object, without gaps.")
    changed_at: Moment


class CoreEvent(Wire):
    """An event of the bank's feed, with the status as partners are told it."""

    id: str
    position: int
    type: EventType
    occurred_at: Moment
    status: Status


class CoreEventList(Wire):
    """Events in their order, and the position to ask after next."""

    items: list[CoreEvent]
    last: int


def shown(status: CoreStatus) -> Status:
    """Return what a partner is told."""
    return Status.model_validate(status.model_dump())


@contextmanager
def as_bank() -> Iterator[None]:
    """Turn the bank's refusals within the block into ours."""
    try:
        yield
    except Problem as problem:
        if problem.code not in _CODES:
            raise
        code, field = _CODES[problem.code]
        raise refusal(code, field=field) from problem
