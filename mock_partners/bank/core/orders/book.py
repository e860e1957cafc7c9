"""Starting, advancing and reading orders. An order that has ended never changes again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Row, insert, select, update

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.orders.tables import customer_order
from partner_adapters.core_bank.orders import Order, OrderKind, OrderReason, OrderState, OrderStep
from partner_adapters.kit.observed.request_id import new_reference
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Text

_t = customer_order.c
OWN = "auto-"
"""How the intents of orders begin that the bank starts by itself; no caller's `Idempotency-Key` may."""
NEXT_STATES: Mapping[OrderState, frozenset[OrderState]] = {
    OrderState.PROCESSING: frozenset({OrderState.SUCCEEDED, OrderState.FAILED}),
    OrderState.SUCCEEDED: frozenset(),
    OrderState.FAILED: frozenset(),
}


class OrderClosed(Exception):
    """The order has ended already, with `state`; nothing was changed."""

    def __init__(self, intent: str, state: OrderState) -> None:
        super().__init__(f"{intent} has {state.value}")
        self.state = state


def start(
    conn: Connection,
    ctx: Context,
    *,
    kind: OrderKind,
    intent: str,
    customer_id: str,
    partner: str | None = None,
    amount_fen: int | None = None,
    source: Text | None = None,
    target: Text | None = None,
    steps: Sequence[str] = (),
    result: Mapping[str, str] | None = None,
) -> str:
    """Open an order in state `processing`, its first step reached; return the reference that customers quote.

    `partner` is the caller's, unless a job of the bank opens the order. `result` holds ids that exist from the
    start, such as the application's.
    """
    reference = _unused_reference(conn, ctx.bank_id)
    timeline = [[name, ctx.now.isoformat() if position == 0 else None] for position, name in enumerate(steps)]
    conn.execute(
        insert(customer_order).values(
            bank_id=ctx.bank_id,
            intent=intent,
            kind=kind,
            state=OrderState.PROCESSING,
            customer_id=customer_id,
            partner=ctx.partner if partner is None else partner,
            reference=reference,
            amount_fen=amount_fen,
            source=source,
            target=target,
            steps=timeline,
            result=dict(result or {}),
            created_at=ctx.now,
        )
    )
    return reference


def step(conn: Connection, ctx: Context, intent: str, name: str) -> None:
    """Mark a step as reached now; reaching it again, or after the end, changes nothing."""
    order = _row(conn, ctx.bank_id, intent)
    if order.state != OrderState.PROCESSING:
        return
    _write(conn, ctx.bank_id, intent, steps=_reached(order.steps, ctx, name))


def succeed(conn: Connection, ctx: Context, intent: str, result: Mapping[str, str]) -> None:
    """End the order well, every step reached. Raises `OrderClosed`."""
    order = _leave(conn, ctx, intent, OrderState.SUCCEEDED)
    steps = [[name, at or ctx.now.isoformat()] for name, at in order.steps]
    _write(
        conn,
        ctx.bank_id,
        intent,
        state=OrderState.SUCCEEDED,
        steps=steps,
        result=dict(result),
        ended_at=ctx.now,
    )


def fail(
    conn: Connection, ctx: Context, intent: str, code: str, params: Mapping[str, str | int] | None = None
) -> None:
    """End the order without effect, for a stable reason. Raises `OrderClosed`."""
    _leave(conn, ctx, intent, OrderState.FAILED)
    reason = {"code": code, "params": dict(params or {})}
    _write(conn, ctx.bank_id, intent, state=OrderState.FAILED, reason=reason, ended_at=ctx.now)


def find(conn: Connection, bank_id: str, intent: str) -> Order | None:
    """The order, or None if this intent was never seen."""
    row = _select(conn, bank_id, intent)
    return None if row is None else _order(row)


def read(conn: Connection, bank_id: str, intent: str) -> Order:
    """Problem 404 `order.unknown`."""
    return _order(_row(conn, bank_id, intent))


def state(conn: Connection, bank_id: str, intent: str) -> OrderState:
    """Problem 404 `order.unknown`."""
    return OrderState(_row(conn, bank_id, intent).state)


def running(conn: Connection, bank_id: str, customer_id: str) -> list[Order]:
    """Orders of the customer whose outcome is not known yet, newest first."""
    query = (
        select(customer_order)
        .where(_t.bank_id == bank_id, _t.customer_id == customer_id, _t.state == OrderState.PROCESSING)
        .order_by(_t.created_at.desc(), _t.intent)
        .limit(20)
    )
    return [_order(row) for row in conn.execute(query)]


def _leave(conn: Connection, ctx: Context, intent: str, to: OrderState) -> Row[Any]:
    order = _row(conn, ctx.bank_id, intent)
    if to not in NEXT_STATES[OrderState(order.state)]:
        raise OrderClosed(intent, OrderState(order.state))
    return order


def _reached(steps: list[list[str | None]], ctx: Context, name: str) -> list[list[str | None]]:
    if name not in [step_name for step_name, _ in steps]:
        raise ValueError(f"the order has no step {name}")
    return [[n, at or ctx.now.isoformat()] if n == name else [n, at] for n, at in steps]


def _write(conn: Connection, bank_id: str, intent: str, **values: Any) -> None:
    conn.execute(update(customer_order).where(_t.bank_id == bank_id, _t.intent == intent).values(values))


def _select(conn: Connection, bank_id: str, intent: str) -> Row[Any] | None:
    query = select(customer_order).where(_t.bank_id == bank_id, _t.intent == intent)
    return conn.execute(query).first()


def _row(conn: Connection, bank_id: str, intent: str) -> Row[Any]:
    row = _select(conn, bank_id, intent)
    if row is None:
        raise Problem(404, "order.unknown", "this intent was never seen, so nothing happened")
    return row


def _order(row: Row[Any]) -> Order:
    return Order(
        intent=row.intent,
        kind=cast(OrderKind, row.kind),
        state=OrderState(row.state),
        customer_id=row.customer_id,
        reference=row.reference,
        created_at=row.created_at,
        amount_fen=row.amount_fen,
        source=row.source,
        target=row.target,
        steps=[OrderStep.model_validate({"name": name, "at": at}) for name, at in row.steps],
        reason=None if row.reason is None else OrderReason.model_validate(row.reason),
        result=row.result,
    )


def _unused_reference(conn: Connection, bank_id: str) -> str:
    while True:
        reference = new_reference()
        taken = select(_t.intent).where(_t.bank_id == bank_id, _t.reference == reference)
        if conn.execute(taken).first() is None:
            return reference
