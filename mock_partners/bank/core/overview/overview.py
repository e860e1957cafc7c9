"""Everything the home page shows, assembled from the rooms in one snapshot."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.credit import pre_credit
from mock_partners.bank.core.credit.records import applications_of_customer
from mock_partners.bank.core.credit.wire import application_summary_to_wire
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.customers.people import masked, person
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.lines.records import lines_of_customer
from mock_partners.bank.core.lines.wire import line_to_wire
from mock_partners.bank.core.loans.wire import read_loans_with_positions, summaries_to_wire, todo_to_wire
from mock_partners.bank.core.overview.todo import todo
from mock_partners.bank.core.wallet import wire
from partner_adapters.core_bank.customers import OrderBrief, Overview, ToDo
from partner_adapters.core_bank.orders import Order


def overview(conn: Connection, ctx: Context, customer_id: str) -> Overview:
    """Problem 404 `customer.unknown`."""
    require_own_customer(conn, ctx, customer_id)
    account = wallet.find(conn, ctx.bank_id, customer_id=customer_id)
    lines = [line_to_wire(line, ctx.today) for line in lines_of_customer(conn, ctx, customer_id)]
    loans = read_loans_with_positions(conn, ctx, customer_id)
    running = orders.running(conn, ctx.bank_id, customer_id)
    return Overview(
        business_date=ctx.today,
        customer=masked(customer_id, person(conn, ctx.bank_id, customer_id)),
        account=None if account is None else wire.shown(conn, ctx, account),
        pre_credit=pre_credit.latest_offer(conn, ctx, customer_id),
        lines=lines,
        applications=[
            application_summary_to_wire(application)
            for application in applications_of_customer(conn, ctx, customer_id)
        ],
        loans=summaries_to_wire(loans),
        todo=[
            *todo_to_wire(loans),
            *todo(conn, ctx, customer_id, lines),
            *(ToDo(kind="order_running", ref=order.intent, amount_fen=order.amount_fen) for order in running),
        ],
        running_orders=[_brief(order) for order in running],
    )


def _brief(order: Order) -> OrderBrief:
    return OrderBrief(
        intent=order.intent,
        kind=order.kind,
        state=order.state,
        amount_fen=order.amount_fen,
        created_at=order.created_at,
    )
