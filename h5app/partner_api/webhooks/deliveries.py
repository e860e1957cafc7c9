"""Deliveries: which event goes to which receiver, in which order, and what came of each attempt.

Events of one object are posted in their order: a later one waits while an earlier one is repeated. A delivery holds ids
only. What it says is read from the bank before each attempt.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, delete, insert, select, tuple_, update

from h5app.partner_api.core_reads import CoreEvent
from h5app.tables import webhook_attempts, webhook_deliveries

KEPT_FOR = timedelta(days=30)
State = Literal["pending", "delivered", "dropped", "failed"]
_t = webhook_deliveries.c
_earlier = webhook_deliveries.alias("earlier")
# No earlier event of the object still waits for the same receiver.
IS_FIRST: ColumnElement[bool] = ~(
    select(_earlier.c.delivery_id)
    .where(
        _earlier.c.endpoint_id == _t.endpoint_id,
        _earlier.c.object == _t.object,
        _earlier.c.object_id == _t.object_id,
        _earlier.c.position < _t.position,
        _earlier.c.state == "pending",
    )
    .exists()
)


@dataclass(frozen=True)
class Delivery:
    """One row of `webhook_delivery`."""

    delivery_id: str
    endpoint_id: str
    event_id: str
    position: int
    type: str
    object: str
    object_id: str
    is_test: int
    state: State
    attempts: int
    tries: int
    tried_since: datetime | None
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    last_status: int | None
    last_reason: str | None
    created_at: datetime


@dataclass(frozen=True)
class Attempt:
    """One request to an endpoint. `reason`: why it failed, None if it succeeded. `status`: None without an answer."""

    at: datetime
    status: int | None
    reason: str | None
    ms: int


_NAMES = [one.name for one in fields(Delivery)]
_COLUMNS = [_t[name] for name in _NAMES]


def new_row(
    endpoint_id: str,
    event_id: str,
    event_type: str,
    object_: str,
    object_id: str,
    now: datetime,
    *,
    position: int = 0,
    is_test: bool = False,
) -> dict[str, Any]:
    """Return the row of a delivery that is due at once."""
    return {
        "delivery_id": f"dlv_{secrets.token_hex(12)}",
        "endpoint_id": endpoint_id,
        "event_id": event_id,
        "position": position,
        "type": event_type,
        "object": object_,
        "object_id": object_id,
        "is_test": int(is_test),
        "state": "pending",
        "attempts": 0,
        "tries": 0,
        "next_attempt_at": now,
        "created_at": now,
    }


def queue(conn: Connection, endpoint_ids: Collection[str], events: Sequence[CoreEvent], now: datetime) -> int:
    """Queue each event for each receiver, unless it is known there already. Return how many are new."""
    known = _known(conn, endpoint_ids, events)
    rows = [
        _row_of(endpoint_id, event, now)
        for event in events
        for endpoint_id in endpoint_ids
        if (endpoint_id, event.id) not in known
    ]
    if rows:
        conn.execute(insert(webhook_deliveries), rows)
    return len(rows)


def queue_again(conn: Connection, endpoint_id: str, events: Sequence[CoreEvent], now: datetime) -> None:
    """Queue each event for a receiver once more, also one that was delivered."""
    queue(conn, [endpoint_id], events, now)
    again(conn, _t.endpoint_id == endpoint_id, _t.event_id.in_([event.id for event in events]), now=now)


def again(conn: Connection, *those: ColumnElement[bool], now: datetime) -> None:
    """Let these deliveries be due once more. One that waits keeps its place."""
    values = {
        "state": "pending",
        "tries": 0,
        "tried_since": None,
        "next_attempt_at": now,
        "delivered_at": None,
    }
    conn.execute(update(webhook_deliveries).where(_t.state != "pending", *those).values(**values))


def find(conn: Connection, endpoint_id: str, delivery_id: str) -> Delivery | None:
    """Return a delivery of this receiver, or None."""
    own = [_t.endpoint_id == endpoint_id, _t.delivery_id == delivery_id]
    row = conn.execute(select(*_COLUMNS).where(*own)).first()
    return Delivery(*row) if row else None


def page(
    conn: Connection, endpoint_id: str, before: tuple[datetime, str] | None, limit: int
) -> list[Delivery]:
    """Return deliveries of a receiver, newest first. `before`: time and id of the last one that is known."""
    own = [_t.endpoint_id == endpoint_id]
    if before is not None:
        at, delivery_id = before
        own.append((_t.created_at < at) | ((_t.created_at == at) & (_t.delivery_id < delivery_id)))
    newest_first = (_t.created_at.desc(), _t.delivery_id.desc())
    rows = conn.execute(select(*_COLUMNS).where(*own).order_by(*newest_first).limit(limit))
    return [Delivery(*row) for row in rows]


def attempts_of(conn: Connection, delivery_ids: Collection[str]) -> dict[str, list[Attempt]]:
    """Return the attempts of each delivery, oldest first."""
    table, found = webhook_attempts, {key: list[Attempt]() for key in delivery_ids}
    own = select(table).where(table.c.delivery_id.in_(found)).order_by(table.c.delivery_id, table.c.number)
    for row in conn.execute(own):
        found[row.delivery_id].append(Attempt(row.at, row.status, row.reason, row.ms))
    return found


def due(
    conn: Connection, endpoint_id: str, now: datetime, most: int, besides: Collection[str] = ()
) -> list[Delivery]:
    """Return what is to be posted to a receiver now, of each object its earliest event only.

    `besides`: ids of deliveries that are being posted. Later events of their objects wait for them.
    """
    own = [_t.endpoint_id == endpoint_id, _t.state == "pending", _t.next_attempt_at <= now, IS_FIRST]
    own.append(_t.delivery_id.not_in(besides))
    rows = conn.execute(select(*_COLUMNS).where(*own).order_by(_t.next_attempt_at, _t.position).limit(most))
    # Several test events may be due, which have no order.
    return [Delivery(*row) for row in rows]


def change(conn: Connection, delivery: Delivery, **values: Any) -> None:
    """Write what came of a delivery, unless it has ended meanwhile."""
    own = [_t.delivery_id == delivery.delivery_id, _t.state == "pending"]
    conn.execute(update(webhook_deliveries).where(*own).values(**values))


def add_attempts(conn: Connection, tried: Sequence[tuple[Delivery, Attempt]]) -> None:
    """Add attempts to the log, but for those that are there: two nodes have tried at once if their clocks differ."""
    if not tried:
        return
    table = webhook_attempts
    numbers = {(delivery.delivery_id, delivery.attempts + 1): attempt for delivery, attempt in tried}
    keys = tuple_(table.c.delivery_id, table.c.number)
    known = {tuple(row) for row in conn.execute(select(*table.primary_key).where(keys.in_(numbers)))}
    rows = [
        {
            "delivery_id": delivery_id,
            "number": number,
            "at": attempt.at,
            "status": attempt.status,
            "reason": attempt.reason,
            "ms": attempt.ms,
        }
        for (delivery_id, number), attempt in numbers.items()
        if (delivery_id, number) not in known
    ]
    if rows:
        conn.execute(insert(table), rows)


def clean(conn: Connection, now: datetime) -> None:
    """Delete what ended and is older than 30 days."""
    old = [_t.created_at < now - KEPT_FOR, _t.state != "pending"]
    of_old = select(_t.delivery_id).where(*old)
    conn.execute(delete(webhook_attempts).where(webhook_attempts.c.delivery_id.in_(of_old)))
    conn.execute(delete(webhook_deliveries).where(*old))


def _known(
    conn: Connection, endpoint_ids: Collection[str], events: Sequence[CoreEvent]
) -> set[tuple[str, str]]:
    ids = [event.id for event in events]
    own = [_t.endpoint_id.in_(endpoint_ids), _t.event_id.in_(ids)]
    return {
        (row.endpoint_id, row.event_id)
        for row in conn.execute(select(_t.endpoint_id, _t.event_id).where(*own))
    }


def _row_of(endpoint_id: str, event: CoreEvent, now: datetime) -> dict[str, Any]:
    status = event.status
    return new_row(endpoint_id, event.id, event.type, status.object, status.id, now, position=event.position)
