"""Migrate a database's schema: all missing steps in one transaction, forwards only, by one process at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from partner_adapters.kit.durable.private_files import DatabaseRefused
from partner_adapters.kit.durable.store import Store

T = TypeVar("T")
_INSUFFICIENT_PRIVILEGE = "42501"


def _no_guards(_conn: Connection) -> None:
    """Do nothing. Most schemas have no guards."""


@dataclass(frozen=True)
class Migrations:
    """An Alembic folder. `lock`: the number of a PostgreSQL advisory lock that only this schema's migrations take.

    `drop_guards` and `install_guards` run before and after the steps, in their transaction: for triggers that would
    hinder a step, and that follow the newest schema. A database at the newest step is given to `install_guards` too.
    """

    folder: Path
    lock: int
    drop_guards: Callable[[Connection], None] = _no_guards
    install_guards: Callable[[Connection], None] = _no_guards

    def migrate(self, url: str) -> None:
        """Run every missing step. Other processes that start at the same time wait. Raises `DatabaseRefused`."""
        store = Store(url)
        try:
            with self._alone(store), _permitted():
                store.write_now(self.upgrade)
        finally:
            store.close()

    def upgrade(self, conn: Connection, to: str = "head") -> None:
        """Run all steps up to `to` in the caller's transaction. Raises `DatabaseRefused`."""
        steps = _steps(self.folder)
        current = set(MigrationContext.configure(conn).get_current_heads())
        newest = steps.get_current_head()
        for unknown in current - {step.revision for step in steps.walk_revisions()}:
            raise DatabaseRefused(
                f"The database's schema is at step {unknown}, which this version does not know: its newest is "
                f"{newest}. Start the version that made it, or restore a backup from before."
            )
        if to == "head" and current == {newest}:
            self.install_guards(conn)
            return
        self.drop_guards(conn)
        config = Config()
        config.set_main_option("script_location", str(self.folder))
        config.attributes["connection"] = conn
        command.upgrade(config, to)
        if to == "head":
            self.install_guards(conn)

    def rehearse(self, url: str, work: Callable[[Connection], T]) -> T:
        """Return what `work` returns. It runs in a transaction that is rolled back, while no other process migrates.

        Raises `DatabaseRefused`.
        """

        def undone(conn: Connection) -> T:
            with conn.begin_nested() as trial:
                result = work(conn)
                trial.rollback()
            return result

        store = Store(url)
        try:
            with self._alone(store):
                return store.write_now(undone)
        finally:
            store.close()

    @contextmanager
    def _alone(self, store: Store) -> Iterator[None]:
        if store.is_sqlite:  # BEGIN IMMEDIATE of the writing transaction is the lock
            with _reachable():
                store.read_now(lambda conn: conn.execute(text("SELECT 1")))
            yield
            return
        engine = create_engine(store.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with _reachable():
            conn = engine.connect()
        with conn:
            conn.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": self.lock})
            yield


@contextmanager
def _permitted() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _INSUFFICIENT_PRIVILEGE:
            raise
        raise DatabaseRefused(
            "The database's schema or its guards are not this version's, and this user may not change them. "
            "Migrate the database as its owner first."
        ) from error


@cache
def _steps(folder: Path) -> ScriptDirectory:
    return ScriptDirectory(str(folder))


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise DatabaseRefused(f"The database cannot be opened: {reason}") from error
