"""One database of one party: commands are plain functions over a `Connection`, run on the store's own threads.

SQLite has one writer (`BEGIN IMMEDIATE`, WAL, `synchronous=FULL`) and one reader for each file. PostgreSQL has a
connection pool. There, writes that name the same queue run one after another on all nodes, and a write that names none
is SERIALIZABLE. A write is retried if PostgreSQL reports a conflict with another one, or if the connection was cut
before the commit. A command may therefore run more than once before it commits. It may use only its connection: no
network, and no clock but the one it is given. If the database stays busy, disconnected or unavailable, `DatabaseAway`
is raised.
"""

from __future__ import annotations

import asyncio
import contextvars
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    contextmanager,
    nullcontext,
    suppress,
)
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.util import LRUCache

from partner_adapters.kit.durable.crash_points import reached
from partner_adapters.kit.durable.keyed_read import KeyedRead, KeyedReader, PostgresReader, SqliteReader
from partner_adapters.kit.durable.private_files import prepare_database
from partner_adapters.kit.observed import spans

POSTGRES_CONNECTIONS = 8
# More than all statements of all parties. Beyond it, the least recently used statement would be compiled again.
MOST_COMPILED = 2_000
# A transaction that conflicts with others is run at most this often. Each retry first waits up to 20 ms × the number
# of attempts so far.
CROSSED_ATTEMPTS = 12
# How long SQLite waits for the write lock before the error. Only another process can hold it.
SQLITE_BUSY_MS = 5_000
# How often a transaction is run again after its connection was cut before the commit.
CUT_ATTEMPTS = 3
# A named transaction that has waited longer than this for a thread is not begun. By then its caller has been answered
# that the outcome is unknown, and relies on it that nothing happens more than a minute after the request.
COMMAND_WAITS_S = 20.0
# How long a transaction of PostgreSQL waits for a lock of another one: for its turn in a queue, or for a row.
LOCK_WAITS_MS = 10_000
# The first SQLite with STRICT tables.
OLDEST_SQLITE = (3, 37)
# SQLite's messages for a disk that is full or broken.
_NO_ROOM = ("disk is full", "disk I/O error")
T = TypeVar("T")
_JITTER = random.SystemRandom()
# serialization_failure, deadlock_detected
_CROSSED = frozenset({"40001", "40P01"})
_UNIQUE_VIOLATION = "23505"
_READ_ONLY_TRANSACTION = "25006"
# PostgreSQL may report a conflict as a duplicate key. Run again, the command sees the row of the other transaction. A
# duplicate that the command causes itself is raised after this many retries.
UNIQUE_ATTEMPTS = 3
_ENTER_QUEUE = "SELECT pg_advisory_lock(hashtextextended(%(queue)s, 0))"
_LEAVE_QUEUE = "SELECT pg_advisory_unlock_all()"


