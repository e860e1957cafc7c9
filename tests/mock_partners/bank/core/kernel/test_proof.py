"""A rule in Python is reported as one in SQL is."""

from __future__ import annotations

import pytest

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import SHOWN_BREACHES, Breach, ComputedProof, Pair, Proof, prove
from partner_adapters.kit.durable.store import Store

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
        [Breach(subject="c00", left_side=0, right_side=0)] if pairs is DIFFERING else []
    )
