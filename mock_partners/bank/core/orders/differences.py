"""Where an outside party's word does not fit our books: kept once, for a person to look at; nothing is booked on it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.orders.tables import difference
from partner_adapters.kit.values.wire import Wire, with_wire_names
from partner_adapters.kit.web.logs import log

MOST_KEPT = 10_000
"""Of one source and code at one bank: strangers can cause some, so they must not fill the disk, nor the place of
others. The log has them all."""
STRANGERS = "signature.invalid"
"""What anybody who reaches us can cause: shown after everything else."""
SHOWN = 100
_t = difference.c


class Found(Wire):
    """`ours` and `theirs` are what our books and the other side say, as far as they bear on it."""

    source: str
    subject: str
    """The intent, or the hash of a notice that nobody could read."""
    code: str
    ours: dict[str, Any]
    theirs: dict[str, Any]
    found_at: datetime


class FoundList(Wire):
    items: list[Found]


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
    like_it = (_t.bank_id == ctx.bank_id) & (_t.source == source) & (_t.code == code)
    if conn.execute(select(_t.difference_id).where(like_it, _t.subject == subject)).first() is not None:
        return
    if conn.execute(select(func.count()).where(like_it)).scalar_one() >= MOST_KEPT:
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


def newest(conn: Connection, ctx: Context) -> FoundList:
    """The bank's newest differences, those first that no stranger can have caused."""
    query = (
        select(difference)
        .where(_t.bank_id == ctx.bank_id)
        .order_by(_t.code == STRANGERS, _t.found_at.desc(), _t.difference_id)
        .limit(SHOWN)
    )
    return FoundList(items=[Found.model_validate(_shown(row)) for row in conn.execute(query)])


def _shown(row: Row[Any]) -> dict[str, Any]:
    return row._asdict() | {"ours": with_wire_names(row.ours), "theirs": with_wire_names(row.theirs)}
