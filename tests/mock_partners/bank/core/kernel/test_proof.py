"""How rules are reported: in Python as in SQL, and those that fail too."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import (
    SHOWN_BREACHES,
    Breach,
    ComputedProof,
    Pair,
    Proof,
    Rule,
    prove,
)
from partner_adapters.kit.durable.store import DatabaseAway, Store

HOLDING: list[Pair] = [("a", 3, 3), ("b", 0, 0)]
DIFFERING: list[Pair] = [*HOLDING, *((f"c{n:02}", n, None) for n in range(SHOWN_BREACHES + 5))]


@pytest.mark.parametrize("pairs", [[], HOLDING, DIFFERING], ids=["none", "holding", "differing"])
def test_a_rule_in_python_is_reported_as_one_in_sql(
    database_url: str, ctx: Context, pairs: list[Pair]
) -> None:
    rows = [
        f"SELECT '{subject}', {left}, {right if right is not None else 'NULL'}"
        for subject, left, right in pairs
    ]
    query = (
        " UNION ALL ".join(f"{row} WHERE :bank_id = 'hzw'" for row in rows)
        or "SELECT :bank_id, 0, 0 WHERE 1 = 0"
    )
    rules = (Proof("rule", query), ComputedProof("rule", lambda _conn, _ctx: reversed(pairs)))
    store = Store(database_url)
    report = store.read_now(lambda conn: prove(conn, ctx, rules))
    store.close()
    in_sql, in_python = report.items
    assert in_python == in_sql
    assert (in_sql.compared, in_sql.holds) == (len(pairs), pairs is not DIFFERING)
    assert in_sql.breaches[:1] == (
        [Breach(subject="c00", left_side=0, right_side=None)] if pairs is DIFFERING else []
    )


def begun_and_failed(_conn: Connection, _ctx: Context) -> Iterator[Pair]:
    yield HOLDING[0]
    raise OverflowError


@pytest.mark.parametrize(
    "rule",
    [Proof("rule", "SELECT :bank_id, 1, 1 FROM no_such_table"), ComputedProof("rule", begun_and_failed)],
    ids=["in SQL", "in Python"],
)
def test_a_rule_that_fails_is_broken_and_the_others_are_read(
    database_url: str, ctx: Context, rule: Rule
) -> None:
    other = Proof("other", "SELECT :bank_id, 1, 1")
    store = Store(database_url)
    report = store.read_now(lambda conn: prove(conn, ctx, [rule, other, rule, other]))
    store.close()
    assert [item.holds for item in report.items] == [False, True, False, True]
    [breach] = report.items[0].breaches
    assert breach.subject.startswith("not compared: ")
    assert breach.left_side != breach.right_side


def test_a_database_that_is_away_breaks_no_rule(database_url: str, ctx: Context) -> None:
    def fail(_conn: Connection, _ctx: Context) -> Iterator[Pair]:
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("database or disk is full"))

    store = Store(database_url)
    with pytest.raises(DatabaseAway):
        store.read_now(lambda conn: prove(conn, ctx, [ComputedProof("rule", fail)]))
    store.close()
