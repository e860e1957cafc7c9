"""Which customers a caller may see: those whom its partner linked to this bank."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from mock_partners.bank.core.customers.tables import customer_link
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.kit.values.problems import Problem

_link = customer_link.c
# Built once, as SQLAlchemy takes several times as long to build a statement as SQLite to answer it.
_LINKED = select(_link.subject).where(
    _link.bank_id == bindparam("bank_id"),
    _link.partner == bindparam("partner"),
    _link.customer_id == bindparam("customer_id"),
)


def require_own_customer(
    conn: Connection, ctx: Context, customer_id: str, unknown: str = "customer.unknown"
) -> None:
    """Raise Problem 404 `unknown` unless the caller's partner linked this customer to this bank.

    So a loan of another partner's customer is answered like a loan that does not exist.
    """
    own = {"bank_id": ctx.bank_id, "partner": ctx.partner, "customer_id": customer_id}
    if conn.execute(_LINKED, own).first() is None:
        raise Problem(404, unknown)
