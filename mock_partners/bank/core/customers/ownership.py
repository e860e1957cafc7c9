"""Which customers a caller may see: those that its partner brought to this bank."""

from __future__ import annotations

from sqlalchemy import Connection, select

from mock_partners.bank.core.customers.tables import customer_link
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.kit.values.problems import Problem


def require_own_customer(
    conn: Connection, ctx: Context, customer_id: str, unknown: str = "customer.unknown"
) -> None:
    """Problem 404 `unknown` unless the caller's partner brought this customer to this bank.

    A loan of another partner's customer answers like a loan that does not exist.
    """
    t = customer_link.c
    query = select(t.subject).where(
        t.bank_id == ctx.bank_id, t.partner == ctx.partner, t.customer_id == customer_id
    )
    if conn.execute(query).first() is None:
        raise Problem(404, unknown)
