"""The rule by which `make test` samples a large matrix of tests. `pytest --whole` runs every case."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import Any

import pytest

# The mark of a case outside the sample. `tests/conftest.py` deselects it unless `--whole` is given.
WHOLE = "whole"


def crossed(rows: Collection[Any], columns: Collection[Any], *, every: int) -> list[Any]:
    """Return the parameters of all pairs; outside the sample is every pair but each `every`-th.

    The sample runs along the diagonals, so each row and each column is in it when both are at least `every` long.
    """
    return [
        _param((row, column), whole=(i + j) % every != 0)
        for (i, row), (j, column) in itertools.product(enumerate(rows), enumerate(columns))
    ]


def only(cases: Collection[str], *sampled: str) -> list[Any]:
    """Return the parameters of all cases, by name; outside the sample are those not named in `sampled`."""
    assert set(sampled) <= set(cases), f"not among the cases: {set(sampled) - set(cases)}"
    return [_param((case,), whole=case not in sampled) for case in cases]


def every_nth(cases: Collection[Any], nth: int) -> list[Any]:
    """Return the parameters of all cases; outside the sample is every case but each `nth`."""
    return [_param(case, whole=i % nth != 0) for i, case in enumerate(cases)]


def _param(values: tuple[Any, ...], *, whole: bool) -> Any:
    names = "-".join(getattr(value, "__name__", str(value)) for value in values)
    return pytest.param(*values, id=names, marks=pytest.mark.whole if whole else ())
