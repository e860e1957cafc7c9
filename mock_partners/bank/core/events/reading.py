"""What a partner may read: its events and how its customers' objects stand, by the customers' consent.

An event is told while the consent stands that stood when it happened. How an object stands is told where its latest
event is told: what happened before a consent, or between two, is told in neither way. This is asked in the reading
statement, so a withdrawal ends both at its commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from mock_partners.bank.core.customers.tables import consent, customer_link
from mock_partners.bank.core.events.numbering import find_head
from mock_partners.bank.core.events.objects import WITHDRAWN, is_standing
from mock_partners.bank.core.events.tables import event
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.events import MOST_ITEMS, Event, EventList, Status
from partner_adapters.core_bank.statuses import StatusList
from partner_adapters.kit.values.problems import Problem, invalid

_t = event.c
_first, _later = event.alias("first_event"), event.alias("later_event")
# The end of a consent is told although it ends what is told.
_ENDS_CONSENT = (_t.object == "consent") & (_t.state == WITHDRAWN)
_MAX_DIGITS = 18
# As many objects of one reference are named in a statement.
_FEW = 1_000


def read_number(asked: Mapping[str, str], name: str, least: int, most: int, unsaid: int) -> int:
    """Return a whole number of the query. Problem 422 `events.parameter_invalid`."""
    text = asked.get(name)
    if text is None:
        return unsaid
    if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS and least <= int(text) <= most:
        return int(text)
    raise invalid(name, "events.parameter_invalid")


def list_events(
    conn: Connection, ctx: Context, after: int, limit: int, asked: Mapping[str, str] | None = None
) -> EventList:
    """Return the partner's events after a position, at most `limit`.

    `asked` may name an `external_reference`, or the `order` that made the objects: then only of what was done there.
    """
    found, position = _of_origin(conn, ctx, _events(ctx), _t, asked or {})
    found = found.where(position > after).order_by(position).limit(limit)
    items = [_event(row) for row in conn.execute(found)]
    # Of one snapshot: every event up to the bank's newest one was looked at.
    last = items[-1].position if len(items) == limit else max(after, find_head(conn, ctx.bank_id))
    return EventList(items=items, last=last)


def position_before(conn: Connection, ctx: Context, since: datetime) -> int:
    """Return the position after which the events since this moment come."""
    first = select(func.min(_t.position)).where(
        _t.bank_id == ctx.bank_id, _t.partner == ctx.partner, _t.occurred_at >= since
    )
    position: int | None = conn.execute(first).scalar()
    return find_head(conn, ctx.bank_id) if position is None else position - 1


def show_event(conn: Connection, ctx: Context, event_id: str) -> Event:
    """Return one event. Problem 404 `event.unknown`."""
    row = conn.execute(_events(ctx).where(_t.event_id == event_id)).first()
    if row is None:
        raise Problem(404, "event.unknown")
    return _event(row)


def show_status(conn: Connection, ctx: Context, object_: str, object_id: str) -> Status:
    """Return how one object stands. Problem 404 `status.unknown`."""
    row = conn.execute(_statuses(ctx).where(_t.object == object_, _t.object_id == object_id)).first()
    if row is None:
        raise Problem(404, "status.unknown")
    return _status(row)


def list_statuses(conn: Connection, ctx: Context, asked: Mapping[str, str]) -> StatusList:
    """Return how the partner's objects stand, in the order of their first events.

    That order never changes, so a list that is read in parts is whole while others write. Problem 422
    `events.parameter_invalid`.
    """
    after = read_number(asked, "after", 0, 10**_MAX_DIGITS, 0)
    limit = read_number(asked, "limit", 1, MOST_ITEMS, MOST_ITEMS)
    first = _first.c
    same = (first.bank_id == _t.bank_id) & (first.object == _t.object) & (first.object_id == _t.object_id)
    listed = (
        _statuses(ctx)
        .add_columns(first.position.label("first_position"))
        .join(_first, same & (first.sequence == 1))
        .where(first.partner == ctx.partner)
    )
    if (kind := asked.get("object")) is not None:
        listed = listed.where(first.object == kind)
    found, position = _of_origin(conn, ctx, listed, first, asked)
    found = found.where(position > after).order_by(position)
    # One more than the list shows, to know whether more follow.
    rows = conn.execute(found.limit(limit + 1)).all()
    items = [_status(row) for row in rows[:limit]]
    return StatusList(items=items, next=str(rows[limit - 1].first_position) if len(rows) > limit else None)


def _of_origin(
    conn: Connection, ctx: Context, query: Select[Any], t: Any, asked: Mapping[str, str]
) -> tuple[Select[Any], ColumnElement[int]]:
    """Return the query, of what came from the reference or the order that `asked` names, and what to page it by.

    `t`: the columns of events that the query pages through. The objects are found first: in one query SQLite would walk
    through all events of the partner. For more of them than a reference of one customer has, it may.
    """
    wanted = {
        _t.external_reference: asked.get("external_reference"),
        _t.order_reference: asked.get("order"),
    }
    named = [column == value for column, value in wanted.items() if value is not None]
    if not named:
        return query, t.position
    # The number is written out, so that the database sees that its index over first events holds all of them.
    own = [_t.bank_id == ctx.bank_id, _t.partner == ctx.partner, _t.sequence == literal_column("1")]
    objects = select(_t.object, _t.object_id).where(*own, *named)
    few = [tuple(row) for row in conn.execute(objects.limit(_FEW + 1))]
    key = tuple_(t.object, t.object_id)
    if len(few) > _FEW:
        # Of an alias, because the query itself reads the table.
        every = objects.subquery()
        return query.where(key.in_(select(every.c.object, every.c.object_id))), t.position
    # An expression, so that the few are sorted instead of looked for among all in their order.
    return query.where(key.in_(few)), t.position + literal_column("0")


def _events(ctx: Context) -> Select[Any]:
    return _told(ctx).where(_t.position.is_not(None))


def _statuses(ctx: Context) -> Select[Any]:
    newer = exists().where(
        _later.c.bank_id == _t.bank_id,
        _later.c.object == _t.object,
        _later.c.object_id == _t.object_id,
        _later.c.sequence > _t.sequence,
    )
    return _told(ctx).where(~newer)


def _told(ctx: Context) -> Select[Any]:
    """Return the query of the partner's events whose consent stands, each with the customer's subject there."""
    link = customer_link.c
    subject = (
        select(link.subject)
        .where(link.bank_id == _t.bank_id, link.customer_id == _t.customer_id, link.partner == _t.partner)
        .order_by(link.linked_at.desc(), link.subject)
        .limit(1)
        .correlate(event)
        .scalar_subquery()
    )
    stood = exists().where(
        consent.c.bank_id == _t.bank_id, consent.c.consent_id == _t.consent_id, is_standing(consent)
    )
    return select(event, subject.label("customer_ref")).where(
        _t.bank_id == ctx.bank_id, _t.partner == ctx.partner, or_(_ENDS_CONSENT, stood)
    )


def _event(row: Row[Any]) -> Event:
    return Event(
        id=row.event_id,
        position=row.position,
        type=row.type,
        occurred_at=row.occurred_at,
        status=_status(row),
    )


def _status(row: Row[Any]) -> Status:
    return Status(
        object=row.object,
        id=row.object_id,
        state=row.state,
        customer_ref=row.customer_ref,
        order=row.order_reference,
        product_code=row.product_code,
        kind=row.kind,
        external_reference=row.external_reference,
        sequence=row.sequence,
        changed_at=row.occurred_at,
        business_at=row.business_at,
    )
