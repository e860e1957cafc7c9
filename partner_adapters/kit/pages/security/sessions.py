"""Server-side sessions: the browser has a random secret, the database its hash. Each login makes a new session."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from sqlalchemy import Column, Connection, Index, MetaData, String, Table, bindparam, insert, update

from partner_adapters.kit.durable.background import repeat
from partner_adapters.kit.durable.columns import Moment
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret

REF_CHARS = 22
WRITE_EVERY_S = 0.5


def define_sessions(metadata: MetaData, *columns: Column[Any]) -> Table:
    """Return the session table, defined in the application's own metadata, with its further `columns`.

    `ref` identifies a session in other tables. It does not give access to the session.
    """
    return Table(
        "session",
        metadata,
        Column("id_hash", String(64), primary_key=True),
        Column("ref", String(32), nullable=False),
        *columns,
        Column("created_at", Moment, nullable=False),
        Column("last_seen_at", Moment, nullable=False),
        Column("ended_at", Moment),
        Index(None, "created_at"),
        Index(None, "ref"),
    )


@dataclass(frozen=True)
class Lifetime:
    """How long a session may be used: `idle` since its last request, `absolute` since it began."""

    idle: timedelta
    absolute: timedelta

    def is_live(
        self, now: datetime, *, created_at: datetime, last_seen_at: datetime, ended_at: datetime | None
    ) -> bool:
        """Whether the session may still be used."""
        return ended_at is None and now - last_seen_at < self.idle and now - created_at < self.absolute


def new_ref() -> str:
    """Return a reference for a session that is to begin."""
    return new_secret()[:REF_CHARS]


def begin(conn: Connection, sessions: Table, secret: str, now: datetime, values: dict[str, Any]) -> None:
    """Insert a session with the hash of `secret`. `values`: the application's own columns."""
    own = {
        "id_hash": hash_secret(secret),
        "ref": new_ref(),
        "created_at": now,
        "last_seen_at": now,
    }
    conn.execute(insert(sessions).values(own | values))


def end(conn: Connection, sessions: Table, id_hash: str, now: datetime, cleared: dict[str, Any]) -> None:
    """End the session, so that its secret is no longer accepted. `cleared`: columns to overwrite as well."""
    conn.execute(update(sessions).where(sessions.c.id_hash == id_hash).values({"ended_at": now} | cleared))


class Uses:
    """The uses of the sessions in one table, on this node: known at once, written in the background.

    A page view must not wait for a disk to learn that its visitor is still there. So a use is kept in memory, and all
    uses of the last half second are written in one transaction. The idle time is exact on the node that served the
    visitor. Another node may end a session too early by less than a second, and so may a node after it was killed.
    """

    def __init__(self, store: Store, sessions: Table) -> None:
        self._store = store
        self._unwritten: dict[str, datetime] = {}
        self._is_older = (
            update(sessions)
            .where(sessions.c.id_hash == bindparam("used"), sessions.c.last_seen_at < bindparam("at"))
            .values(last_seen_at=bindparam("at"))
        )

    def record(self, id_hash: str, at: datetime) -> None:
        """Record that the session is used now."""
        self._unwritten[id_hash] = at

    def latest(self, id_hash: str, written: datetime) -> datetime:
        """Return when the session was last used. `written`: what the database says."""
        return max(written, self._unwritten.get(id_hash, written))

    async def write(self) -> None:
        """Write every use that is not written yet. Raises `DatabaseAway`; the uses are then kept for the next time."""
        uses = dict(self._unwritten)
        if not uses:
            return
        rows = [{"used": id_hash, "at": at} for id_hash, at in sorted(uses.items())]
        await self._store.write(lambda conn: conn.execute(self._is_older, rows))
        for id_hash, at in uses.items():
            if self._unwritten.get(id_hash) == at:
                del self._unwritten[id_hash]

    async def run(self) -> NoReturn:
        """Write again and again until cancelled, and then once more."""

        async def attempt() -> float:
            await self.write()
            return WRITE_EVERY_S

        try:
            await repeat(attempt, "sessions.uses_not_written", WRITE_EVERY_S)
        except asyncio.CancelledError:
            await self.write()
            raise
