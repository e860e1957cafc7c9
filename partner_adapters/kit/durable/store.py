"""One database of one party: commands are plain functions over a `Connection`, run in one thread hop.

SQLite: one writer (`BEGIN IMMEDIATE`, WAL, `synchronous=FULL`) and one reader a file. PostgreSQL: a pool,
SERIALIZABLE writes that are run again when the database says two of them crossed, and when the connection was cut
before the commit. A command may therefore run more than once before it commits, so it does nothing but use its
connection: no network, no clock of its own. A database that stays busy, cut off or gone is a `DatabaseAway`.
"""

from __future__ import annotations

import asyncio
import contextvars
import random
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.util import LRUCache

from partner_adapters.kit.durable.crash_points import reached
from partner_adapters.kit.durable.keyed_read import KeyedRead, KeyedReader, PostgresReader, SqliteReader
from partner_adapters.kit.observed import spans

POSTGRES_CONNECTIONS = 8
# The least recently used statement is compiled again. All commands and queries of all parties are fewer than this.
MOST_COMPILED = 2_000
CROSSED_ATTEMPTS = 12
"""How often a write is run again after crossing another; each waits up to 20 ms × its number first."""
SQLITE_BUSY_MS = 5_000
"""Only another process can hold the write lock: wait for it this long before the error."""
CUT_ATTEMPTS = 3
"""How often a transaction is run again after its connection was cut before the commit."""
COMMAND_WAITS_S = 20.0
"""A named transaction that had to wait longer for its turn is not begun: who sent it has long been told "unknown", and
must be able to rely on it that nothing comes after a minute."""
_NO_ROOM = ("disk is full", "disk I/O error")
T = TypeVar("T")
_JITTER = random.SystemRandom()
_CROSSED = frozenset({"40001", "40P01"})
_UNIQUE_VIOLATION = "23505"
UNIQUE_ATTEMPTS = 3
"""PostgreSQL may report a crossing as a duplicate key: run again, the command now sees the other's row. A duplicate
of the command's own making stays one."""


