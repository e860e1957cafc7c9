"""What ends the result of a pre-credit check: the facts that it rests on have changed since."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Select, exists, select

from mock_partners.bank.core.credit.tables import application, decision
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.lines.tables import credit_line
from mock_partners.bank.core.orders.tables import customer_order
from mock_partners.bank.core.wallet.tables import account


def has_borrowed_since(conn: Connection, ctx: Context, customer_id: str, moment: datetime) -> bool:
    """Whether the customer applied, had a decision or got a line after the moment."""
    applied, decided, line = application.c, decision.c, credit_line.c
    of_application = (decided.bank_id == applied.bank_id) & (decided.application_id == applied.application_id)
    later = (
        select(applied.application_id).where(
            applied.bank_id == ctx.bank_id, applied.customer_id == customer_id, applied.created_at > moment
        ),
        select(decided.application_id)
        .select_from(decision.join(application, of_application))
        .where(
            applied.bank_id == ctx.bank_id, applied.customer_id == customer_id, decided.decided_at > moment
        ),
        select(line.line_id).where(
            line.bank_id == ctx.bank_id, line.customer_id == customer_id, line.opened_at > moment
        ),
    )
    return any(_finds(conn, query) for query in later)


def has_opened_account_since(conn: Connection, ctx: Context, customer_id: str, moment: datetime) -> bool:
    """Whether an account of the customer was opened after the moment."""
    opened, order = account.c, customer_order.c
    by_order = (order.bank_id == opened.bank_id) & (order.intent == opened.opened_by_intent)
    query = (
        select(opened.account_id)
        .select_from(account.join(customer_order, by_order))
        .where(opened.bank_id == ctx.bank_id, opened.customer_id == customer_id, order.ended_at > moment)
    )
    return _finds(conn, query)


def _finds(conn: Connection, query: Select[tuple[str]]) -> bool:
    return bool(conn.execute(select(exists(query))).scalar_one())
