"""Orders as the core reads them: one place that turns a row into a record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from mock_partners.bank.core.kernel.actions import ACTION_OF, kinds_of_the_bank
from mock_partners.bank.core.kernel.keys import with_keys
from mock_partners.bank.core.orders.states import (
    FAILED_ORDER_STATES,
    OPEN_ORDER_STATES,
    ORDER_STATES,
    SUCCEEDED_ORDER_STATES,
    OrderEvent,
)
from mock_partners.bank.core.orders.tables import UNTOLD, customer_order
from partner_adapters.core_bank.orders import OrderKind, OrderReason, OrderState
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Text

# The overview lists at most this many open, recent and failed orders each.
MAX_LISTED_ORDERS = 20
# The page of messages shows this many failed orders at most, the newest.
MAX_FAILED_ORDERS = 200
_t = customer_order.c
_ORDERS = with_keys(select(customer_order), _t.bank_id, _t.intent)
_ORDER = _ORDERS.where(_t.bank_id == bindparam("bank_id"), _t.intent == bindparam("intent"))
# The bank's own orders are shown to no customer.
_OF_CUSTOMERS = _t.kind.not_in(kinds_of_the_bank())


@dataclass(frozen=True)
class OrderRecord:
    """One order. `steps` pairs each step's name with the ISO moment at which it was reached, or None."""

    bank_id: str
    intent: str
    # What its caller knows it by, usually the intent.
    key: str
    kind: OrderKind
    state: OrderState
    customer_id: str
    reference: str
    amount_fen: int | None
    source: Text | None
    target: Text | None
    steps: tuple[tuple[str, str | None], ...]
    reason: OrderReason | None
    result: Mapping[str, str]
    created_at: datetime
    ended_at: datetime | None
    seen_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether the outcome is not known yet."""
        return ORDER_STATES.allows(self.state, OrderEvent.ADVANCE)

    @property
    def is_of_customer(self) -> bool:
        """Whether a customer gave it. The bank's own is shown to no customer."""
        return ACTION_OF[self.kind].ordered


def find(conn: Connection, bank_id: str, intent: str) -> OrderRecord | None:
    """Return the order, or None if the core never saw this intent."""
    row = conn.execute(_ORDER, {"bank_id": bank_id, "intent": intent}).first()
    return None if row is None else _record(row)


def find_named(conn: Connection, bank_id: str, intent: str, reference: str | None) -> OrderRecord | None:
    """Return the customer's order with this intent, else the one with this reference, or None."""
    named = (
        (_t.intent == intent) if reference is None else (_t.intent == intent) | (_t.reference == reference)
    )
    # An intent may have the form of a reference. The caller chose it, so it goes first.
    by_intent_first = _ORDERS.where(_t.bank_id == bank_id, named, _OF_CUSTOMERS).order_by(_t.intent != intent)
    row = conn.execute(by_intent_first).first()
    return None if row is None else _record(row)


def read(conn: Connection, bank_id: str, intent: str) -> OrderRecord:
    """Return the order. Problem 404 `order.unknown`."""
    order = find(conn, bank_id, intent)
    if order is None:
        raise Problem(404, "order.unknown")
    return order


def open_orders_of_customer(conn: Connection, bank_id: str, customer_id: str) -> list[OrderRecord]:
    """Return the customer's orders whose outcome is not known yet, newest first; also the bank's own for them."""
    query = (
        _ORDERS.where(_t.bank_id == bank_id, _t.customer_id == customer_id, _t.state.in_(OPEN_ORDER_STATES))
        .order_by(_t.created_at.desc(), _t.intent)
        .limit(MAX_LISTED_ORDERS)
    )
    return [_record(row) for row in conn.execute(query)]


def has_open_order(
    conn: Connection, bank_id: str, customer_id: str, kinds: Collection[str], *, but: str = ""
) -> bool:
    """Whether an order of one of these kinds has no outcome yet, however many others are open. `but`: not this one."""
    query = select(_t.intent).where(
        _t.bank_id == bank_id,
        _t.customer_id == customer_id,
        _t.state.in_(OPEN_ORDER_STATES),
        _t.kind.in_(kinds),
        _t.intent != but,
    )
    return conn.execute(query.limit(1)).first() is not None


def succeeded_orders_of_customer(
    conn: Connection, bank_id: str, customer_id: str, since: datetime
) -> list[OrderRecord]:
    """Return the customer's orders that succeeded at or after `since`, newest first."""
    query = (
        _ORDERS.where(
            _t.bank_id == bank_id,
            _t.customer_id == customer_id,
            _t.state.in_(SUCCEEDED_ORDER_STATES),
            _t.ended_at >= since,
            _OF_CUSTOMERS,
        )
        .order_by(_t.ended_at.desc(), _t.intent)
        .limit(MAX_LISTED_ORDERS)
    )
    return [_record(row) for row in conn.execute(query)]


def failed_orders_of_customer(
    conn: Connection, bank_id: str, customer_id: str, *, unseen: bool = False
) -> list[OrderRecord]:
    """Return the customer's orders that ended without effect, newest first. `unseen`: only those no page has shown."""
    query = _ORDERS.where(
        _t.bank_id == bank_id,
        _t.customer_id == customer_id,
        _t.state.in_(FAILED_ORDER_STATES),
        _OF_CUSTOMERS,
    )
    if unseen:
        query = query.where(_t.seen_at.is_(None))
    newest_first = query.order_by(_t.ended_at.desc(), _t.intent)
    most = MAX_LISTED_ORDERS if unseen else MAX_FAILED_ORDERS
    return [_record(row) for row in conn.execute(newest_first.limit(most))]


def orders_of_customer(conn: Connection, bank_id: str, customer_id: str, *, most: int) -> list[OrderRecord]:
    """Return the customer's latest orders, whatever became of them, newest first, at most `most`."""
    query = _ORDERS.where(_t.bank_id == bank_id, _t.customer_id == customer_id, _OF_CUSTOMERS)
    newest_first = query.order_by(_t.created_at.desc(), _t.intent)
    return [_record(row) for row in conn.execute(newest_first.limit(most))]


def untold_orders(conn: Connection, bank_id: str, ended_before: datetime, limit: int) -> list[OrderRecord]:
    """Return the bank's failed orders that neither a page nor a text message has told of, oldest first."""
    query = (
        _ORDERS.where(_t.bank_id == bank_id, UNTOLD, _t.ended_at <= ended_before, _OF_CUSTOMERS)
        .order_by(_t.ended_at)
        .limit(limit)
    )
    return [_record(row) for row in conn.execute(query)]


def _record(row: Row[Any]) -> OrderRecord:
    return OrderRecord(
        bank_id=row.bank_id,
        intent=row.intent,
        key=row.key,
        kind=row.kind,
        state=OrderState(row.state),
        customer_id=row.customer_id,
        reference=row.reference,
        amount_fen=row.amount_fen,
        source=row.source,
        target=row.target,
        steps=tuple((name, reached_at) for name, reached_at in row.steps),
        reason=None if row.reason is None else OrderReason.model_validate(row.reason),
        result=row.result,
        created_at=row.created_at,
        ended_at=row.ended_at,
        seen_at=row.seen_at,
    )
