"""The expressions inside a product document: CEL over facts of the form `source.field`, nothing looser.

CEL's `||` and `&&` swallow an error on one side and `==` between two types is quietly false, so a missing or
mistyped fact could pass unseen. Therefore an expression may name facts only as `source.field`, the document
declares each with its type, and whoever evaluates checks all of them first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any

import cel
from pydantic import AfterValidator

PATH = re.compile(r"\b([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)\b(?!\s*\()")
_TEXT = re.compile(r'"[^"\\]*"|\'[^\'\\]*\'')


class ExpressionFailed(Exception):
    """The expression has no value for these facts."""


def _well_formed(source: str) -> str:
    try:
        program = cel.compile(source)
    except ValueError as error:
        raise ValueError(f"is no CEL expression: {error}") from None
    bare = PATH.sub(" ", _TEXT.sub(" ", source))
    loose = [root for root in program.references()["variables"] if re.search(rf"\b{root}\b", bare)]
    if loose:
        raise ValueError(f"names facts otherwise than source.field: {', '.join(loose)}")
    return source


Expression = Annotated[str, AfterValidator(_well_formed)]
"""A CEL expression that names facts as `source.field` only."""


def paths(source: str) -> frozenset[tuple[str, str]]:
    """Every (source, field) the expression names."""
    return frozenset((m[1], m[2]) for m in PATH.finditer(_TEXT.sub(" ", source)))


def least(values: Sequence[int]) -> int:
    return min(values)


def greatest(values: Sequence[int]) -> int:
    return max(values)


def step(table: Sequence[Sequence[int]], value: int) -> int:
    """The value of the highest row that starts at or under `value`; 0 under the lowest: `[[60, 50], [80, 200]]`."""
    return max(((start, result) for start, result in table if start <= value), default=(0, 0))[1]


FUNCTIONS: dict[str, Callable[..., Any]] = {"least": least, "greatest": greatest, "step": step}


def evaluate(source: str, facts: Mapping[str, Mapping[str, Any]]) -> Any:
    """The expression's value. Raises `ExpressionFailed` on a missing name, a wrong type, overflow, division by 0."""
    context = cel.Context(
        variables={name: dict(fields) for name, fields in facts.items()}, functions=FUNCTIONS
    )
    try:
        return _compiled(source).execute(context)
    except (LookupError, TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        raise ExpressionFailed(f"{type(error).__name__}: {error}"[:200]) from error


def evaluate_bool(source: str, facts: Mapping[str, Mapping[str, Any]]) -> bool:
    """As `evaluate`; anything but true or false is a failure."""
    value = evaluate(source, facts)
    if not isinstance(value, bool):
        raise ExpressionFailed(f"{type(value).__name__} is neither true nor false")
    return value


def evaluate_int(source: str, facts: Mapping[str, Mapping[str, Any]]) -> int:
    """As `evaluate`; anything but a whole number is a failure."""
    value = evaluate(source, facts)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ExpressionFailed(f"{type(value).__name__} is no whole number")
    return value


@lru_cache(maxsize=1024)
def _compiled(source: str) -> cel.Program:
    return cel.compile(source)
