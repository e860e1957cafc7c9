"""Orders as they are answered: found by the key of their command, or by the reference that customers quote."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core import orders
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.keys import find_intent
from mock_partners.bank.core.orders import OrderRecord
from mock_partners.bank.core.orders.wire import order_to_wire
from partner_adapters.core_bank.orders import Order
from partner_adapters.kit.observed.request_id import as_reference
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.json_answers import is_key


def show(conn: Connection, ctx: Context, intent: str) -> Order:
    """Return the order as it now stands. Problems as `partner_adapters.core_bank.orders.Orders.get` names them."""
    return order_to_wire(_read_own(conn, ctx, intent))


def mark_seen(conn: Connection, ctx: Context, intent: str) -> Order:
    """Record that a page showed the outcome, and return the order. Problems as `show`."""
    order = _read_own(conn, ctx, intent)
    orders.mark_seen(conn, ctx, order.intent)
    return order_to_wire(orders.read(conn, ctx.bank_id, order.intent))


def show_started(conn: Connection, ctx: Context, *ids_and_intent: str) -> Order:
    """Return the order that a command started; its intent stands behind the ids of the command's path."""
    return order_to_wire(orders.read(conn, ctx.bank_id, ids_and_intent[-1]))


def _read_own(conn: Connection, ctx: Context, name: str) -> OrderRecord:
    reference = as_reference(name)
    if reference is None and not is_key(name):
        raise Problem(400, "order.malformed_name", "neither an intent nor a reference such as 3F7K-21QX")
    intent, is_carried_out = find_intent(conn, ctx, name)
    order = orders.find_named(conn, ctx.bank_id, intent, reference)
    if order is None and is_carried_out:
        raise Problem(
            404, "order.none_opened", "the command with this intent was carried out; it opens no order"
        )
    # Also without an order, so that an order of another partner takes as long as one that does not exist.
    require_own_customer(conn, ctx, order.customer_id if order else "", "order.unknown")
    assert order is not None, "no customer has an empty id"
    return order
