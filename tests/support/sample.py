"""The rule by which `make test` samples a large matrix of tests. `pytest --whole` runs every case."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

# The mark of a case outside the sample. `tests/conftest.py` deselects it unless `--whole` is given.
WHOLE = "whole"
# The mark of a test of transactions that meet, or of a database that fails: the sample has it on both databases.
BOTH_DATABASES = "both_databases"


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


def newest_and_every_nth(cases: Sequence[Any], newest: int, nth: int) -> list[Any]:
    """Return the parameters of all cases; outside the sample is every older case than these, but for each `nth`."""
    return [_param((case,), whole=i % nth != 0 and i < len(cases) - newest) for i, case in enumerate(cases)]


def leave_out_repeats(items: Iterable[pytest.Item], nth: int = 4) -> None:
    """Mark what a whole bank repeats on PostgreSQL as outside the sample, but for each `nth` test of a file.

    Every test runs on SQLite, but for those that only PostgreSQL can show. These stay, as do the tests of the database
    itself and those marked `both_databases`.
    """
    items = list(items)
    on_sqlite = {_test(item) for item in items if not item.get_closest_marker("postgresql")}
    repeats: dict[Path, list[pytest.Item]] = defaultdict(list)
    for item in items:
        on_postgresql = item.get_closest_marker("postgresql") and "prepared_url" in getattr(
            item, "fixturenames", ()
        )
        if on_postgresql and _test(item) in on_sqlite and not item.get_closest_marker(BOTH_DATABASES):
            repeats[item.path].append(item)
    for of_file in repeats.values():
        for number, item in enumerate(of_file):
            if number % nth:
                item.add_marker(WHOLE)


def _test(item: pytest.Item) -> tuple[Path, str]:
    """Return what all cases of one test have in common."""
    return item.path, getattr(item, "originalname", item.name)


def _param(values: tuple[Any, ...], *, whole: bool) -> Any:
    names = "-".join(getattr(value, "__name__", str(value)) for value in values)
    return pytest.param(*values, id=names, marks=pytest.mark.whole if whole else ())
