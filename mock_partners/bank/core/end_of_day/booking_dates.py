"""The rule that every booking lies between its order and today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    case,
    extract,
    func,
    or_,
    select,
    type_coerce,
)

from mock_partners.bank.core.kernel.actions import ACTIONS
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import SHOWN_BREACHES, ComputedProof, Pair
from mock_partners.bank.core.kernel.tables import business_date
from mock_partners.bank.core.ledger.tables import journal
from mock_partners.bank.core.orders.tables import customer_order

_MICROSECONDS = 1_000_000
_DAY_US = 24 * 3600 * _MICROSECONDS
# China has had no summer time since 1991.
_CHINA_AHEAD_US = 8 * 3600 * _MICROSECONDS
_BACKDATING = [action.kind for action in ACTIONS if action.backdates]
_j, _o = journal.c, customer_order.c


def _bookings(conn: Connection, ctx: Context) -> Iterator[Pair]:
    """Count each kind's journals and those that are dated as they may be, and name the first that are not."""
    # The stored date may be ahead of this node's, as another node may have begun the day.
    stored = conn.execute(select(business_date.c.day).where(business_date.c.bank_id == ctx.bank_id)).scalar()
    dated_well = case((_is_dated_well(max(ctx.today, stored or ctx.today)), 1), else_=0)
    journals = journal.outerjoin(
        customer_order, (_o.bank_id == _j.bank_id) & (_o.intent == _j.intent) & (_o.kind == _j.kind)
    )
    query = select(_j.kind, func.count(), func.sum(dated_well)).select_from(journals)
    for kind, booked, well in conn.execute(query.where(_j.bank_id == ctx.bank_id).group_by(_j.kind)).all():
        yield kind, int(booked), int(well)
        if booked != well:
            wrong = select(_j.intent).select_from(journals).where(_j.bank_id == ctx.bank_id, _j.kind == kind)
            wrong = wrong.where(dated_well == 0).order_by(_j.intent).limit(SHOWN_BREACHES)
            yield from ((f"{kind} {intent}", 1, 0) for intent in conn.execute(wrong).scalars())


def _is_dated_well(today: date) -> ColumnElement[bool]:
    """Booked on its business date, for value on that day or before, and not before its order unless its row may be."""
    booked_at = type_coerce(_j.booked_at, BigInteger)
    ordered_at = type_coerce(_o.created_at, BigInteger)
    begins_at = _beginning(_j.business_date)
    return and_(
        _j.value_date <= _j.business_date,
        _j.business_date <= today,
        booked_at >= begins_at,
        booked_at < begins_at + _DAY_US,
        or_(_o.intent.is_(None), _j.kind.in_(_BACKDATING), ordered_at < _beginning(_j.value_date) + _DAY_US),
    )


def _beginning(day: ColumnElement[Any]) -> ColumnElement[int]:
    """Return the midnight in China with which the day begins, as a stored moment."""
    return type_coerce(extract("epoch", day), BigInteger) * _MICROSECONDS - _CHINA_AHEAD_US


PROOF = ComputedProof("days.bookings_lie_between_order_and_today", _bookings)
