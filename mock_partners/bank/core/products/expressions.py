"""The expressions inside a product document: CEL over facts of the form `source.field`, and no other names.

In CEL `||` and `&&` hide an error on one side, and `==` between two types is false without an error. A missing or
mistyped fact could therefore pass unnoticed. So an expression names facts only as `source.field`, the document
declares each with its type, and the caller checks all of them before it evaluates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any

import cel
from pydantic import AfterValidator

PATH = re.compile(r"\b([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)\b(?!\s*\()")
# Where CEL's own message says that the error is; the expression that it repeats may have many lines.
_PLACE = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_TEXT = re.compile(r'"[^"\\]*"|\'[^\'\\]*\'')


class ExpressionFailed(Exception):
    """The expression has no value for these facts."""


def _well_formed(source: str) -> str:
    try:
        program = _compiled(source)
    except ValueError as error:
        found = _PLACE.search(str(error))
        why = f"line {found[1]}, column {found[2]}: {found[3]}" if found else str(error)
        raise ValueError(f"is not a CEL expression: {why}") from None
    bare = PATH.sub(" ", _TEXT.sub(" ", source))
    loose = [root for root in program.references()["variables"] if re.search(rf"\b{root}\b", bare)]
    if loose:
        raise ValueError(f"may name facts only as source.field, but names {', '.join(loose)}")
    return source


# A CEL expression that names facts as `source.field` only.
Expression = Annotated[str, AfterValidator(_well_formed)]


@lru_cache(maxsize=4096)
def paths(source: str) -> frozenset[tuple[str, str]]:
    """Return every source and field that the expression names."""
    return frozenset((m[1], m[2]) for m in PATH.finditer(_TEXT.sub(" ", source)))


def least(values: Sequence[int]) -> int:
    return min(values)


def greatest(values: Sequence[int]) -> int:
    return max(values)


def step(table: Sequence[Sequence[int]], value: int) -> int:
    """Return the result of the highest row of `[start, result]` that starts at or below `value`.

    Below the lowest row the result is 0. For `[[60, 50], [80, 200]]`, 79 gives 50.
    """
    return max(((start, result) for start, result in table if start <= value), default=(0, 0))[1]


def begins_with_any(text: str, beginnings: Sequence[str]) -> bool:
    """Whether the text begins with one of these."""
    return any(text.startswith(beginning) for beginning in beginnings)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "least": least,
    "greatest": greatest,
    "step": step,
    "begins_with_any": begins_with_any,
}


def evaluate(source: str, facts: Mapping[str, Mapping[str, Any]]) -> Any:
    """Return the value. Raises `ExpressionFailed` on a missing name, a wrong type, overflow or division by zero."""
    # Only what the expression names: handing over all facts for each rule cost more than evaluating it.
    named: dict[str, dict[str, Any]] = {}
    for name, field in paths(source):
        if field in facts.get(name, ()):
            named.setdefault(name, {})[field] = facts[name][field]
    context = cel.Context(variables=named, functions=FUNCTIONS)
    try:
        return _compiled(source).execute(context)
    except (LookupError, TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        raise ExpressionFailed(f"{type(error).__name__}: {error}"[:200]) from error


def evaluate_bool(source: str, facts: Mapping[str, Mapping[str, Any]]) -> bool:
    """Return the value as `evaluate`. Raises `ExpressionFailed` if it is not true or false."""
    value = evaluate(source, facts)
    if not isinstance(value, bool):
        raise ExpressionFailed(f"{type(value).__name__} is not true or false")
    return value


def evaluate_int(source: str, facts: Mapping[str, Mapping[str, Any]]) -> int:
    """Return the value as `evaluate`. Raises `ExpressionFailed` if it is not a whole number."""
    value = evaluate(source, facts)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ExpressionFailed(f"{type(value).__name__} is not a whole number")
    return value


@lru_cache(maxsize=4096)
def _compiled(source: str) -> cel.Program:
    return cel.compile(source)
