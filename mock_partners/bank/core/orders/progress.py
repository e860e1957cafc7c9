"""Starting, advancing and ending orders, and telling their customers.

The outcome of an order that has ended changes only where two persons of the bank resolved a difference about it.
Otherwise only what the customer was told of it is still recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, null, select, update

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.stops import require_running
from mock_partners.bank.core.orders.records import OrderRecord, read
from mock_partners.bank.core.orders.states import ORDER_STATES, OrderEvent
from mock_partners.bank.core.orders.tables import customer_order
from partner_adapters.core_bank.orders import OrderKind, OrderState
from partner_adapters.kit.observed.request_id import new_reference
from partner_adapters.kit.values.texts import Text

# Intents of orders that the bank starts by itself begin so. A caller's `Idempotency-Key` must not.
OWN = "auto-"
# References are random, so that many collisions in a row mean a broken generator, not bad luck.
MAX_REFERENCE_ATTEMPTS = 20
_t = customer_order.c
_STORE = insert(customer_order)


class OrderClosed(Exception):
    """The order has ended with `state` before. Nothing was changed."""

    def __init__(self, intent: str, state: OrderState) -> None:
        super().__init__(f"order {intent} has {state.value}")
        self.state = state


def start(
    conn: Connection,
    ctx: Context,
    *,
    kind: OrderKind,
    intent: str,
    customer_id: str,
    partner: str | None = None,
    product_code: str | None = None,
    amount_fen: int | None = None,
    source: Text | None = None,
    target: Text | None = None,
    steps: Sequence[str] = (),
    result: Mapping[str, str] | None = None,
) -> str:
    """Open an order in state `processing`, its first step reached; return the reference that customers quote.

    `partner` is the caller's, unless a job of the bank opens the order. `product_code` is named where the action's row
    says that its orders are about a product. `result` holds ids that exist from the start, such as the application's.
    Problem 409 `action.stopped` (params `action`, `until`) if operators stopped the action, its product, its partner or
    an outside party that it is sent to.
    """
    partner = ctx.partner if partner is None else partner
    require_running(conn, ctx, kind, partner, product_code)
    reference = _unused_reference(conn, ctx.bank_id)
    reached = [[name, ctx.now.isoformat() if position == 0 else None] for position, name in enumerate(steps)]
    conn.execute(
        _STORE,
        {
            "bank_id": ctx.bank_id,
            "intent": intent,
            "kind": kind,
            "state": OrderState.PROCESSING,
            "customer_id": customer_id,
            "partner": partner,
            "reference": reference,
            "amount_fen": amount_fen,
            "source": source,
            "target": target,
            "steps": reached,
            "result": dict(result or {}),
            "created_at": ctx.now,
            "external_reference": ctx.external_reference,
        },
    )
    return reference


def step(conn: Connection, ctx: Context, intent: str, *names: str) -> None:
    """Mark steps as reached now. A step reached before, or an order that has ended, stays as it is."""
    order = read(conn, ctx.bank_id, intent)
    if not order.is_open:
        return
    if unknown := set(names) - {step_name for step_name, _ in order.steps}:
        raise ValueError(f"the order has no step {', '.join(unknown)}")
    steps = [
        (step_name, reached_at or (ctx.now.isoformat() if step_name in names else None))
        for step_name, reached_at in order.steps
    ]
    if tuple(steps) != order.steps:
        _update(conn, ctx.bank_id, intent, steps=steps)


def succeed(conn: Connection, ctx: Context, intent: str, result: Mapping[str, str]) -> None:
    """End the order with success, every step reached. Raises `OrderClosed`."""
    order = read(conn, ctx.bank_id, intent)
    state = _state_after(order, OrderEvent.SUCCEED)
    steps = [[name, reached_at or ctx.now.isoformat()] for name, reached_at in order.steps]
    _update(conn, ctx.bank_id, intent, state=state, steps=steps, result=dict(result), ended_at=ctx.now)


def fail(
    conn: Connection, ctx: Context, intent: str, code: str, params: Mapping[str, str | int] | None = None
) -> None:
    """End the order without effect, for a stable reason. Raises `OrderClosed`."""
    state = _state_after(read(conn, ctx.bank_id, intent), OrderEvent.FAIL)
    reason = {"code": code, "params": dict(params or {})}
    _update(conn, ctx.bank_id, intent, state=state, reason=reason, ended_at=ctx.now)


def revive(conn: Connection, ctx: Context, intent: str) -> None:
    """Open an order that had failed: the outside party did it after all. The caller succeeds it. `OrderClosed`."""
    state = _state_after(read(conn, ctx.bank_id, intent), OrderEvent.REVIVE)
    never = {"reason": null(), "ended_at": None, "seen_at": None, "told_at": None}
    _update(conn, ctx.bank_id, intent, state=state, **never)


def retract(conn: Connection, ctx: Context, intent: str, code: str) -> None:
    """End an order that had succeeded as failed: the outside party did not do it. Raises `OrderClosed`.

    The caller tells the customer. No page has shown the new outcome yet.
    """
    state = _state_after(read(conn, ctx.bank_id, intent), OrderEvent.RETRACT)
    reason = {"code": code, "params": {}}
    _update(
        conn,
        ctx.bank_id,
        intent,
        state=state,
        reason=reason,
        ended_at=ctx.now,
        seen_at=None,
        told_at=ctx.now,
    )


def restate(conn: Connection, ctx: Context, intent: str, code: str) -> None:
    """Say anew why a failed order failed, because its money has gone elsewhere. The caller tells the customer."""
    revive(conn, ctx, intent)
    fail(conn, ctx, intent, code)
    mark_told(conn, ctx, intent)


def mark_seen(conn: Connection, ctx: Context, intent: str) -> None:
    """Record that a page showed the outcome to the customer. An open order, or one seen before, stays as it is."""
    unseen = (_t.bank_id == ctx.bank_id, _t.intent == intent, _t.ended_at.is_not(None), _t.seen_at.is_(None))
    conn.execute(update(customer_order).where(*unseen).values(seen_at=ctx.now))


def mark_told(conn: Connection, ctx: Context, intent: str) -> None:
    """Record that a text message tells the customer of the outcome."""
    _update(conn, ctx.bank_id, intent, told_at=ctx.now)


def _state_after(order: OrderRecord, event: OrderEvent) -> OrderState:
    if not ORDER_STATES.allows(order.state, event):
        raise OrderClosed(order.intent, order.state)
    return ORDER_STATES.next_state(order.state, event)


def _update(conn: Connection, bank_id: str, intent: str, **values: Any) -> None:
    conn.execute(update(customer_order).where(_t.bank_id == bank_id, _t.intent == intent).values(values))


def _unused_reference(conn: Connection, bank_id: str) -> str:
    for _ in range(MAX_REFERENCE_ATTEMPTS):
        reference = new_reference()
        taken = select(_t.intent).where(_t.bank_id == bank_id, _t.reference == reference)
        if conn.execute(taken).first() is None:
            return reference
    raise RuntimeError(f"no unused reference after {MAX_REFERENCE_ATTEMPTS} attempts")
