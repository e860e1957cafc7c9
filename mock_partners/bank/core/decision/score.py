"""The score: points for facts, by the table of points in the document. It is trained elsewhere and only read here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from mock_partners.bank.core.decision.facts import FactBase, FactPath
from mock_partners.bank.core.products.document import ProductDocument, ScoreAttribute

SCORE = "score"


@dataclass(frozen=True)
class AttributePoints:
    """What one fact brought, and what its best value would have brought."""

    fact: str
    points: int
    best: int


@dataclass(frozen=True)
class ScoreFound:
    """The points of all attributes, or the facts for which there are none: those are doubt, never zero points."""

    attributes: list[AttributePoints]
    missing: list[str]

    @property
    def points(self) -> int:
        return sum(each.points for each in self.attributes)

    @property
    def costliest(self) -> str:
        """The fact that cost the most points against its best value; of equal ones the first."""
        return max(self.attributes, key=lambda each: each.best - each.points).fact

    @property
    def trace(self) -> dict[str, Any]:
        """Return the score as JSON-ready data."""
        return {"attributes": [asdict(each) for each in self.attributes], "missing": self.missing}


def find_score(document: ProductDocument, facts: FactBase) -> ScoreFound | None:
    """Return the points of every attribute, or None if the product has no scorecard."""
    if document.scorecard is None:
        return None
    found = {each.fact: _points(each, facts) for each in document.scorecard.attributes}
    best = {each.fact: max(points for _, points in each.points) for each in document.scorecard.attributes}
    return ScoreFound(
        [AttributePoints(fact, points, best[fact]) for fact, points in found.items() if points is not None],
        [fact for fact, points in found.items() if points is None],
    )


def with_score(facts: FactBase, found: ScoreFound | None) -> FactBase:
    """Return the facts with the score, if every attribute has points."""
    if found is None or found.missing:
        return facts
    return facts.with_fact(SCORE, "points", found.points).with_fact(SCORE, "costliest", found.costliest)


def paths_of_score(document: ProductDocument) -> frozenset[FactPath]:
    """Return the facts that the score rests on."""
    attributes = document.scorecard.attributes if document.scorecard else ()
    return frozenset(each.path for each in attributes)


def _points(attribute: ScoreAttribute, facts: FactBase) -> int | None:
    """Return the points of the value: of the same text, or of the highest row that starts at or below the number."""
    source, field = attribute.path
    value = facts.known.get(source, {}).get(field)
    rows = [
        (start, points)
        for start, points in attribute.points
        if type(start) is type(value) and (start == value if isinstance(start, str) else start <= value)
    ]
    return max(rows)[1] if rows else None
