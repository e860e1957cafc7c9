"""Orders as the core reads them: one place that turns a row into a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from mock_partners.bank.core.orders.states import OPEN_ORDER_STATES, ORDER_STATES, OrderEvent
from mock_partners.bank.core.orders.tables import customer_order
from partner_adapters.core_bank.orders import OrderKind, OrderReason, OrderState
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Text

# The home page shows this many orders at most.
MAX_OPEN_ORDERS = 20
_t = customer_order.c


@dataclass(frozen=True)
class OrderRecord:
    """One order. `steps` pairs each step's name with the ISO moment at which it was reached, or None."""

    bank_id: str
    intent: str
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

    @property
    def is_open(self) -> bool:
        """Whether the outcome is not known yet."""
        return ORDER_STATES.allows(self.state, OrderEvent.ADVANCE)


def find(conn: Connection, bank_id: str, intent: str) -> OrderRecord | None:
    """Return the order, or None if the core never saw this intent."""
    row = conn.execute(select(customer_order).where(_t.bank_id == bank_id, _t.intent == intent)).first()
    return None if row is None else _record(row)


def read(conn: Connection, bank_id: str, intent: str) -> OrderRecord:
    """Return the order. Problem 404 `order.unknown`."""
    order = find(conn, bank_id, intent)
    if order is None:
        raise Problem(404, "order.unknown", "this intent was never seen, so nothing happened")
    return order


def open_orders_of_customer(conn: Connection, bank_id: str, customer_id: str) -> list[OrderRecord]:
    """Return the customer's orders whose outcome is not known yet, newest first."""
    query = (
        select(customer_order)
        .where(_t.bank_id == bank_id, _t.customer_id == customer_id, _t.state.in_(OPEN_ORDER_STATES))
        .order_by(_t.created_at.desc(), _t.intent)
        .limit(MAX_OPEN_ORDERS)
    )
    return [_record(row) for row in conn.execute(query)]


def _record(row: Row[Any]) -> OrderRecord:
    return OrderRecord(
        bank_id=row.bank_id,
        intent=row.intent,
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
    )
