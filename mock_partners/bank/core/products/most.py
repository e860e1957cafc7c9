"""The most that a product lends at all, where its bounds say so without an applicant."""

from __future__ import annotations

from typing import Any

from mock_partners.bank.core.products.document import Bound, ProductDocument
from mock_partners.bank.core.products.expressions import ExpressionFailed, evaluate_int, paths

_FIGURES = ("params", "tables")


def most_fen(document: ProductDocument) -> int:
    """Return the most that anybody may apply for: `asking.max_fen`, or less where a bound never gives as much."""
    asking = document.asking
    given = [most for bound in document.limit.bounds if (most := most_of(document, bound)) is not None]
    return min([asking.max_fen, *(most // asking.step_fen * asking.step_fen for most in given)])


def most_of(document: ProductDocument, bound: Bound) -> int | None:
    """Return the most that a bound gives, in fen, or None if that rests on more than one text of the applicant's.

    A bound by tax level is worked out for each level that the document declares.
    """
    figures: dict[str, dict[str, Any]] = {
        "params": dict(document.parameters),
        "tables": {name: [list(row) for row in rows] for name, rows in document.tables.items()},
    }
    stated = [path for path in paths(bound.formula) if path[0] not in _FIGURES]
    if not stated:
        cases = [figures]
    elif len(stated) == 1:
        (source, field), *_ = stated
        needs = document.sources.get(source)
        fact = needs.facts.get(field) if needs else None
        values = (fact.values if fact else None) or ()
        cases = [{**figures, source: {field: value}} for value in values]
    else:
        return None
    found: list[int] = []
    for case in cases:
        try:
            found.append(evaluate_int(bound.formula, case))
        except ExpressionFailed:
            continue
    return max(found, default=None)
