"""`/events`: what happened, in one order, from a cursor on or since a moment. It can wait for the next event."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from h5app.partner_api import cursors
from h5app.partner_api.core_reads import CoreEvent, CoreEventList, EventType, Status, as_bank
from h5app.partner_api.endpoint import Call, Endpoint
from h5app.partner_api.problems import refusal
from h5app.partner_api.wire import Command, Cursor, Limit, Moment, Wire
from partner_adapters.kit.web.calls.http_client import DEADLINE_S
from partner_adapters.kit.web.calls.json_client import segment

KIND = "events"
MOST_WAIT_S = 25


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
    """A moment with its zone, such as `2026-12-01T08:00:00Z`: every event since then. Not with `after`."""
    wait: int = Field(default=0, ge=0, le=MOST_WAIT_S)
    """Seconds to wait if there is no event yet."""
    limit: Limit = 50


async def list_events(call: Call) -> EventList:
    """Return the events after a cursor, or since a moment, or from the first one on."""
    asked = call.asked(EventQuery)
    if asked.after is not None and asked.since is not None:
        raise refusal("field.invalid", "give after or since, not both", "since")
    if asked.since is not None and asked.since.tzinfo is None:
        raise refusal("field.invalid", "name the zone, such as Z", "since")
    params = {"limit": str(asked.limit), "wait": str(asked.wait)}
    if asked.since is not None:
        params = {"limit": str(asked.limit), "since": asked.since.isoformat()}
    else:
        (position,) = (
            [0] if asked.after is None else cursors.read(call.api.signing, KIND, call.partner, asked.after)
        )
        params["after"] = str(position)
    with as_bank():
        found = await call.access.core.calls.get(
            "/events", CoreEventList, params=params, deadline_s=DEADLINE_S + asked.wait
        )
    return EventList(items=[_shown(call, event) for event in found.items], next=_cursor(call, found.last))


async def show_event(call: Call) -> Event:
    """Return one event."""
    event_id = call.ids["event_id"]
    with as_bank():
        found = await call.access.core.calls.get(f"/events/{segment(event_id)}", CoreEvent)
    return _shown(call, found)


def _shown(call: Call, event: CoreEvent) -> Event:
    return Event(
        id=event.id,
        type=event.type,
        created_at=event.occurred_at,
        cursor=_cursor(call, event.position),
        data=event.status,
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
