"""`/events`: what happened, in one order, from a cursor on or since a moment. It can wait for the next event."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from h5app.partner_api import cursors
from h5app.partner_api.core_reads import Status, as_bank, shown
from h5app.partner_api.endpoint import Call, Endpoint
from h5app.partner_api.problems import refusal
from h5app.partner_api.wire import Command, Cursor, Limit, Moment, Wire
from partner_adapters.core_bank.events import MOST_WAIT_S, EventType
from partner_adapters.core_bank.events import Event as CoreEvent
from partner_adapters.core_bank.events import EventList as CoreEventList

KIND = "events"
# Requests of one partner that wait at once on this node. Another one is answered as if it did not want to wait.
MOST_WAITING = 4


class Event(Wire):
    """One change of one object. Its `data` is the state after it."""

    id: str
    type: EventType
    created_at: Moment
    cursor: str
    """`after` for the events behind this one."""
    data: Status


class EventList(Wire):
    """Oldest first. `next` is always there: ask with it again, now or later, and no event is missed."""

    items: list[Event]
    next: str


class EventQuery(Command):
    after: Cursor | None = None
    since: datetime | None = None
    """A moment with its zone, such as `2026-12-01T08:00:00Z`: every event since then. Without `after` and `wait`."""
    wait: int = Field(default=0, ge=0, le=MOST_WAIT_S)
    """Seconds to wait if there is no event yet. While four requests wait, a further one is answered at once."""
    limit: Limit = 50


async def list_events(call: Call) -> EventList:
    """Return the events after a cursor, or since a moment, or from the first one on."""
    asked = call.asked(EventQuery)
    if asked.after is not None and asked.since is not None:
        raise refusal("field.invalid", "give after or since, not both", "since")
    if asked.since is not None and asked.wait:
        raise refusal("field.invalid", "wait with the cursor of the last answer", "wait")
    if asked.since is not None and asked.since.tzinfo is None:
        raise refusal("field.invalid", "name the zone, such as Z", "since")
    with as_bank():
        if asked.since is not None:
            found = await call.access.core.events.since(asked.since, limit=asked.limit)
        else:
            found = await _after(call, asked)
    return EventList(items=[_shown(call, event) for event in found.items], next=_cursor(call, found.last))


async def _after(call: Call, asked: EventQuery) -> CoreEventList:
    position = 0
    if asked.after is not None:
        (position,) = cursors.read(call.api.signing, KIND, call.partner, asked.after)
    waiting = call.api.waiting
    wait_s = asked.wait if waiting[call.partner] < MOST_WAITING else 0
    waiting[call.partner] += 1
    try:
        return await call.access.core.events.after(position, wait_s=wait_s, limit=asked.limit)
    finally:
        waiting[call.partner] -= 1


async def show_event(call: Call) -> Event:
    """Return one event."""
    event_id = call.ids["event_id"]
    with as_bank():
        found = await call.access.core.events.get(event_id)
    return _shown(call, found)


def _shown(call: Call, event: CoreEvent) -> Event:
    return Event(
        id=event.id,
        type=event.type,
        created_at=event.occurred_at,
        cursor=_cursor(call, event.position),
        data=shown(event.status),
    )


def _cursor(call: Call, position: int) -> str:
    return cursors.write(call.api.signing, KIND, call.partner, position)


ENDPOINTS = [
    Endpoint(
        "GET",
        "/events",
        "events_list",
        "List what happened, in order, or wait for it.",
        EventList,
        list_events,
        scope="events:read",
        query=EventQuery,
    ),
    Endpoint(
        "GET",
        "/events/{event_id}",
        "events_get",
        "Show one event, as it is while its customer's consent stands.",
        Event,
        show_event,
        scope="events:read",
        unknown="event.unknown",
    ),
]