class _CompiledStatements(LRUCache[Any, Any]):
    """Cache of compiled statements for one kind of database, shared by all its engines.

    SQLAlchemy's key begins with the engine's own dialect object, which is left out here. All our engines of one kind
    have equal dialects.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


# Writers and readers of all stores run the same statements: each is compiled once in a process for each backend.
_COMPILED = {backend: _CompiledStatements(MOST_COMPILED) for backend in ("sqlite", "postgresql")}


class Watcher(Protocol):
    """What a store calls around its statements, with the arguments of SQLAlchemy's events for a connection.

    `before` returns the statement to execute and its parameters.
    """

    def before(
        self, conn: Connection, statement: Any, many: Sequence[Any], one: Mapping[str, Any], options: Any, /
    ) -> tuple[Any, Sequence[Any], Mapping[str, Any]]: ...

    def after(
        self,
        conn: Connection,
        statement: Any,
        many: Sequence[Any],
        one: Mapping[str, Any],
        options: Any,
        result: Any,
        /,
    ) -> None: ...

    def before_commit(self, conn: Connection, /) -> None: ...

    def before_rollback(self, conn: Connection, /) -> None: ...


class DatabaseAway(Exception):
    """The database is busy, disconnected, full or unavailable. Nothing was committed, unless `maybe_committed`."""

    def __init__(self, reason: str, maybe_committed: bool = False) -> None:
        super().__init__(reason)
        self.maybe_committed = maybe_committed


class Store:
    """Transactions on one database, given by its URL (`sqlite:///file` or `postgresql+psycopg://…`).

    A database error does not contain the values of its statement, because errors are logged.
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
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def write(
        self,
        command: Callable[[Connection], T],
        name: str = "",
        *,
        queue: str = "",
        repeatable: bool = False,
    ) -> T:
        """Run `command` in one transaction and return its result. An exception rolls the transaction back.

        A transaction with a `name` passes the crash points before and after its commit, with the name as subject. It is
        not begun after waiting longer than `COMMAND_WAITS_S` for its turn. `repeatable` states that the command detects
        its own earlier effect. It is then run again even if the connection was cut during the commit. Raises
        `DatabaseAway`.

        `queue` names the one subject, such as a customer, on whose rows the command's decisions rest. Commands of one
        queue never overlap. Rows that others may write too must be kept right by a constraint or by one statement.
        """
        if not name:
            work = partial(self.write_now, command, queue=queue, repeatable=repeatable)
            async with self._turn(queue):
                return await _hop(self._write_threads, work, "write")
        latest = time.monotonic() + COMMAND_WAITS_S

        def watched(conn: Connection) -> T:
            result = command(conn)
            reached("before_commit", name)
            return result

        def in_turn() -> T:
            if time.monotonic() > latest:
                raise DatabaseAway("waited too long for its turn")
            return self.write_now(watched, queue=queue, repeatable=repeatable)

        async with self._turn(queue):
            result = await _hop(self._write_threads, in_turn, f"write {name}")
        reached("after_commit", name)
        return result

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run `query` on one consistent snapshot and return its result. Raises `DatabaseAway`."""
        return await _hop(self._read_threads, lambda: self.read_now(query), "read")

    async def read_by_key(self, read: KeyedRead, values: Mapping[str, Any]) -> Sequence[Any]:
        """Return the rows that `Store.read` would return, in a tenth of the time. Raises `DatabaseAway`."""
        with spans.part("keyed read"):
            rows = await self._keyed.rows(read, values)
        if rows is not None:
            return rows
        return await self.read(lambda conn: conn.execute(read.statement, values).all())

    def write_now(
        self, command: Callable[[Connection], T], *, queue: str = "", repeatable: bool = False
    ) -> T:
        """Run a command as `write` does, but on the caller's own thread: for migrations, seeds and proofs."""
        if queue and not self.is_sqlite:
            return _until_done(partial(_begin_in_queue, self._writer, queue), command, repeatable)
        return _until_done(self._writer.begin, command, repeatable)

    def read_now(self, query: Callable[[Connection], T]) -> T:
        """Run a query as `read` does, but on the caller's own thread."""
        return _until_done(self._reader.begin, query, repeatable=True)

    def watch(self, watcher: Watcher) -> None:
        """Call the watcher around every statement of each write, and before its transaction ends."""
        event.listen(self._writer, "before_execute", watcher.before, retval=True)
        event.listen(self._writer, "after_execute", watcher.after)
        event.listen(self._writer, "commit", watcher.before_commit)
        event.listen(self._writer, "rollback", watcher.before_rollback)

    def when_released(self, call: Callable[[dict[Any, Any]], None]) -> None:
        """Call with the notes of a write's connection (`conn.info`) each time its transaction has ended, on any thread.

        A watcher hears of a commit before it. This is after it, or after a rollback.
        """

        def released(_raw: object, record: Any) -> None:
            call(record.info)

        event.listen(self._writer, "checkin", released)

    def _turn(self, queue: str) -> AbstractAsyncContextManager[Any]:
        """Wait for the queue's earlier writes of this process, without holding a thread or a connection."""
        if not queue or self.is_sqlite:
            return nullcontext()
        return self._turns.setdefault(queue, asyncio.Lock())

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


@contextmanager
def _begin_in_queue(engine: Engine, queue: str) -> Iterator[Connection]:
    """Begin a transaction on PostgreSQL that overlaps with no other one of this queue, on any node."""
    with engine.connect() as conn:
        conn.execution_options(isolation_level="AUTOCOMMIT")
        # A lock of the session, before the transaction: a lock taken inside would come after the snapshot, in which
        # the command would not see what the one before it in the queue has written.
        conn.exec_driver_sql(_ENTER_QUEUE, {"queue": queue})
        conn.commit()
        try:
            # Not SERIALIZABLE: its predicate locks are pages of indexes, so commands of different queues would conflict
            # wherever tables are small. An update of a row that another transaction changed meanwhile still fails.
            conn.execution_options(isolation_level="REPEATABLE READ")
            with conn.begin():
                yield conn
        finally:
            _leave_queue(conn)


def _leave_queue(conn: Connection) -> None:
    """Let the next one of the queue begin. A connection that cannot is closed, with the same effect."""
    if conn.invalidated:
        return
    try:
        conn.execution_options(isolation_level="AUTOCOMMIT")
        conn.exec_driver_sql(_LEAVE_QUEUE)
        conn.commit()
    except DBAPIError:  # the transaction has ended, so this changes nothing in its outcome
        conn.invalidate()


