"""Whether a node can read and write its database, for `/readyz`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sqlalchemy import Connection, text

from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.observed.readiness import Check, NotReady
from partner_adapters.kit.values.clock import monotonic

# Proxies ask for readiness every few seconds, and each attempt on SQLite waits for the disk.
WRITE_EVERY_S = 5.0
READ_ONLY = "the database accepts no writes"


def database_checks(store: Store) -> Mapping[str, Check]:
    """Return the checks `database`, which reads, and `database_write`."""

    async def read() -> None:
        await store.read(lambda conn: conn.execute(text("SELECT 1")).scalar_one())

    return {"database": read, "database_write": WriteCheck(store)}


class WriteCheck:
    """Checks that the database takes writes.

    It attempts a write at most every `WRITE_EVERY_S`. Until then the outcome of the last attempt counts.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._begun_at = 0.0
        self._attempt: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        """Raise `NotReady`, or the error of the database."""
        old = monotonic() - self._begun_at >= WRITE_EVERY_S
        # A second attempt is not begun while one hangs: it would only queue behind it.
        if self._attempt is None or (old and self._attempt.done()):
            self._begun_at = monotonic()
            self._attempt = asyncio.create_task(self._store.write(self._write))
        await asyncio.shield(self._attempt)

    def _write(self, conn: Connection) -> None:
        if self._store.is_sqlite:
            # Sets the number that the file has: a real write of its first page, which changes nothing.
            number = conn.exec_driver_sql("PRAGMA user_version").scalar_one()
            conn.exec_driver_sql(f"PRAGMA user_version = {number:d}")
        elif conn.execute(_IS_READ_ONLY).scalar_one():
            # The next attempt asks the address anew, behind which another server may have taken over.
            conn.invalidate()
            raise NotReady(READ_ONLY)


# Of a standby, or of a database that an operator has made read-only. Nothing is written: on PostgreSQL a disk that is
# full stops the server itself, which then does not answer.
_IS_READ_ONLY = text("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean")
