"""Books broken on purpose: what somebody who owns the database could write into it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.core_bank import TestBank


def force(bank: TestBank, statement: str) -> None:
    """Raw SQL into the SQLite file after every trigger was dropped and every check turned off."""
    with closing(sqlite3.connect(bank.store.url.removeprefix("sqlite:///"), isolation_level=None)) as session:
        for (name,) in session.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            session.execute(f"DROP TRIGGER {name}")
        session.execute("PRAGMA ignore_check_constraints = ON")
        session.execute(statement)


async def seen(bank: TestBank, statement: str, name: str) -> None:
    """The proof compares something by this rule, which holds; after the statement it names what differs."""
    [before] = [item for item in (await bank.proof()).items if item.name == name]
    assert before.holds
    assert before.compared > 0, "a rule that compares nothing would hold whatever was done"
    assert before.left_side == before.right_side
    force(bank, statement)
    report = await bank.proof()
    [item] = [item for item in report.items if item.name == name]
    assert not report.holds
    assert not item.holds
    assert item.breaches
    assert all(breach.left_side != breach.right_side for breach in item.breaches)
    assert (await bank.proof("haian")).holds