def _until_done(
    begin: Callable[[], AbstractContextManager[Connection]],
    work: Callable[[Connection], T],
    repeatable: bool,
) -> T:
    """Run `work` in a transaction, and retry it while that is safe and may help."""
    begun, maybe_committed = time.monotonic(), False
    for attempt in range(1, CROSSED_ATTEMPTS + 1):
        committing = False
        try:
            with begin() as conn:
                result = work(conn)
                committing = True
            return result
        except (DBAPIError, PoolExhausted) as error:
            cut = isinstance(error, DBAPIError) and error.connection_invalidated
            # A cut during the commit leaves the outcome unknown: only a repeatable command may then be run again.
            maybe_committed |= cut and committing
            may_help = _crossed(error, attempt) or (cut and attempt <= CUT_ATTEMPTS) or _busy(error, begun)
            if attempt == CROSSED_ATTEMPTS or not may_help or (maybe_committed and not repeatable):
                if is_away(error):
                    raise DatabaseAway(name_of(error), maybe_committed) from error
                raise
            time.sleep(_JITTER.uniform(0, 0.02) * attempt)
    raise AssertionError("unreachable")


def _crossed(error: Exception, attempt: int) -> bool:
    sqlstate = _sqlstate(error)
    return sqlstate in _CROSSED or (sqlstate == _UNIQUE_VIOLATION and attempt <= UNIQUE_ATTEMPTS)


def _busy(error: Exception, begun: float) -> bool:
    """Whether SQLite reported a lock without waiting for it, as it does while a file is being opened."""
    waited_ms = (time.monotonic() - begun) * 1000
    return _says(error, "database is locked") and waited_ms < SQLITE_BUSY_MS


def is_away(error: Exception) -> bool:
    """Whether the database is at fault and not the statement. SQLite calls a missing table operational too.

    A transaction that conflicted at each attempt counts, because it may succeed later.
    """
    if isinstance(error, PoolExhausted) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return True
    on_sqlite = isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.Error)
    if on_sqlite:
        return _says(error, "database is locked", *_NO_ROOM)
    return isinstance(error, OperationalError)


def _says(error: Exception, *texts: str) -> bool:
    return isinstance(error, OperationalError) and any(text in str(error.orig) for text in texts)


def name_of(error: Exception) -> str:
    """Return the error's class and SQLSTATE, without the statement, whose values are personal data."""
    return f"{type(getattr(error, 'orig', error)).__name__} {_sqlstate(error) or ''}".strip()


def _sqlstate(error: Exception) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def _postgres(url: str, isolation: Any) -> Engine:
    engine = create_engine(
        url,
        isolation_level=isolation,
        pool_size=POSTGRES_CONNECTIONS,
        max_overflow=0,
        hide_parameters=True,
        execution_options={"compiled_cache": _COMPILED["postgresql"]},
    )

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: object) -> None:
        # Without it a transaction would wait for ever behind a node that hangs, and answer nothing.
        raw.execute(f"SET lock_timeout = {LOCK_WAITS_MS}")
        # A date as text must not depend on a setting of the server.
        raw.execute("SET datestyle = ISO")
        raw.commit()

    @event.listens_for(engine, "handle_error")
    def replace(context: ExceptionContext) -> None:
        # A server that became a standby still answers. Its connections must go, or they would fail until a restart.
        if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY_TRANSACTION:
            context.is_disconnect = True

    return engine


def _sqlite(url: str, begin: str | None, waits: bool = True) -> Engine:
    """Return an engine for one connection. `begin` is what begins a transaction; None means autocommit."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(map(str, OLDEST_SQLITE))
        raise RuntimeError(f"SQLite {needed} or newer is needed; this Python has {sqlite3.sqlite_version}")
    path = make_url(url).database
    if not path or path == ":memory:":
        raise ValueError("the URL of an SQLite store must name a file: sqlite:///path/to/file.db")
    engine = create_engine(
        url,
        pool_size=1,
        max_overflow=0,
        connect_args={"check_same_thread": False},
        hide_parameters=True,
        execution_options={"compiled_cache": _COMPILED["sqlite"]},
    )

    @event.listens_for(engine, "do_connect")
    def make_private(*_how: object) -> None:
        with suppress(OSError):  # connecting then fails with its own error
            prepare_database(Path(path))

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
            # A plain BEGIN takes no lock and cannot fail. SQLAlchemy's error handling would be half the time of a read.
            conn.connection.cursor().execute(begin)
        elif begin is not None:
            conn.exec_driver_sql(begin)

    return engine
