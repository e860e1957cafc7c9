"""What may happen to a table's rows after they were written. It is declared where the table is defined.

Nothing, unless it is said: a column that may change and a row that may be deleted are exceptions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table

_INFO = "row_rules"


@dataclass(frozen=True)
class RowRules:
    """`changes`: names of the columns that may change. `deletes`: whether rows may be deleted."""

    changes: frozenset[str]
    deletes: bool


def row_rules(changes: Iterable[str] = (), *, deletes: bool = False) -> dict[str, Any]:
    """Return the `info` of a table with these rules: `Table(…, info=row_rules(("state",)))`."""
    return {_INFO: RowRules(frozenset(changes), deletes)}


def rules_of(table: Table) -> RowRules:
    """Return the rules that the table was defined with. Raises KeyError if it was defined without."""
    rules: RowRules = table.info[_INFO]
    unknown = rules.changes - set(table.c.keys())
    if unknown:
        raise ValueError(f"{table.name} has no column {', '.join(sorted(unknown))}")
    return rules


def frozen_columns(table: Table) -> list[Column[Any]]:
    """Return the columns that keep the value they were written with."""
    changes = rules_of(table).changes
    return [column for column in table.columns if column.name not in changes]
