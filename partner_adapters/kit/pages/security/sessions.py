"""Server-side sessions: the browser has a random secret, the database its hash. Each login makes a new session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Index, MetaData, String, Table, insert, update

from partner_adapters.kit.durable.columns import Moment
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret

REF_CHARS = 22


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


def touch(conn: Connection, sessions: Table, id_hash: str, now: datetime) -> None:
    """Record that the session was used now."""
    conn.execute(update(sessions).where(sessions.c.id_hash == id_hash).values(last_seen_at=now))


def end(conn: Connection, sessions: Table, id_hash: str, now: datetime, cleared: dict[str, Any]) -> None:
    """End the session, so that its secret is no longer accepted. `cleared`: columns to overwrite as well."""
    conn.execute(update(sessions).where(sessions.c.id_hash == id_hash).values({"ended_at": now} | cleared))
