"""Counting uses of a limit in the database, in the transaction of the command that is counted."""

from __future__ import annotations

import secrets

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.limits import DURABLE
from mock_partners.bank.core.kernel.tables import limit_use
from partner_adapters.kit.web.rate_limits import Limit, LimitReached

_t = limit_use.c


def count_use(conn: Connection, ctx: Context, limit: Limit, key: str) -> None:
    """Count one use of the limit. Raises `LimitReached` and counts nothing if it is full.

    Two uses of one key do not meet: both are commands about one customer, which queue.
    """
    since = ctx.wall - limit.within
    query = select(_t.used_at).where(*_of(ctx, limit, key), _t.used_at > since)
    used = conn.execute(query.order_by(_t.used_at.desc()).limit(limit.most)).scalars().all()
    if len(used) >= limit.most:
        raise LimitReached(limit, used[-1] + limit.within, ctx.wall)
    conn.execute(
        insert(limit_use).values(
            bank_id=ctx.bank_id,
            use_id=secrets.token_hex(16),
            limit_name=limit.name,
            used_for=key,
            used_at=ctx.wall,
        )
    )


def forget_expired(conn: Connection, ctx: Context) -> None:
    """Delete the bank's uses that count no more."""
    for limit in DURABLE:
        expired = (_t.limit_name == limit.name) & (_t.used_at <= ctx.wall - limit.within)
        conn.execute(delete(limit_use).where(_t.bank_id == ctx.bank_id, expired))


def _of(ctx: Context, limit: Limit, key: str) -> tuple[ColumnElement[bool], ...]:
    return _t.bank_id == ctx.bank_id, _t.limit_name == limit.name, _t.used_for == key
