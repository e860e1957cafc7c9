"""A customer's phone number at the bank, where a partner states another one. The customer says which number counts.

A partner's statement does not overwrite the bank's number. A thief who changed it at the host would otherwise get the
bank's messages.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from mock_partners.bank.core.customers.tables import customer_phone
from mock_partners.bank.core.kernel.context import Context

_t = customer_phone.c


def record_stated(conn: Connection, ctx: Context, customer_id: str, known: str, stated: str) -> None:
    """Record the number that the caller's partner states, to be asked about once. The known one needs no question."""
    asked = conn.execute(select(customer_phone).where(*_row(ctx, customer_id))).first()
    if stated == known:
        conn.execute(delete(customer_phone).where(*_row(ctx, customer_id), _t.answered_at.is_(None)))
    elif asked is None:
        keys = {"bank_id": ctx.bank_id, "customer_id": customer_id, "partner": ctx.partner}
        conn.execute(insert(customer_phone).values(**keys, phone=stated, stated_at=ctx.now))
    elif asked.phone != stated:
        new = {"phone": stated, "stated_at": ctx.now, "answered_at": None}
        conn.execute(update(customer_phone).where(*_row(ctx, customer_id)).values(**new))


def find_open_question(conn: Connection, ctx: Context, customer_id: str) -> str | None:
    """Return the number that the caller's partner states and the customer has not been asked about."""
    query = select(_t.phone).where(*_row(ctx, customer_id), _t.answered_at.is_(None))
    return conn.execute(query).scalar_one_or_none()


def record_answered(conn: Connection, ctx: Context, customer_id: str, replaced: str | None) -> None:
    """Record that the customer answered. `replaced`: the number that no longer counts, until it has been told."""
    answered = {"answered_at": ctx.now, "replaced_phone": replaced}
    conn.execute(update(customer_phone).where(*_row(ctx, customer_id)).values(**answered))


def find_replaced(conn: Connection, bank_id: str, customer_id: str, partner: str) -> str | None:
    """Return the number that the customer replaced, if it has not been told yet."""
    same = (_t.bank_id == bank_id) & (_t.customer_id == customer_id) & (_t.partner == partner)
    return conn.execute(select(_t.replaced_phone).where(same)).scalar_one_or_none()


def forget_replaced(conn: Connection, bank_id: str, customer_id: str, partner: str) -> None:
    """Delete the replaced number once it has been told."""
    same = (_t.bank_id == bank_id) & (_t.customer_id == customer_id) & (_t.partner == partner)
    conn.execute(update(customer_phone).where(same).values(replaced_phone=None))


def _row(ctx: Context, customer_id: str) -> list[ColumnElement[bool]]:
    return [_t.bank_id == ctx.bank_id, _t.customer_id == customer_id, _t.partner == ctx.partner]
