"""The log of a partner's requests, which the partner can read for 30 days: what was asked, and why it was refused.

It has path templates and codes, never bodies or ids. Lines are kept in memory and written together twice a second.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from sqlalchemy import Connection, delete, insert, select, tuple_

from h5app.tables import partner_requests
from partner_adapters.kit.durable.background import repeat
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.problems import Problem

KEPT_FOR = timedelta(days=30)
WRITE_EVERY_S = 0.5
# Of one partner. What comes beyond is not recorded, so that a program that asks in a circle fills no disk.
MOST_A_MINUTE = 2_000
# Of lines that wait for a database that is away. The oldest go first.
MOST_WAITING = 10_000
MAX_REASON = 200
# What looks like the name of a field. A number at its place may be a person's, and is not kept.
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True)
class Line:
    """One request. `path`: the template. `reason`, `field`: why it was refused, as the answer says."""

    partner: str
    request_id: str
    at: datetime
    method: str
    path: str
    status: int
    code: str | None
    reason: str | None
    key_id: str
    ms: int
    field: str | None = None


def field_of(problem: Problem) -> str | None:
    """Return the field that a refusal is about, if it is one and may be kept."""
    field = problem.errors[0].field if problem.errors else ""
    return field if _FIELD.fullmatch(field) else None


class RequestLog:
    """The log on one node."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[Line] = []
        self._turn = asyncio.Lock()
        self._minute = 0
        self._added: Counter[str] = Counter()

    def add(self, line: Line) -> None:
        """Record a request."""
        minute = int(line.at.timestamp()) // 60
        if minute != self._minute:
            self._minute = minute
            self._added.clear()
        self._added[line.partner] += 1
        if self._added[line.partner] > MOST_A_MINUTE:
            return
        self._waiting.append(line)
        del self._waiting[:-MOST_WAITING]

    async def write(self) -> None:
        """Write every line that waits. Raises `DatabaseAway`; they are then kept for the next time."""
        async with self._turn:
            # By key: a request id that is drawn twice must not keep the other lines from being written.
            lines = list({(line.partner, line.request_id): line for line in self._waiting}.values())
            if not lines:
                return
            written = self._waiting[:]
            await self._store.write(lambda conn: insert_lines(conn, lines))
            del self._waiting[: len(written)]

    async def run(self) -> NoReturn:
        """Write again and again until cancelled, and then once more."""

        async def attempt() -> float:
            await self.write()
            return WRITE_EVERY_S

        try:
            await repeat(attempt, "partner_api.log_not_written", WRITE_EVERY_S)
        except asyncio.CancelledError:
            await self.write()
            raise


def insert_lines(conn: Connection, lines: Sequence[Line]) -> None:
    """Write lines, but for those that are there."""
    keys = [(line.partner, line.request_id) for line in lines]
    table = partner_requests
    known = {
        tuple(row)
        for row in conn.execute(
            select(table.c.partner, table.c.request_id).where(
                tuple_(table.c.partner, table.c.request_id).in_(keys)
            )
        )
    }
    fresh = [asdict(line) for line in lines if (line.partner, line.request_id) not in known]
    if fresh:
        conn.execute(insert(table), fresh)


def find(conn: Connection, partner: str, request_id: str) -> Line | None:
    """Return the partner's request with this id, or None."""
    own = [partner_requests.c.partner == partner, partner_requests.c.request_id == request_id]
    row = conn.execute(select(partner_requests).where(*own)).mappings().first()
    return Line(**row) if row else None


def page(conn: Connection, partner: str, before: tuple[datetime, str] | None, limit: int) -> list[Line]:
    """Return the partner's latest requests, newest first. `before`: time and id of the last one that is known."""
    table = partner_requests
    own = [table.c.partner == partner]
    if before is not None:
        at, request_id = before
        own.append((table.c.at < at) | ((table.c.at == at) & (table.c.request_id < request_id)))
    query = select(table).where(*own).order_by(table.c.at.desc(), table.c.request_id.desc()).limit(limit)
    return [Line(**row) for row in conn.execute(query).mappings()]


def clean(conn: Connection, now: datetime) -> Any:
    """Delete what is older than 30 days."""
    return conn.execute(delete(partner_requests).where(partner_requests.c.at < now - KEPT_FOR))
