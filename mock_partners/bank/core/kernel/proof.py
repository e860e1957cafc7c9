"""The proof of the books: each rule is a query that returns two sides, which are equal where the rule holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from partner_adapters.kit.values.wire import Wire

SHOWN_BREACHES = 20
_PAIRS = "WITH pair (subject, left_side, right_side) AS ({query}) "
_SIDES = """
    SELECT COUNT(*), COALESCE(SUM(left_side), 0), COALESCE(SUM(right_side), 0),
           COALESCE(SUM(CASE WHEN left_side IS DISTINCT FROM right_side THEN 1 ELSE 0 END), 0)
    FROM pair
"""
_BREACHES = """
    SELECT subject, COALESCE(left_side, 0), COALESCE(right_side, 0) FROM pair
    WHERE left_side IS DISTINCT FROM right_side ORDER BY subject LIMIT :shown
"""


@dataclass(frozen=True)
class Proof:
    """A rule. `query` takes `:bank_id` and selects (subject, left_side, right_side) for each pair to compare."""

    name: str
    query: str


class Breach(Wire):
    """A pair that differs: what it is about, and both sides, in fen or as counts."""

    subject: str
    left_side: int
    right_side: int


class Proven(Wire):
    """The result of one rule. `compared` is the number of pairs, `left_side` and `right_side` are their sums."""

    name: str
    holds: bool
    compared: int
    left_side: int
    right_side: int
    breaches: list[Breach] = []
    """The first twenty pairs that differ."""


class ProofReport(Wire):
    """The results of all rules for one bank. `holds`: whether all of them hold."""

    bank_id: str
    holds: bool
    items: list[Proven]


def prove(conn: Connection, bank_id: str, proofs: Sequence[Proof]) -> ProofReport:
    """Run every rule on the snapshot of this transaction."""
    items = [_proven(conn, bank_id, proof) for proof in proofs]
    return ProofReport(bank_id=bank_id, holds=all(item.holds for item in items), items=items)


def _proven(conn: Connection, bank_id: str, proof: Proof) -> Proven:
    pairs, values = _PAIRS.format(query=proof.query), {"bank_id": bank_id, "shown": SHOWN_BREACHES}
    compared, left, right, differing = map(int, conn.execute(text(pairs + _SIDES), values).one())
    rows = conn.execute(text(pairs + _BREACHES), values).all() if differing else []
    return Proven(
        name=proof.name,
        holds=not differing,
        compared=compared,
        left_side=left,
        right_side=right,
        breaches=[
            Breach(subject=str(subject), left_side=int(left_side), right_side=int(right_side))
            for subject, left_side, right_side in rows
        ],
    )
