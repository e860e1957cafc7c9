"""Which customers a caller may see: those whom its partner linked to this bank."""

from __future__ import annotations

from sqlalchemy import Connection, select

from mock_partners.bank.core.customers.tables import customer_link
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.kit.values.problems import Problem


def require_own_customer(
    conn: Connection, ctx: Context, customer_id: str, unknown: str = "customer.unknown"
) -> None:
    """Raise Problem 404 `unknown` unless the caller's partner linked this customer to this bank.

    So a loan of another partner's customer is answered like a loan that does not exist.
    """
    t = customer_link.c
    query = select(t.subject).where(
        t.bank_id == ctx.bank_id, t.partner == ctx.partner, t.customer_id == customer_id
    )
    if conn.execute(query).first() is None:
        raise Problem(404, unknown)
