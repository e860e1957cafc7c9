"""Thieves with one kind of access each, and whether their cheats are refused, named by the proof, or stay silent."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum

from sqlalchemy import Connection, Engine, StaticPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import Rule, prove
from mock_partners.bank.core.schema import metadata
from tests.support.databases.cheats import Cheat


class Outcome(StrEnum):
    """`NO_EFFECT`: the statement matched no row. `UNSHOWN`: a breach shows two equal sides."""

    REFUSED = "refused"
    NAMED = "named"
    UNSHOWN = "named with equal sides"
    NO_EFFECT = "no effect"
    SILENT = "silent"


class Proving:
    """The proof of some banks, rule after rule until one names the cheat.

    Rules that named earlier cheats on the same table come first: most of a run is waiting for the proof.
    """

    def __init__(self, contexts: Sequence[Context], rules: Sequence[Rule]) -> None:
        self._all = [(context, rule) for context in contexts for rule in rules]
        self._telling = defaultdict[str, list[tuple[Context, Rule]]](list)

    def outcome(self, conn: Connection, table: str) -> Outcome:
        telling, found = self._telling[table], Outcome.SILENT
        for context, rule in [*telling, *(each for each in self._all if each not in telling)]:
            breaches = prove(conn, context, [rule]).items[0].breaches
            if any(breach.left_side != breach.right_side for breach in breaches):
                if (context, rule) not in telling:
                    telling.append((context, rule))
                return Outcome.NAMED
            found = Outcome.UNSHOWN if breaches else found
        return found


class Thief:
    """A user who may insert, change and delete every row, and tries each cheat in a transaction that is rolled back.

    SQLite: a raw session on the file, with the driver's defaults. PostgreSQL: more rights than the core's own user has.
    """

    def __init__(self, conn: Connection, proving: Proving) -> None:
        self.conn, self._proving = conn, proving

    def attempt(self, cheat: Cheat) -> Outcome:
        """Return what comes of the cheat. The database is as before afterwards."""
        is_file = self.conn.dialect.name == "sqlite"
        self.conn.exec_driver_sql("BEGIN" if is_file else "SAVEPOINT cheat")
        try:
            return self._attempt(cheat)
        finally:
            self.conn.exec_driver_sql("ROLLBACK" if is_file else "ROLLBACK TO SAVEPOINT cheat")

    def _attempt(self, cheat: Cheat) -> Outcome:
        try:
            with self.access(cheat.table):
                rows = self._execute(cheat)
        except DBAPIError:
            return Outcome.REFUSED
        return self._proving.outcome(self.conn, cheat.table) if rows else Outcome.NO_EFFECT

    def _execute(self, cheat: Cheat) -> int:
        return self.conn.execute(cheat.statement).rowcount

    @contextmanager
    def access(self, table: str) -> Iterator[None]:
        """Give the rights of this person meanwhile. They leave everything but the rows as it was."""
        yield


class Shadowing(Thief):
    """A user whose session has an empty temporary table of each name, so that a check might find nothing there."""

    def __init__(self, conn: Connection, proving: Proving) -> None:
        super().__init__(conn, proving)
        self._is_file = conn.dialect.name == "sqlite"
        if not self._is_file:  # the proof there reads no temporary table
            self._create()

    @contextmanager
    def access(self, table: str) -> Iterator[None]:
        if self._is_file:
            self._create()
        yield
        if self._is_file:
            for name in metadata.tables:
                self.conn.exec_driver_sql(f"DROP TABLE temp.{name}")

    def _create(self) -> None:
        for name in metadata.tables:
            copied = f"CREATE TEMP TABLE {name} AS SELECT * FROM {self._schema}.{name} LIMIT 0"  # noqa: S608
            self.conn.exec_driver_sql(copied)

    def _execute(self, cheat: Cheat) -> int:
        options = {"schema_translate_map": {None: self._schema}}
        return self.conn.execute(cheat.statement, execution_options=options).rowcount

    @property
    def _schema(self) -> str:
        return "main" if self._is_file else "public"


class FileOwner(Thief):
    """A raw session that drops the triggers of the table meanwhile."""

    @contextmanager
    def access(self, table: str) -> Iterator[None]:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
        triggers = self.conn.exec_driver_sql(query, (table,)).all()
        for name, _ in triggers:
            self.conn.exec_driver_sql(f"DROP TRIGGER {name}")
        yield
        for _, sql in triggers:
            self.conn.exec_driver_sql(sql)


class DatabaseOwner(Thief):
    """The owner on PostgreSQL: triggers and references of the table are off meanwhile, those that always fire too."""

    @contextmanager
    def access(self, table: str) -> Iterator[None]:
        query = "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(:t) AND tgenabled = 'A'"
        always = self.conn.execute(text(query), {"t": table}).scalars().all()
        for name in always:
            self.conn.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        self.conn.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield
        self.conn.exec_driver_sql("SET LOCAL session_replication_role = origin")
        for name in always:
            self.conn.exec_driver_sql(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def raw_engine(url: str) -> Engine:
    """Return an engine that begins no transaction by itself. SQLite: over one session, as the driver gives it."""
    if not url.startswith("sqlite"):
        return create_engine(url)

    def raw_session() -> sqlite3.Connection:
        return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)

    return create_engine("sqlite://", creator=raw_session, poolclass=StaticPool)
