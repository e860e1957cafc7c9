"""The bank's API for what happened: one feed of events in one order, of the customers who let this partner know.

An event says which object changed and to what state. It names no person, amount or number.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Wire
from partner_adapters.kit.web.calls.http_client import DEADLINE_S
from partner_adapters.kit.web.calls.json_client import segment

# The purpose of the consent without which nothing about a customer is told.
STATUS_CONSENT = "partner_status"
# The longest that a request waits for the next event.
MOST_WAIT_S = 25
# The most events and statuses of one answer.
MOST_ITEMS = 200

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


class Status(Wire):
    """What an object is now, or was after an event."""

    object: StatusObject
    id: str
    """The bank's id. Of an order: its reference, as people quote it."""
    state: str
    """The state after the change was committed. Of an order: `processing`, `succeeded` or `failed`."""
    customer_ref: str | None = None
    """The subject by which the partner last presented the customer."""
    order: str | None = None
    """The reference of the order that made the object."""
    product_code: str | None = None
    kind: str | None = None
    """The kind of an order, such as `drawdown`."""
    external_reference: str | None = None
    """What the partner named at the launch under which the order was placed."""
    sequence: int
    """1, 2, 3 … for each object."""
    changed_at: datetime
    """Protocol time."""
    business_at: datetime | None = None
    """The bank's business time then, whose date in China its pages show. None where the bank did not keep it."""


class Event(Wire):
    """One change of one object. Events of a bank are in one order, and none is ever put before another later."""

    id: str
    position: int
    type: EventType
    occurred_at: datetime
    """Protocol time."""
    status: Status


class EventList(Wire):
    """Events in their order. `last`: the position after which to ask next, also where the list is empty."""

    items: list[Event]
    last: int


class Events:
    """`GET /events`, `GET /events/{id}`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def of(
        self, *, external_reference: str = "", order: str = "", after: int = 0, limit: int = MOST_ITEMS
    ) -> EventList:
        """Return the events of what was done under the partner's reference, or of what the order made."""
        asked = {"external_reference": external_reference, "order": order}
        given = {name: value for name, value in asked.items() if value}
        params = {"after": str(after), "limit": str(limit), **given}
        return await self._calls.get("/events", EventList, params=params)

    async def after(self, position: int, *, wait_s: int = 0, limit: int = MOST_ITEMS) -> EventList:
        """Return the events after this position. Without any, wait up to `wait_s` for the next one.

        Problem 422 `events.parameter_invalid` if a number is out of range, 429 `events.too_many_waiting` if 100
        requests of this partner wait there already.
        """
        params = {"after": str(position), "wait": str(wait_s), "limit": str(limit)}
        return await self._calls.get("/events", EventList, params=params, deadline_s=DEADLINE_S + wait_s)

    async def since(self, moment: datetime, *, limit: int = MOST_ITEMS) -> EventList:
        """Return the events since a moment in protocol time, from the first one on."""
        params = {"since": moment.isoformat(), "limit": str(limit)}
        return await self._calls.get("/events", EventList, params=params)

    async def get(self, event_id: str) -> Event:
        """Return one event. Problem 404 `event.unknown`, also where its customer has withdrawn the consent."""
        return await self._calls.get(f"/events/{segment(event_id)}", Event)
