"""Functions that change a finished answer in place. Deviations (wrong behaviour on request) are built from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Answer = dict[str, Any]
Change = Callable[[Answer], object]


def set_fields(**values: Any) -> Change:
    """Return a change that sets these fields."""
    return lambda answer: answer.update(values)


def drop_field(key: str) -> Change:
    """Return a change that removes this field, if the answer has it."""
    return lambda answer: answer.pop(key, None)


def shift_number(key: str, by: int) -> Change:
    """Return a change that adds `by` to the number in this field."""
    return lambda answer: answer.update({key: answer[key] + by})


def change_inside(key: str, change: Change) -> Change:
    """Return a change that applies `change` to the object in this field."""
    return lambda answer: change(answer[key])


def apply_named(changes: Mapping[str, Change], names: Iterable[str], answer: Answer) -> None:
    """Apply to `answer` each of `names` that `changes` knows; other names are ignored."""
    for name in names:
        if name in changes:
            changes[name](answer)
