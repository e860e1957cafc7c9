"""Break books on purpose, as the owner of the database could."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text

from mock_partners.bank.core.migrations import guards
from tests.support.databases.keeping import keep, triggers_silent
from tests.support.houses.core import TestBank


@contextmanager
def unguarded(conn: Connection) -> Iterator[None]:
    """Let this transaction change what the guards keep, as the owner of the database can. They are back at its end."""
    guards.drop(conn)
    yield
    guards.install(conn)


def force(bank: TestBank, *statements: str, sparing: str = "") -> None:
    """Run raw SQL without triggers, on SQLite without checks too. Each statement must change rows.

    The triggers are put back afterwards, so that the schema hides it. `sparing`: triggers of this name stay meanwhile.
    """
    if not bank.store.is_sqlite:
        with psycopg.connect(bank.store.url.replace("+psycopg", "")) as conn:
            conn.execute("SET session_replication_role = replica")
            with triggers_silent(conn):
                for statement in statements:
                    assert conn.execute(sql.SQL(statement)).rowcount > 0, statement
        return
    with closing(sqlite3.connect(bank.store.url.removeprefix("sqlite:///"), isolation_level=None)) as session:
        triggers = session.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name <> ?", [sparing]
        ).fetchall()
        session.execute("PRAGMA ignore_check_constraints = ON")
        for name, _ in triggers:
            session.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert session.execute(statement).rowcount > 0, statement
        for _, trigger in triggers:
            session.execute(trigger)


def as_owner(conn: Connection, table: str, statement: str) -> None:
    """Run a statement without the table's triggers, in either database, and put them back."""
    silence, restore = (_on_postgresql if conn.dialect.name == "postgresql" else _on_sqlite)(conn, table)
    for command in (*silence, statement, *restore):
        changed = conn.execution_options(no_parameters=True).exec_driver_sql(command).rowcount
        assert command != statement or changed > 0, statement


def _on_postgresql(conn: Connection, table: str) -> tuple[list[str], list[str]]:
    query = text("SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(:table) AND tgenabled = 'A'")
    always = conn.execute(query, {"table": table}).scalars().all()
    enabled = [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for name in always]
    return [f"ALTER TABLE {table} DISABLE TRIGGER ALL"], [f"ALTER TABLE {table} ENABLE TRIGGER ALL", *enabled]


def _on_sqlite(conn: Connection, table: str) -> tuple[list[str], list[str]]:
    query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    triggers = conn.execute(query, {"table": table}).all()
    return [f"DROP TRIGGER {name}" for name, _ in triggers], [sql for _, sql in triggers]


async def seen(bank: TestBank, breaches: Sequence[tuple[str, str]]) -> None:
    """Check that each rule holds, and that the proof names what differs after its statement. All is put back."""
    await bank.prove()
    whole, kept = await bank.proof(), keep(bank.store.url)
    for statement, name in breaches:
        [before] = [item for item in whole.items if item.name == name]
        assert before.compared > 0, f"{name} compares nothing: it would hold whatever was done"
        assert before.left_side == before.right_side, name
        force(bank, statement)
        report = await bank.proof()
        [item] = [item for item in report.items if item.name == name]
        assert not report.holds, (name, statement)
        assert item.breaches, (name, statement)
        assert all(breach.left_side != breach.right_side for breach in item.breaches), (name, statement)
        assert (await bank.proof("haian")).holds, (name, statement)
        kept.give_back()
    await bank.prove()
