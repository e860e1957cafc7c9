"""The proof of the books: every invariant as a query with both sides, empty where it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from partner_adapters.terms.wire import Wire

SHOWN_BREACHES = 20


@dataclass(frozen=True)
class Proof:
    """`query` takes `:bank_id` and selects (subject, left_side, right_side) for everything that breaks the rule."""

    name: str
    query: str


class Breach(Wire):
    """Where an invariant does not hold: whose, and both sides, in fen or as counts."""

    subject: str
    left_side: int
    right_side: int


class Proven(Wire):
    name: str
    holds: bool
    breaches: list[Breach] = []
    """The first twenty."""


class ProofReport(Wire):
    bank_id: str
    holds: bool
    items: list[Proven]


def prove(conn: Connection, bank_id: str, proofs: Sequence[Proof]) -> ProofReport:
    """Run every query on one snapshot."""
    items = [_proven(conn, bank_id, proof) for proof in proofs]
    return ProofReport(bank_id=bank_id, holds=all(item.holds for item in items), items=items)


def _proven(conn: Connection, bank_id: str, proof: Proof) -> Proven:
    rows = conn.execute(text(proof.query), {"bank_id": bank_id}).fetchmany(SHOWN_BREACHES)
    breaches = [Breach(subject=str(s), left_side=int(left), right_side=int(right)) for s, left, right in rows]
    return Proven(name=proof.name, holds=not breaches, breaches=breaches)
