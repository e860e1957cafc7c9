"""What a database held at a moment, given back beneath its running program in milliseconds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Protocol

import psycopg
from psycopg import Connection, sql

# A program at rest still looks for work now and then, and may hold what we wait for.
CROSSED_ATTEMPTS = 5


class Kept(Protocol):
    def give_back(self, to: str | None = None) -> None:
        """Let the database hold this again, and nothing else. `to`: another database of the same schema instead."""


def keep(url: str) -> Kept:
    """`url`: SQLAlchemy's, of an SQLite file or of a PostgreSQL database whose superuser it names."""
    return _File(url) if url.startswith("sqlite") else _Rows(url)


class _File:
    def __init__(self, url: str) -> None:
        self._path = url.removeprefix("sqlite:///")
        self._copy = sqlite3.connect(":memory:", check_same_thread=False)
        with closing(sqlite3.connect(self._path)) as live:
            live.backup(self._copy)

    def give_back(self, to: str | None = None) -> None:
        path = to.removeprefix("sqlite:///") if to else self._path
        with closing(sqlite3.connect(path, timeout=20)) as live:
            self._copy.backup(live)


class _Rows:
    def __init__(self, url: str) -> None:
        self._address = _address(url)
        with psycopg.connect(self._address) as conn:
            conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            names = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            self._rows = {name: _copied(conn, name) for (name,) in names}
            self._sequences = conn.execute("SELECT sequencename, last_value FROM pg_sequences").fetchall()

    def give_back(self, to: str | None = None) -> None:
        address = _address(to) if to else self._address
        for attempt in range(1, CROSSED_ATTEMPTS + 1):
            try:
                with psycopg.connect(address) as conn:
                    self._replace(conn)
                return
            except psycopg.errors.DeadlockDetected:
                if attempt == CROSSED_ATTEMPTS:
                    raise

    def _replace(self, conn: Connection) -> None:
        # As a replica would: references ask nothing. The triggers that forbid it fire for a replica too.
        conn.execute("SET session_replication_role = replica")
        with triggers_silent(conn):
            self._write_rows(conn)
        for name, last in self._sequences:
            conn.execute("SELECT setval(%s, coalesce(%s, 1), %s)", [name, last, last is not None])

    def _write_rows(self, conn: Connection) -> None:
        tables = sql.SQL(", ").join(map(sql.Identifier, self._rows))
        conn.execute(sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(tables))
        for name, rows in self._rows.items():
            conn.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
            with conn.cursor().copy(_COPY_IN.format(sql.Identifier(name))) as copy:
                copy.write(rows)


@contextmanager
def triggers_silent(conn: Connection) -> Iterator[None]:
    """Silence every trigger that fires for a replica too. The first statement of a superuser's first transaction.

    A session reads the state of a table's triggers when it opens the table. ALTER TABLE for each of them took longer
    than many tests.
    """
    change = "UPDATE pg_trigger SET tgenabled = %s WHERE tgenabled = %s AND NOT tgisinternal"
    conn.execute(change, ["D", "A"])
    yield
    conn.execute(change, ["A", "D"])


def _address(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")


_COPY_OUT = sql.SQL("COPY {} TO STDOUT (FORMAT binary)")
_COPY_IN = sql.SQL("COPY {} FROM STDIN (FORMAT binary)")


def _copied(conn: Connection, table: str) -> bytes:
    with conn.cursor().copy(_COPY_OUT.format(sql.Identifier(table))) as copy:
        return b"".join(copy)
