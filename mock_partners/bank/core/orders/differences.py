"""Differences: an outside party contradicts our books. Each is kept once for the bank's staff, and not booked."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, insert, select

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.orders.tables import difference
from partner_adapters.kit.web.logs import log

# Of one source and code at one bank. Strangers can cause some, so they must fill neither the disk nor the place of
# others. The log has them all.
MOST_KEPT = 10_000
# Any caller on the network can cause these, so they are shown after everything else.
STRANGERS = "signature.invalid"
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
    """Log a difference, and keep it unless one of the same source, subject and code is kept already.

    Of one source and code at most `MOST_KEPT` are kept.
    """
    if find_id(conn, ctx, source, subject, code) is None:
        same_kind = (_t.bank_id == ctx.bank_id) & (_t.source == source) & (_t.code == code)
        if conn.execute(select(func.count()).where(same_kind)).scalar_one() < MOST_KEPT:
            keep(conn, ctx, source, subject, code, ours, theirs)
            return
    log.error("difference.found", kind=source, code=code, subject=subject, bank_id=ctx.bank_id)


def find_id(conn: Connection, ctx: Context, source: str, subject: str, code: str) -> str | None:
    """Return the id of the difference of this source, subject and code, or None."""
    same = (_t.bank_id == ctx.bank_id, _t.source == source, _t.subject == subject, _t.code == code)
    difference_id: str | None = conn.execute(select(_t.difference_id).where(*same)).scalar_one_or_none()
    return difference_id


def keep(
    conn: Connection,
    ctx: Context,
    source: str,
    subject: str,
    code: str,
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
) -> str:
    """Log and keep a difference, however many there are. Return its id. IntegrityError if it is kept already."""
    log.error("difference.found", kind=source, code=code, subject=subject, bank_id=ctx.bank_id)
    difference_id = secrets.token_hex(16)
    conn.execute(
        insert(difference).values(
            bank_id=ctx.bank_id,
            difference_id=difference_id,
            source=source,
            subject=subject,
            code=code,
            ours=dict(ours),
            theirs=dict(theirs),
            found_at=ctx.now,
        )
    )
    return difference_id
