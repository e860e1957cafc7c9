"""What the bank itself has lent a customer, and still could, so that debt is deducted once across its products."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, bindparam, select

from mock_partners.bank.core.decision.facts import SourceStatement
from mock_partners.bank.core.kernel.actions import DRAWDOWN
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.lines.records import lines_of_customer
from mock_partners.bank.core.lines.states import LINE_STATES
from mock_partners.bank.core.orders.states import SUCCEEDED_ORDER_STATES
from mock_partners.bank.core.orders.tables import customer_order
from partner_adapters.kit.values.clock import CHINA

_order = customer_order.c
_DRAWN = select(_order.amount_fen, _order.ended_at).where(
    _order.bank_id == bindparam("bank_id"),
    _order.customer_id == bindparam("customer_id"),
    _order.kind == DRAWDOWN.kind,
    _order.state.in_(SUCCEEDED_ORDER_STATES),
)


def lending_facts(
    conn: Connection, ctx: Context, customer_id: str, reported_on: date | None
) -> SourceStatement:
    """Return what the customer owes under the bank's lines, and what may still be drawn under them.

    `reported_on`: the day of the credit bureau's report, None without one. Banks report a day's loans on the next day,
    so what was drawn on that day or later is in no report yet. Every product of this bank lends without security.
    """
    lines = lines_of_customer(conn, ctx, customer_id)
    used_fen = sum(line.used_fen for line in lines)
    # What was drawn since may have been repaid already, so it is never more than what is owed.
    since_fen = min(used_fen, _drawn_since(conn, ctx, customer_id, reported_on)) if reported_on else 0
    undrawn_fen = sum(
        line.limit_fen - line.used_fen for line in lines if not LINE_STATES.is_final(line.state_on(ctx.today))
    )
    facts = {
        "lent_before_fen": used_fen - since_fen,
        "lent_since_fen": since_fen,
        "undrawn_fen": undrawn_fen,
    }
    return SourceStatement("bank", ctx.today, facts)


def _drawn_since(conn: Connection, ctx: Context, customer_id: str, day: date) -> int:
    drawn = conn.execute(_DRAWN, {"bank_id": ctx.bank_id, "customer_id": customer_id})
    return sum(row.amount_fen for row in drawn if row.ended_at.astimezone(CHINA).date() >= day)
