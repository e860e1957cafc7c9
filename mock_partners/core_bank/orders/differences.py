"""Where an outside party's word does not fit our books: kept once, for a person to look at; nothing is booked on it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, insert, select

from mock_partners.core_bank.context import Context
from mock_partners.core_bank.orders.tables import difference
from partner_adapters.web.logs import log

MOST_KEPT = 10_000
"""A bank's unread differences: strangers can cause some, so they must not fill the disk. The log has them all."""
_t = difference.c


def record(
    conn: Connection,
    ctx: Context,
    source: str,
    subject: str,
    code: str,
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
) -> None:
    """Keep a difference; the same one again changes nothing."""
    log.error("difference.found", kind=source, code=code, subject=subject, bank_id=ctx.bank_id)
    same = (_t.source == source) & (_t.subject == subject) & (_t.code == code)
    of_bank = _t.bank_id == ctx.bank_id
    if conn.execute(select(_t.difference_id).where(of_bank, same)).first() is not None:
        return
    if conn.execute(select(func.count()).where(of_bank)).scalar_one() >= MOST_KEPT:
        return
    conn.execute(
        insert(difference).values(
            bank_id=ctx.bank_id,
            difference_id=secrets.token_hex(16),
            source=source,
            subject=subject,
            code=code,
            ours=dict(ours),
            theirs=dict(theirs),
            found_at=ctx.now,
        )
    )
