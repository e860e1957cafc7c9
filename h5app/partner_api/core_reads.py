"""What the bank's feed says, as the partner API passes it on, and what its refusals mean here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, get_args

from h5app.partner_api.problems import refusal
from h5app.partner_api.wire import Moment, Wire
from partner_adapters.kit.values.problems import Problem

StatusObject = Literal["account", "order", "application", "contract", "line", "loan", "consent"]
EventType = Literal[
    "account.opened",
    "account.frozen",
    "account.lifted",
    "account.closed",
    "order.created",
    "order.succeeded",
    "order.failed",
    "application.submitted",
    "application.referred",
    "application.approved",
    "application.declined",
    "application.contract_ready",
    "application.signed",
    "application.expired",
    "application.cancelled",
    "application.at_counter",
    "contract.preparing",
    "contract.ready",
    "contract.signing",
    "contract.signed",
    "contract.void",
    "line.opened",
    "line.frozen",
    "line.unfrozen",
    "line.ended",
    "loan.drawn",
    "loan.overdue",
    "loan.current",
    "loan.settled",
    "consent.given",
    "consent.withdrawn",
]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)
# The bank's code → ours.
_CODES = {
    "status.unknown": "status.unknown",
    "event.unknown": "event.unknown",
    "not_found": "status.unknown",
    "cursor.invalid": "cursor.invalid",
    "statuses.parameter_invalid": "cursor.invalid",
    "events.parameter_invalid": "cursor.invalid",
}


class Status(Wire):
    """What an object is now, or was after an event. It names no person, amount or number."""

    object: StatusObject
    id: str
    """Our id. Of an order: its reference, as people quote it."""
    state: str
    """The object's own word. Of an order: `processing`, `succeeded` or `failed`."""
    customer_ref: str | None = None
    """The subject by which you last presented the customer."""
    order: str | None = None
    """The reference of the order that made the object."""
    product_code: str | None = None
    kind: str | None = None
    """The kind of an order, such as `drawdown`."""
    external_reference: str | None = None
    """What you named at the launch under which the order was placed."""
    sequence: int
    """1, 2, 3 … for each object, without gaps."""
    changed_at: Moment


class CoreStatusList(Wire):
    items: list[Status]
    next: str | None = None


class CoreEvent(Wire):
    id: str
    position: int
    type: EventType
    occurred_at: Moment
    status: Status


class CoreEventList(Wire):
    items: list[CoreEvent]
    last: int


@contextmanager
def as_bank() -> Iterator[None]:
    """Turn the bank's refusals within the block into ours."""
    try:
        yield
    except Problem as problem:
        ours = _CODES.get(problem.code)
        if ours is None:
            raise
        field = "after" if ours == "cursor.invalid" else None
        raise refusal(ours, field=field) from problem
