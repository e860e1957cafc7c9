"""The keys of a table: what no two of its rows share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint


@dataclass(frozen=True)
class Key:
    """`where` is the SQL condition that rows with this key meet. It is empty if all rows have the key."""

    columns: Sequence[str]
    where: str = ""


def keys_of(table: Table) -> list[Key]:
    """Return the primary key and every other unique key, in an order that never changes."""
    constraints = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    unique = [Key(each.columns.keys()) for each in constraints]
    partial = [_key_of_index(index) for index in table.indexes if index.unique]
    return [_primary(table.primary_key), *sorted([*unique, *partial], key=lambda key: tuple(key.columns))]


def _primary(constraint: PrimaryKeyConstraint) -> Key:
    return Key(constraint.columns.keys())


def _key_of_index(index: Index) -> Key:
    where = index.dialect_options["sqlite"]["where"]
    return Key(index.columns.keys(), "" if where is None else str(where))
