"""One database of one party: commands are plain functions over a `Connection`, run in one thread hop.

SQLite: one writer (`BEGIN IMMEDIATE`, WAL, `synchronous=FULL`) and one reader a file. PostgreSQL: a pool,
SERIALIZABLE writes that are run again when the database says two of them crossed. A command may therefore
run more than once before it commits, so it does nothing but use its connection: no network, no clock of its own.
"""

from __future__ import annotations

import asyncio
import contextvars
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from partner_adapters.durable.crash_points import reached

POSTGRES_CONNECTIONS = 8
CROSSED_ATTEMPTS = 12
"""How often a write is run again after crossing another; each waits up to 20 ms × its number first."""
SQLITE_BUSY_MS = 5_000
"""Only another process can hold the write lock: wait for it this long before the error."""
T = TypeVar("T")
_JITTER = random.SystemRandom()
_CROSSED = frozenset({"40001", "40P01"})
_UNIQUE_VIOLATION = "23505"
UNIQUE_ATTEMPTS = 3
"""PostgreSQL may report a crossing as a duplicate key: run again, the command now sees the other's row. A duplicate
of the command's own making stays one."""


class Store:
    """Transactions on one database URL (`sqlite:///file` or `postgresql+psycopg://…`).

    An error of the database does not repeat the values of its statement: it ends in a log.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer, self._reader = _sqlite(url, "BEGIN IMMEDIATE"), _sqlite(url, "BEGIN")
        else:
            self._writer = _postgres(url, "SERIALIZABLE")
            self._reader = self._writer.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        threads = 1 if self.is_sqlite else POSTGRES_CONNECTIONS
        self._write_threads = ThreadPoolExecutor(threads, "write")
        self._read_threads = ThreadPoolExecutor(threads, "read")

    async def write(self, command: Callable[[Connection], T], name: str = "") -> T:
        """Run `command` in one transaction; committed when this returns, undone when it raises.

        A transaction with a `name` passes the crash points before and after its commit, with the name as subject.
        """
        if not name:
            return await _hop(self._write_threads, lambda: self.write_now(command))

        def watched(conn: Connection) -> T:
            done = command(conn)
            reached("before_commit", name)
            return done

        result = await _hop(self._write_threads, lambda: self.write_now(watched))
        reached("after_commit", name)
        return result

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run `query` over one consistent snapshot."""
        return await _hop(self._read_threads, lambda: self.read_now(query))

    def write_now(self, command: Callable[[Connection], T]) -> T:
        """`write` for callers that are already on a thread of their own: migrations, seeds, proofs."""
        for attempt in range(1, CROSSED_ATTEMPTS + 1):
            try:
                with self._writer.begin() as conn:
                    return command(conn)
            except DBAPIError as error:
                if attempt == CROSSED_ATTEMPTS or not _crossed(error, attempt):
                    raise
                time.sleep(_JITTER.uniform(0, 0.02) * attempt)
        raise AssertionError("unreachable")

    def read_now(self, query: Callable[[Connection], T]) -> T:
        """`read` for callers that are already on a thread of their own."""
        with self._reader.connect() as conn, conn.begin():
            return query(conn)

    def close(self) -> None:
        """Wait for running transactions, then close every connection."""
        self._write_threads.shutdown(wait=True)
        self._read_threads.shutdown(wait=True)
        self._writer.dispose()
        self._reader.dispose()


async def _hop(threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(threads, context.run, work)


def _crossed(error: DBAPIError, attempt: int) -> bool:
    sqlstate = getattr(error.orig, "sqlstate", None)
    if sqlstate in _CROSSED or (sqlstate == _UNIQUE_VIOLATION and attempt <= UNIQUE_ATTEMPTS):
        return True
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)


def _postgres(url: str, isolation: Any) -> Engine:
    return create_engine(
        url,
        isolation_level=isolation,
        pool_size=POSTGRES_CONNECTIONS,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
    )


def _sqlite(url: str, begin: str) -> Engine:
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
    )

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: object) -> None:
        raw.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            f"busy_timeout={SQLITE_BUSY_MS}",
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(conn: Connection) -> None:
        conn.exec_driver_sql(begin)

    return engine
