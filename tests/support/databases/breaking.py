"""Break books on purpose, as the owner of the database could."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from sqlalchemy import Connection

from mock_partners.bank.core.migrations import guards
from tests.support.databases.keeping import keep
from tests.support.houses.core import TestBank


@contextmanager
def unguarded(conn: Connection) -> Iterator[None]:
    """Let this transaction change what the guards keep, as the owner of the database can. They are back at its end."""
    guards.drop(conn)
    yield
    guards.install(conn)


def force(bank: TestBank, statement: str) -> None:
    """Run raw SQL on the SQLite file after every trigger was dropped and every check turned off."""
    with closing(sqlite3.connect(bank.store.url.removeprefix("sqlite:///"), isolation_level=None)) as session:
        for (name,) in session.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            session.execute(f"DROP TRIGGER {name}")
        session.execute("PRAGMA ignore_check_constraints = ON")
        session.execute(statement)


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
