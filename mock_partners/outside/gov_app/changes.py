"""Ways to change a finished answer in place: what deviations are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Answer = dict[str, Any]
Change = Callable[[Answer], object]


def put(**values: Any) -> Change:
    return lambda answer: answer.update(values)


def drop(key: str) -> Change:
    return lambda answer: answer.pop(key, None)


def shift(key: str, by: int) -> Change:
    """A number, by so much."""
    return lambda answer: answer.update({key: answer[key] + by})


def inside(key: str, change: Change) -> Change:
    """Of a table inside the answer."""
    return lambda answer: change(answer[key])


def apply(changes: Mapping[str, Change], names: Iterable[str], answer: Answer) -> None:
    """Change `answer` by every armed name of this kind."""
    for name in names:
        if name in changes:
            changes[name](answer)
