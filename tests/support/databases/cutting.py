"""Databases that misbehave at a chosen moment. A PostgreSQL connection is cut, or another connection locks an
SQLite file.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from sqlalchemy import event, make_url

from partner_adapters.kit.durable.store import Store

Moment = Literal["midway", "at_commit", "after_commit"]
CUT_EVERY_S = 0.005
UNDER_WAY = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
"""


@dataclass
class Cut:
    """`happened` once the connection is gone."""

    happened: bool = False


@contextmanager
def cut(store: Store, moment: Moment, statement: str) -> Iterator[Cut]:
    """Cut the connection of the next transaction with a statement that begins with `statement`, once.

    `midway`: when the statement is sent.

    `at_commit`: before the COMMIT.

    `after_commit`: the COMMIT is done, but its answer is lost.
    """
    engine, done = store._writer, Cut()
    doomed: set[Any] = set()
    commit = engine.dialect.do_commit

    def end(raw: Any) -> None:
        done.happened = True
        with psycopg.connect(_address(store.url), autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", [raw.info.backend_pid])

    def sending(_conn: Any, cursor: Any, sql: str, *_rest: Any) -> None:
        if sql.startswith(statement) and not done.happened:
            doomed.add(cursor.connection)
            if moment == "midway":
                end(cursor.connection)

    def committing(pooled: Any) -> None:
        raw = pooled.dbapi_connection
        hit = raw in doomed and not done.happened
        if hit and moment == "at_commit":
            end(raw)
        commit(pooled)
        if hit and moment == "after_commit":
            end(raw)
            raw.execute("SELECT 1")  # raises what the lost answer would have raised

    event.listen(engine, "before_cursor_execute", sending)
    engine.dialect.do_commit = committing  # type: ignore[method-assign]
    try:
        yield done
    finally:
        event.remove(engine, "before_cursor_execute", sending)
        engine.dialect.do_commit = commit  # type: ignore[method-assign]


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold the write lock of the SQLite file meanwhile, on another connection."""
    with closing(sqlite3.connect(str(make_url(url).database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def cutting(url: str) -> Iterator[None]:
    """Every transaction of the PostgreSQL database that is seen under way is cut meanwhile."""
    enough = threading.Event()

    def work() -> None:
        with psycopg.connect(_address(url), autocommit=True) as admin:
            while not enough.wait(CUT_EVERY_S):
                admin.execute(UNDER_WAY)

    thread = threading.Thread(target=work, name="cutting")
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


def away(url: str) -> AbstractContextManager[None]:
    """The database of this URL does not serve its program meanwhile."""
    return cutting(url) if url.startswith("postgresql") else locked(url)


def _address(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")
