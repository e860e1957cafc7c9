"""The single change with which an application would be approved: found by search, confirmed by deciding again.

Only facts that the document declares as changeable are tried: those that an applicant can change honestly. Never who
they are or what a court says, and never a figure that would teach an applicant what to declare.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from mock_partners.bank.core.decision.engine import COMPUTED, Verdict, decide
from mock_partners.bank.core.decision.facts import FactPath, SourceStatement, needed_sources
from mock_partners.bank.core.decision.limit import paths_of_limit
from mock_partners.bank.core.products.document import Fact, ProductDocument, Scene
from mock_partners.bank.core.products.expressions import paths

# So many neighbours are tried one by one. After them the distance doubles, and the last gap is halved.
NEIGHBOURS = 16


@dataclass(frozen=True)
class SingleChange:
    """One fact of one source: what it is, and the nearest value with which the decision would be an approval."""

    source: str
    fact: str
    found: int | bool
    wanted: int | bool
    # The part of the larger of the two that has to change, by which changes are compared.
    effort: Fraction
    not_asked: tuple[str, ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """The change as JSON-ready data. Figures of money have names that end in `_fen`."""
        unit = "_fen" if self.fact.endswith("_fen") else ""
        params = (
            {} if isinstance(self.found, bool) else {f"found{unit}": self.found, f"wanted{unit}": self.wanted}
        )
        return {
            "code": f"{self.source}.{self.fact.removesuffix(unit)}",
            "source": self.source,
            "params": params,
            "not_asked": list(self.not_asked),
        }


@dataclass(frozen=True)
class _Question:
    """What is decided again, with one fact changed."""

    document: ProductDocument
    statements: Sequence[SourceStatement]
    today: date
    lpr_ppm: int
    scene: Scene

    def is_approved_with(self, source: str, fact: str, value: int | bool) -> bool:
        changed = [
            replace(each, facts={**each.facts, fact: value}) if each.source == source else each
            for each in self.statements
        ]
        verdict = decide(self.document, changed, self.today, self.lpr_ppm, self.scene)
        return verdict.outcome == "approved"


def find_single_change(
    document: ProductDocument,
    statements: Sequence[SourceStatement],
    today: date,
    lpr_ppm: int,
    verdict: Verdict,
    scene: Scene = "application",
) -> SingleChange | None:
    """Return the smallest single change that would be approved; None if there is none, and on any doubt."""
    if verdict.outcome == "approved" or verdict.trace["doubts"]:
        return None
    question = _Question(document, statements, today, lpr_ppm, scene)
    stated = {each.source: each.facts for each in statements}
    against = _what_speaks_against(document, verdict, scene)
    found: list[SingleChange] = []
    for source, name, fact in _changeable(document, scene):
        value = stated.get(source, {}).get(name)
        # A single change must reach each thing that speaks against an approval.
        if isinstance(value, int) and all((source, name) in rests_on for rests_on in against):
            found += _nearest(question, source, name, fact, value)
    return min(found, key=lambda change: (change.effort, change.source, change.fact), default=None)


def find_change_known(
    document: ProductDocument,
    statements: Sequence[SourceStatement],
    today: date,
    lpr_ppm: int,
    verdict: Verdict,
) -> SingleChange | None:
    """Return the single change for an application, also where it was declined before every source was asked.

    Then the change is confirmed in the scene `offer`, which rests on the sources that are asked first. It counts only
    if that scene gives the same reasons, and it names the sources that were not asked.
    """
    not_asked = tuple(sorted(document.sources.keys() - {each.source for each in statements}))
    if not not_asked:
        return find_single_change(document, statements, today, lpr_ppm, verdict)
    if set(not_asked) & set(document.limit.offer_sources) or verdict.trace["doubts"].keys() - set(not_asked):
        return None
    early = decide(document, statements, today, lpr_ppm, "offer")
    if verdict.outcome != "declined" or early.reasons != verdict.reasons:
        return None
    change = find_single_change(document, statements, today, lpr_ppm, early, "offer")
    return change and replace(change, not_asked=not_asked)


def _what_speaks_against(
    document: ProductDocument, verdict: Verdict, scene: Scene
) -> list[frozenset[FactPath]]:
    """Return the facts that each rule that hit rests on, or those of the limit if none did."""
    of_limit = paths_of_limit(document, scene)
    named = [paths(rule["when"]) for rule in verdict.trace["rules"] if rule["result"] == "hit"]
    return [each | of_limit if ("limit", COMPUTED) in each else each for each in named] or [of_limit]


def _changeable(document: ProductDocument, scene: Scene) -> Iterator[tuple[str, str, Fact]]:
    for source, needs in needed_sources(document, scene).items():
        yield from ((source, name, fact) for name, fact in needs.facts.items() if fact.changeable)
    if scene == "application":
        asking = document.asking
        amount = Fact(type="int", range=(asking.min_fen, asking.max_fen), step=asking.step_fen)
        yield "application", "amount_fen", amount


def _nearest(
    question: _Question, source: str, name: str, fact: Fact, value: int | bool
) -> list[SingleChange]:
    """Return the nearest approved value on either side."""
    if isinstance(value, bool):
        if not question.is_approved_with(source, name, not value):
            return []
        return [SingleChange(source, name, value, not value, Fraction(1))]
    least, largest = fact.range or (value, value)
    found = []
    for direction in (-1, 1):
        # The first multiple of the step on this side, and how many there are.
        first = (
            (value - 1) // fact.step * fact.step
            if direction < 0
            else -(-(value + 1) // fact.step) * fact.step
        )
        count = ((first - least) if direction < 0 else (largest - first)) // fact.step + 1
        steps = _first_approved(question, source, name, first, direction * fact.step, count)
        if steps is not None:
            wanted = first + direction * fact.step * steps
            effort = Fraction(abs(wanted - value), max(wanted, value, 1))
            found.append(SingleChange(source, name, value, wanted, effort))
    return found


def _first_approved(
    question: _Question, source: str, name: str, first: int, step: int, count: int
) -> int | None:
    """Return how many steps from `first` an approval begins, of `count` possible values; None if none was met."""

    def is_approved(steps: int) -> bool:
        return question.is_approved_with(source, name, first + step * steps)

    refused, distance = -1, 0
    while distance < count:
        if is_approved(distance):
            break
        refused = distance
        distance = distance + 1 if distance < NEIGHBOURS else min(distance * 2, max(count - 1, distance + 1))
    else:
        return None
    # Bound: the gap is halved each time.
    while distance - refused > 1:
        middle = (distance + refused) // 2
        refused, distance = (refused, middle) if is_approved(middle) else (middle, distance)
    return distance
