"""Number events after their commit, and tell the waiting requests.

A number drawn inside a transaction would become visible out of order: a reader would step over the one that commits
late. So a loop numbers what is committed, in one transaction at a time for each bank. What commits late is numbered
late, and nothing is ever put between two numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from sqlalchemy import Connection, bindparam, func, select, update

from mock_partners.bank.core.events.tables import UNNUMBERED, event
from mock_partners.bank.core.kernel.feed import Reader
from mock_partners.bank.core.kernel.services import CoreServices
from partner_adapters.kit.durable.background import repeat

# Within which an event is numbered that another node of the bank wrote, or that was committed while this one was away.
IDLE_S = 0.5
# Events in one transaction. More are numbered by the next ones, without a pause.
BATCH = 500
# The name of the numbering transaction at the crash points.
NUMBERING = "events.numbering"
_t = event.c
_SAME_ROW = [column == bindparam(f"of_{column.name}") for column in event.primary_key]
_SET_POSITION = update(event).where(*_SAME_ROW).values(position=bindparam("at"))
_WAITING = select(_t.bank_id).where(UNNUMBERED).distinct()


_NEWER = (
    select(_t.partner, func.max(_t.position))
    .where(_t.bank_id == bindparam("bank"), _t.position > bindparam("known"))
    .group_by(_t.partner)
)


@dataclass(frozen=True)
class Numbered:
    """How many events a transaction numbered, and the newest position of each reader among them."""

    count: int
    newest: Mapping[Reader, int]


async def keep(core: CoreServices, heads: Mapping[str, int]) -> NoReturn:
    """Number what is committed until cancelled, at once after a commit of this process. Every node does so.

    `heads`: the newest position of each bank before this process served a request.
    """
    core.feed.begin()
    known = dict(heads)

    async def attempt() -> float:
        await number_events(core)
        if core.feed.has_requests:
            for bank_id in core.settings.bank:
                newer = await core.store.read(partial(_newer, bank_id=bank_id, known=known.get(bank_id, 0)))
                core.feed.tell(newer)
                known[bank_id] = max([known.get(bank_id, 0), *newer.values()])
        await core.feed.wait_for_written(IDLE_S)
        return 0

    await repeat(attempt, "job.failed", IDLE_S, job="events")


async def number_events(core: CoreServices) -> None:
    """Number every committed event that has no number yet, and wake the requests that wait for it."""
    for bank_id in await core.store.read(lambda conn: conn.execute(_WAITING).scalars().all()):
        is_full = True
        while is_full:
            number = partial(_number_next, bank_id=bank_id)
            # The queue lets nodes number one after another.
            numbered = await core.store.write(number, NUMBERING, queue=f"{bank_id}/events", repeatable=True)
            core.feed.tell(numbered.newest)
            is_full = numbered.count == BATCH


def find_heads(conn: Connection) -> dict[str, int]:
    """Return the newest position of each bank that has one."""
    heads = select(_t.bank_id, func.max(_t.position)).where(_t.position.is_not(None)).group_by(_t.bank_id)
    return dict(map(tuple, conn.execute(heads)))


def find_head(conn: Connection, bank_id: str) -> int:
    """Return the newest position of the bank; 0 before the first."""
    head: int | None = conn.execute(select(func.max(_t.position)).where(_t.bank_id == bank_id)).scalar()
    return head or 0


def _newer(conn: Connection, bank_id: str, known: int) -> dict[Reader, int]:
    """Return the newest position of each reader after `known`, whichever node gave it."""
    rows = conn.execute(_NEWER, {"bank": bank_id, "known": known})
    return {(bank_id, partner): position for partner, position in rows}


def _number_next(conn: Connection, bank_id: str) -> Numbered:
    # Of one object the earlier event is never younger. Of one moment the sequence decides.
    order = (_t.occurred_at, _t.object, _t.object_id, _t.sequence)
    waiting = (
        select(*event.primary_key, _t.partner)
        .where(_t.bank_id == bank_id, UNNUMBERED)
        .order_by(*order)
        .limit(BATCH)
    )
    rows, position, numbers, newest = conn.execute(waiting).all(), find_head(conn, bank_id), [], {}
    for row in rows:
        position += 1
        same = {f"of_{column.name}": getattr(row, column.name) for column in event.primary_key}
        numbers.append({**same, "at": position})
        newest[bank_id, row.partner] = position
    if numbers:
        conn.execute(_SET_POSITION, numbers)
    return Numbered(len(rows), newest)
