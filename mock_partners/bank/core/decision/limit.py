"""The limit: the lowest of the bounds that the document names, less the debts that it deducts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from mock_partners.bank.core.decision.facts import FactBase, FactPath, needed_sources
from mock_partners.bank.core.products.document import Bound, ProductDocument, Scene
from mock_partners.bank.core.products.expressions import ExpressionFailed, evaluate_int, paths
from partner_adapters.kit.values.texts import CompleteText


@dataclass(frozen=True)
class BoundValue:
    """What one bound gives, and what it leaves after debts, in fen."""

    code: str
    name: CompleteText
    amount_fen: int
    leaves_fen: int


@dataclass(frozen=True)
class LimitFound:
    """The limit with how it came about. `limit_fen` is None if a part of it is not known; `why` says which.

    `debt_fen` was deducted where debts count. The bound that leaves least is `binding`; of equal ones the first.
    """

    limit_fen: int | None
    bounds: list[BoundValue]
    binding: str | None
    debt_fen: int | None
    why: str = ""

    @property
    def trace(self) -> dict[str, Any]:
        """Return the parts as JSON-ready data."""
        return {
            "bounds": [asdict(bound) for bound in self.bounds],
            "binding": self.binding,
            "debt_fen": self.debt_fen,
        }


def find_limit(document: ProductDocument, facts: FactBase, scene: Scene) -> LimitFound:
    """Return the limit in fen, floored and never negative."""
    bounds: list[BoundValue] = []
    debt_fen: int | None = None
    formulas, debts, on_top = _at_hand(document, scene)
    try:
        debt_fen = max((value_of(debt, facts) for debt in debts), default=0)
        debt_fen += sum(value_of(debt, facts) for debt in on_top)
        bounds = [_value(bound, debt_fen, facts) for bound in formulas]
    except ExpressionFailed as error:
        return LimitFound(None, bounds, None, debt_fen, f"limit: {error}")
    if not bounds:
        return LimitFound(None, [], None, debt_fen, "limit: no bound is known in this scene")
    lowest = min(bounds, key=lambda bound: bound.leaves_fen)
    floor_fen = document.limit.floor_fen
    limit_fen = max(lowest.leaves_fen, 0) // floor_fen * floor_fen
    return LimitFound(limit_fen, bounds, lowest.code, debt_fen)


def _value(bound: Bound, debt_fen: int, facts: FactBase) -> BoundValue:
    amount_fen = value_of(bound.formula, facts)
    leaves_fen = amount_fen - debt_fen if bound.debts_count else amount_fen
    return BoundValue(bound.code, bound.name, amount_fen, leaves_fen)


def paths_of_limit(document: ProductDocument, scene: Scene) -> frozenset[FactPath]:
    """Return the facts that the limit rests on."""
    bounds, debts, on_top = _at_hand(document, scene)
    return frozenset().union(
        *(paths(text) for text in [*(bound.formula for bound in bounds), *debts, *on_top])
    )


def value_of(expression: str, facts: FactBase) -> int:
    """Return the value of an expression in fen or basis points. Raises `ExpressionFailed` if a fact is missing."""
    if missing := sorted(path for path in paths(expression) if not facts.has(frozenset({path}))):
        raise ExpressionFailed(f"{'.'.join(missing[0])} is missing")
    return evaluate_int(expression, facts.known)


def sources_at_hand(document: ProductDocument, scene: Scene) -> set[str]:
    """Return what the limit may name in a scene: the computed limit and the score are not known before it."""
    return {*needed_sources(document, scene), "params", "tables", "lists", "product"}


def _at_hand(document: ProductDocument, scene: Scene) -> tuple[list[Bound], list[str], list[str]]:
    """Return the bounds, the debts and the debts on top of them that rest on what is at hand in the scene."""
    sources = sources_at_hand(document, scene)

    def is_at_hand(formula: str) -> bool:
        return {source for source, _ in paths(formula)} <= sources

    limit = document.limit
    bounds = [bound for bound in limit.bounds if scene in bound.scenes and is_at_hand(bound.formula)]
    return bounds, list(filter(is_at_hand, limit.debts)), list(filter(is_at_hand, limit.debts_on_top))
