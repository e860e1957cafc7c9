"""The proof of the books: each rule returns pairs of two sides, which are equal where the rule holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, text

from mock_partners.bank.core.kernel.context import Context
from partner_adapters.kit.durable.store import is_away, name_of
from partner_adapters.kit.values.wire import Wire
from partner_adapters.kit.web.logs import log

SHOWN_BREACHES = 20
_PAIRS = "WITH pair (subject, left_side, right_side) AS ({query}) "
_SIDES = """
    SELECT COUNT(*), COALESCE(SUM(left_side), 0), COALESCE(SUM(right_side), 0),
           COALESCE(SUM(CASE WHEN left_side IS DISTINCT FROM right_side THEN 1 ELSE 0 END), 0)
    FROM pair
"""
_BREACHES = """
    SELECT subject, left_side, right_side FROM pair
    WHERE left_side IS DISTINCT FROM right_side ORDER BY subject LIMIT :shown
"""
# One savepoint serves every rule: they only read, so nothing is lost by going back before all of them.
_BEFORE_THE_RULES = text("SAVEPOINT before_the_rules")
_BACK_BEFORE_THE_RULES = text("ROLLBACK TO SAVEPOINT before_the_rules")


@dataclass(frozen=True)
class Proof:
    """A rule. `query` takes `:bank_id` and selects (subject, left_side, right_side) for each pair to compare."""

    name: str
    query: str


# What a pair is about, and its sides, in fen or as counts. None differs from every number.
Pair = tuple[str, int | None, int | None]


@dataclass(frozen=True)
class ComputedProof:
    """A rule that needs Python: `pairs` reads what it needs in the proof's transaction, and returns every pair."""

    name: str
    pairs: Callable[[Connection, Context], Iterable[Pair]]


Rule = Proof | ComputedProof


class Breach(Wire):
    """A pair that differs: what it is about, and both sides, in fen or as counts. A side that is missing is null."""

    subject: str
    left_side: int | None
    right_side: int | None


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


def prove(conn: Connection, ctx: Context, rules: Sequence[Rule]) -> ProofReport:
    """Run every rule for the context's bank, on the snapshot of this transaction.

    A rule that cannot read what a thief wrote does not hold. It must not keep the others from being read.
    """
    pin_search_path(conn)
    if conn.dialect.name == "postgresql":
        conn.execute(_BEFORE_THE_RULES)
    items = [_prove_rule(conn, ctx, rule) for rule in rules]
    return ProofReport(bank_id=ctx.bank_id, holds=all(item.holds for item in items), items=items)


def pin_search_path(conn: Connection) -> None:
    """Let names mean the real tables for the rest of this transaction.

    On PostgreSQL a temporary table, or a schema that a role's settings put first, could stand in for one.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(text("SET LOCAL search_path = pg_catalog, public, pg_temp"))


def _prove_rule(conn: Connection, ctx: Context, rule: Rule) -> Proven:
    try:
        return _query(conn, ctx.bank_id, rule) if isinstance(rule, Proof) else _compute(conn, ctx, rule)
    except Exception as error:
        if is_away(error):
            raise
        log.exception("proof.rule_failed", bank_id=ctx.bank_id, subject=rule.name)
        if conn.dialect.name == "postgresql":  # which runs nothing more after an error
            conn.execute(_BACK_BEFORE_THE_RULES)
        return _proven(rule.name, 0, 0, 0, [(f"not compared: {name_of(error)}", None, 1)])


def _query(conn: Connection, bank_id: str, proof: Proof) -> Proven:
    pairs, values = _PAIRS.format(query=proof.query), {"bank_id": bank_id, "shown": SHOWN_BREACHES}
    compared, left, right, differing = map(int, conn.execute(text(pairs + _SIDES), values).one())
    rows = conn.execute(text(pairs + _BREACHES), values).all() if differing else []
    breaches = [(str(row.subject), _side(row.left_side), _side(row.right_side)) for row in rows]
    return _proven(proof.name, compared, left, right, breaches)


def _side(value: Any) -> int | None:
    """Return one side of a pair. PostgreSQL gives a sum as a decimal."""
    return None if value is None else int(value)


def _compute(conn: Connection, ctx: Context, proof: ComputedProof) -> Proven:
    compared, left, right, differing = 0, 0, 0, list[Pair]()
    for pair in proof.pairs(conn, ctx):
        _, left_side, right_side = pair
        compared, left, right = compared + 1, left + (left_side or 0), right + (right_side or 0)
        if left_side != right_side:
            differing.append(pair)
    return _proven(proof.name, compared, left, right, sorted(differing, key=itemgetter(0))[:SHOWN_BREACHES])


def _proven(name: str, compared: int, left: int, right: int, differing: Sequence[Pair]) -> Proven:
    return Proven(
        name=name,
        holds=not differing,
        compared=compared,
        left_side=left,
        right_side=right,
        breaches=[
            Breach(subject=subject, left_side=left_side, right_side=right_side)
            for subject, left_side, right_side in differing
        ],
    )
