"""JMESPath in configuration, compiled and checked at start, so that a wrong one never fails for a customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions, signature
from pydantic import BeforeValidator, Field, InstanceOf

from partner_adapters.kit.values import strict_json

MAX_PATH = 500


class _Functions(Functions):  # type: ignore[misc]
    """JMESPath's functions and `parse_json(text)`, for a JSON text inside JSON. null stays null."""

    @signature({"types": ["string", "null"]})  # type: ignore[untyped-decorator]
    def _func_parse_json(self, text: str | None) -> Any:
        return None if text is None or not text.strip() else strict_json.parse(text)


_OPTIONS = jmespath.Options(custom_functions=_Functions())


class Path:
    """One compiled JMESPath expression."""

    def __init__(self, source: str) -> None:
        """Raises ValueError when the expression is wrong or too long, or calls a function that does not exist."""
        if not 0 < len(source) <= MAX_PATH:
            raise ValueError(f"an expression has 1 to {MAX_PATH} characters")
        try:
            self._compiled = jmespath.compile(source)
        except (JMESPathError, RecursionError):
            raise ValueError(f"is no JMESPath expression: {source}") from None
        if unknown := _called(self._compiled.parsed) - set(_Functions.FUNCTION_TABLE):
            raise ValueError(f"calls unknown functions: {', '.join(sorted(unknown))}")
        self.source = source

    def find(self, data: object) -> Any:
        """Return what the expression finds. Raises ValueError when the data does not have the shape it needs."""
        try:
            return self._compiled.search(data, options=_OPTIONS)
        except (JMESPathError, ArithmeticError, TypeError, AttributeError, RecursionError):
            raise ValueError("has another shape") from None

    def __repr__(self) -> str:
        return f"Path({self.source!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Path) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)


def _called(node: Mapping[str, Any]) -> set[str]:
    own = {str(node["value"])} if node["type"] == "function_expression" else set()
    return own.union(*(_called(child) for child in node["children"] if isinstance(child, Mapping)))


def _compile(value: object) -> object:
    sources = [value] if isinstance(value, str) else value
    if not isinstance(sources, list | tuple) or not all(isinstance(source, str | Path) for source in sources):
        raise ValueError("must be a JMESPath expression or a list of them")
    return tuple(source if isinstance(source, Path) else Path(source) for source in sources)


# Expressions in order of precedence: the first that finds a value wins.
Paths = Annotated[tuple[InstanceOf[Path], ...], BeforeValidator(_compile), Field(min_length=1, max_length=10)]


def _compile_one(value: object) -> object:
    if not isinstance(value, str | Path):
        raise ValueError("must be a JMESPath expression")
    return value if isinstance(value, Path) else Path(value)


# One expression.
Expression = Annotated[InstanceOf[Path], BeforeValidator(_compile_one)]


def holds(condition: Path, data: object) -> bool:
    """Whether a condition over an answer is true; null is false. Raises ValueError for any other value."""
    found = condition.find(data)
    if found is not None and not isinstance(found, bool):
        raise ValueError("is neither true nor false")
    return found is True