class _CompiledStatements(LRUCache[Any, Any]):
    """Compiled statements of one kind of database, for all its engines.

    SQLAlchemy's key begins with the engine's own dialect object. All our engines of a kind have equal dialects.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


# Writer, reader and keyed reader of all stores run the same statements: each is compiled once a process for a backend.
_COMPILED = {backend: _CompiledStatements(MOST_COMPILED) for backend in ("sqlite", "postgresql")}


class DatabaseAway(Exception):
    """The database is busy, cut off, full or gone. Nothing was committed, unless `maybe_committed`."""

    def __init__(self, reason: str, maybe_committed: bool = False) -> None:
        super().__init__(reason)
        self.maybe_committed = maybe_committed


class Store:
    """Transactions on one database URL (`sqlite:///file` or `postgresql+psycopg://…`).

    An error of the database does not repeat the values of its statement: it ends in a log.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer, self._reader = _sqlite(url, "BEGIN IMMEDIATE"), _sqlite(url, "BEGIN")
            self._keyed: KeyedReader = SqliteReader(_sqlite(url, None, waits=False))
        else:
            self._writer = _postgres(url, "SERIALIZABLE")
            self._reader = self._writer.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._keyed = PostgresReader(self._writer)
        threads = 1 if self.is_sqlite else POSTGRES_CONNECTIONS
        self._write_threads = ThreadPoolExecutor(threads, "write")
        self._read_threads = ThreadPoolExecutor(threads, "read")

    async def write(
        self, command: Callable[[Connection], T], name: str = "", *, repeatable: bool = False
    ) -> T:
        """Run `command` in one transaction; committed when this returns, undone when it raises.

        A transaction with a `name` passes the crash points before and after its commit, with the name as subject.
        `repeatable`: the command finds what it did before, so that it may be run again when the connection was cut
        at the commit. Raises `DatabaseAway`.
        """
        if not name:
            return await _hop(
                self._write_threads, lambda: self.write_now(command, repeatable=repeatable), "write"
            )
        latest = time.monotonic() + COMMAND_WAITS_S

        def watched(conn: Connection) -> T:
            done = command(conn)
            reached("before_commit", name)
            return done

        def in_turn() -> T:
            if time.monotonic() > latest:
                raise DatabaseAway("waited too long for its turn")
            return self.write_now(watched, repeatable=repeatable)

        result = await _hop(self._write_threads, in_turn, f"write {name}")
        reached("after_commit", name)
        return result

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run `query` over one consistent snapshot. Raises `DatabaseAway`."""
        return await _hop(self._read_threads, lambda: self.read_now(query), "read")

    async def read_by_key(self, read: KeyedRead, values: Mapping[str, Any]) -> Sequence[Any]:
        """Return the rows that `Store.read` would find, ten times quicker. Raise `DatabaseAway`."""
        with spans.part("keyed read"):
            rows = await self._keyed.rows(read, values)
        if rows is not None:
            return rows
        return await self.read(lambda conn: conn.execute(read.statement, values).all())

    def write_now(self, command: Callable[[Connection], T], *, repeatable: bool = False) -> T:
        """`write` for callers that are already on a thread of their own: migrations, seeds, proofs."""
        return _until_done(self._writer, command, repeatable)

    def read_now(self, query: Callable[[Connection], T]) -> T:
        """`read` for callers that are already on a thread of their own."""
        return _until_done(self._reader, query, repeatable=True)

    def close(self) -> None:
        """Wait for running transactions, then close every connection."""
        self._write_threads.shutdown(wait=True)
        self._read_threads.shutdown(wait=True)
        self._writer.dispose()
        self._reader.dispose()
        self._keyed.close()


async def _hop(threads: ThreadPoolExecutor, work: Callable[[], T], name: str) -> T:
    with spans.part(name):
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(threads, context.run, work)


def _until_done(engine: Engine, work: Callable[[Connection], T], repeatable: bool) -> T:
    """Run `work` in a transaction, and again where that is safe and may help."""
    begun, maybe_committed = time.monotonic(), False
    for attempt in range(1, CROSSED_ATTEMPTS + 1):
        committing = False
        try:
            with engine.begin() as conn:
                done = work(conn)
                committing = True
            return done
        except (DBAPIError, PoolExhausted) as error:
            cut = isinstance(error, DBAPIError) and error.connection_invalidated
            maybe_committed |= cut and committing
            again = _crossed(error, attempt) or (cut and attempt <= CUT_ATTEMPTS) or _busy(error, begun)
            if attempt == CROSSED_ATTEMPTS or not again or (maybe_committed and not repeatable):
                if cut or _away(error):
                    raise DatabaseAway(_named(error), maybe_committed) from error
                raise
            time.sleep(_JITTER.uniform(0, 0.02) * attempt)
    raise AssertionError("unreachable")


def _crossed(error: Exception, attempt: int) -> bool:
    sqlstate = _sqlstate(error)
    return sqlstate in _CROSSED or (sqlstate == _UNIQUE_VIOLATION and attempt <= UNIQUE_ATTEMPTS)


def _busy(error: Exception, begun: float) -> bool:
    """SQLite's answer to a lock it does not wait for by itself, as while a file is being opened."""
    waited_ms = (time.monotonic() - begun) * 1000
    return _says(error, "database is locked") and waited_ms < SQLITE_BUSY_MS


def _away(error: Exception) -> bool:
    """Whether the database is at fault, not the statement (SQLite calls a missing table operational too)."""
    if isinstance(error, PoolExhausted):
        return True
    on_sqlite = isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.Error)
    if on_sqlite:
        return _says(error, "database is locked", *_NO_ROOM)
    return isinstance(error, OperationalError) and _sqlstate(error) not in _CROSSED


def _says(error: Exception, *texts: str) -> bool:
    return isinstance(error, OperationalError) and any(text in str(error.orig) for text in texts)


def _named(error: Exception) -> str:
    """Without the statement: its values are people's."""
    return f"{type(getattr(error, 'orig', error)).__name__} {_sqlstate(error) or ''}".strip()


def _sqlstate(error: Exception) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def _postgres(url: str, isolation: Any) -> Engine:
    return create_engine(
        url,
        isolation_level=isolation,
        pool_size=POSTGRES_CONNECTIONS,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
        execution_options={"compiled_cache": _COMPILED["postgresql"]},
    )


def _sqlite(url: str, begin: str | None, waits: bool = True) -> Engine:
    """`begin` None: every statement stands for itself."""
    path = make_url(url).database
    if not path or path == ":memory:":
        raise ValueError("an SQLite store is a file: sqlite:///path/to/file.db")
    with suppress(OSError):  # whoever connects is told
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
        execution_options={"compiled_cache": _COMPILED["sqlite"]},
    )

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: object) -> None:
        raw.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            f"busy_timeout={SQLITE_BUSY_MS if waits else 0}",
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(conn: Connection) -> None:
        if begin == "BEGIN":
            # Takes no lock, so it cannot fail: the statement's whole machinery would be half of a short read.
            conn.connection.cursor().execute(begin)
        elif begin is not None:
            conn.exec_driver_sql(begin)

    return engine
