"""Orders and differences as they are answered."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core import orders
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.orders.wire import order_to_wire
from partner_adapters.core_bank.orders import Order


def show(conn: Connection, ctx: Context, intent: str) -> Order:
    """Return the order as it now stands. Problem 404 `order.unknown` unless it is an own customer's."""
    order = orders.read(conn, ctx.bank_id, intent)
    require_own_customer(conn, ctx, order.customer_id, "order.unknown")
    return order_to_wire(order)


def mark_seen(conn: Connection, ctx: Context, intent: str) -> Order:
    """Record that a page showed the outcome, and return the order. Problem 404 as `show`."""
    order = orders.read(conn, ctx.bank_id, intent)
    require_own_customer(conn, ctx, order.customer_id, "order.unknown")
    orders.mark_seen(conn, ctx, intent)
    return order_to_wire(orders.read(conn, ctx.bank_id, intent))


def show_started(conn: Connection, ctx: Context, *ids_and_intent: str) -> Order:
    """Return the order that a command started; its intent stands behind the ids of the command's path."""
    return order_to_wire(orders.read(conn, ctx.bank_id, ids_and_intent[-1]))
