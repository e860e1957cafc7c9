"""Facts: what each source stated for which date, and whether that is complete, of the right types and fresh."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mock_partners.bank.core.kernel.canonical import canonical_sha256
from mock_partners.bank.core.products.document import (
    OWN_FACTS,
    OWN_LISTS,
    Fact,
    ProductDocument,
    Scene,
    SourceNeeds,
)

LARGEST = 2**63 - 1  # of CEL's integers
_TYPES: Mapping[str, type] = {"int": int, "bool": bool, "text": str, "list": list}
# What the core states itself, on the day of the decision. The others are not stated but found.
_OWN_NEEDS = {
    source: SourceNeeds(max_age_days=0, facts=facts)
    for source, facts in OWN_FACTS.items()
    if source not in ("limit", "product", "score")
}
# A source and one of its fields.
FactPath = tuple[str, str]


@dataclass(frozen=True)
class SourceStatement:
    """What one source states about one person. `as_of`: the business date that it is valid for."""

    source: str
    as_of: date
    facts: Mapping[str, Any]

    @property
    def document(self) -> dict[str, Any]:
        """The whole statement as JSON-ready data."""
        return {"source": self.source, "as_of": self.as_of.isoformat(), "facts": dict(self.facts)}

    @property
    def sha256(self) -> str:
        """The hash over the canonical JSON of the whole statement."""
        return canonical_sha256(self.document)

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> SourceStatement:
        """Return the statement whose `document` this is."""
        return cls(stored["source"], date.fromisoformat(stored["as_of"]), stored["facts"])


def sha256_of_all(statements: Sequence[SourceStatement]) -> str:
    """Return the hash of everything that a decision rests on, in whichever order it was stated."""
    hashes = sorted(statement.sha256 for statement in statements)
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


@dataclass(frozen=True)
class FactBase:
    """What is known, by source and field.

    `absent`: facts that are not needed because another fact says so.
    `doubts`: why a source is not believed, which is `missing`, `stale`, `in_future` or a faulty field.
    """

    known: Mapping[str, Mapping[str, Any]]
    absent: frozenset[FactPath]
    as_of: Mapping[str, date]
    doubts: Mapping[str, str]

    def has(self, paths: frozenset[FactPath]) -> bool:
        """Whether every one of these facts is known."""
        return all(field in self.known.get(source, {}) for source, field in paths)

    def with_fact(self, source: str, field: str, value: Any) -> FactBase:
        """Return the same facts and one more."""
        known = {**self.known, source: {**self.known.get(source, {}), field: value}}
        return FactBase(known, self.absent, self.as_of, self.doubts)


def gather(
    document: ProductDocument,
    statements: Sequence[SourceStatement],
    today: date,
    scene: Scene = "application",
) -> FactBase:
    """Check every statement against what the document needs. All facts of a source in doubt are left out."""
    by_source = {statement.source: statement for statement in statements}
    known: dict[str, Mapping[str, Any]] = {
        "params": document.parameters,
        "product": {"code": document.code},
        "lists": document.lists,
        "tables": {name: [list(row) for row in rows] for name, rows in document.tables.items()},
    }
    absent: set[FactPath] = set()
    doubts: dict[str, str] = {}
    for source, needs in needed_sources(document, scene).items():
        statement = by_source.get(source)
        doubt = _doubt(statement, needs, today)
        if doubt or statement is None:
            doubts[source] = doubt or "missing"
            continue
        not_needed = {name for name, fact in needs.facts.items() if not _is_needed(fact, statement.facts)}
        absent |= {(source, name) for name in not_needed}
        known[source] = {name: statement.facts[name] for name in needs.facts if name not in not_needed}
    return FactBase(known, frozenset(absent), {s.source: s.as_of for s in statements}, doubts)


def needed_sources(document: ProductDocument, scene: Scene) -> dict[str, SourceNeeds]:
    """Return what each source must state in a scene: the core itself, and the sources that are at hand there."""
    own = (
        _OWN_NEEDS if scene == "application" else {k: v for k, v in _OWN_NEEDS.items() if k != "application"}
    )
    if scene == "application":
        return {**own, **document.sources}
    at_hand = [*document.limit.offer_sources, *(document.sources.keys() & OWN_LISTS)]
    return {**own, **{source: document.sources[source] for source in at_hand}}


def _doubt(statement: SourceStatement | None, needs: SourceNeeds, today: date) -> str:
    if statement is None:
        return "missing"
    if statement.as_of > today:
        return "in_future"
    if statement.as_of < today - timedelta(days=needs.max_age_days):
        return "stale"
    return next(faulty_facts(needs, statement.facts), "")


def faulty_facts(needs: SourceNeeds, facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the facts that are not there, or are of another type or value than declared."""
    return (name for name, fact in needs.facts.items() if not _is_sound(name, fact, facts))


def _is_sound(name: str, fact: Fact, facts: Mapping[str, Any]) -> bool:
    if not _is_needed(fact, facts):
        return facts.get(name) is None
    value = facts.get(name)
    if type(value) is not _TYPES[fact.type]:  # exactly this type: True must not pass for a number
        return False
    if fact.values is not None and value not in fact.values:
        return False
    least, largest = fact.range or (-LARGEST, LARGEST)
    return not isinstance(value, int) or least <= value <= largest


def _is_needed(fact: Fact, facts: Mapping[str, Any]) -> bool:
    return fact.given is None or facts.get(fact.given) is not False
