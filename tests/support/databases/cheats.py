"""Cheats on every table of a schema, generated from its metadata.

A new table is cheated on without being named here. Its rows give the values, so that a cheat looks like an entry of the
bank: another row's value, another state, the next day.
"""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    Date,
    Executable,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    and_,
    case,
    cast,
    delete,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from partner_adapters.kit.durable.columns import Moment

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]
BANK = "bank_id"
FAR_DAY = date(2099, 1, 1)
FAR_MOMENT = datetime(2099, 1, 1, tzinfo=UTC)
_ONE_DAY = timedelta(days=1)
# Of a document with many parts, so many are changed, from its beginning to its end.
MOST_PARTS = 6
# What tells rows apart that different rules cover: besides columns with a CHECK of their values, those of this name.
_KINDS = ("kind", "state", "role", "methods", "step")
_LISTED = re.compile(r"\b(\w+) IN \(([^)]*)\)")


@dataclass(frozen=True)
class Cheat:
    """A statement that changes one table, as a thief would. `column`: those changed, or "" for a whole row."""

    table: str
    column: str
    how: str
    row: str
    statement: Executable

    def __str__(self) -> str:
        column = f".{self.column}" if self.column else ""
        return f"{self.table}{column} {self.how} [{self.row}]"


def read_rows(conn: Connection, metadata: MetaData, bank_id: str) -> Rows:
    """Return what the bank has in every table, and what belongs to no bank."""

    def of_bank(table: Table) -> list[Row]:
        query = select(table).order_by(*table.primary_key.columns)
        if BANK in table.columns:
            query = query.where(table.c[BANK] == bank_id)
        return [dict(row) for row in conn.execute(query).mappings()]

    return {table.name: of_bank(table) for table in metadata.sorted_tables}


def cheats(metadata: MetaData, rows: Rows, dialect: str) -> Iterator[Cheat]:
    """Return every cheat on every table that has rows."""
    for table in metadata.sorted_tables:
        yield from _OfTable(table, rows, dialect).all()


class _OfTable:
    def __init__(self, table: Table, rows: Rows, dialect: str) -> None:
        self.table, self.dialect = table, dialect
        self.all_rows, self.rows = rows, rows[table.name]
        self.listed = _listed_values(table)
        self.keys, self.names = _unique_keys(table), _names(table)

    def all(self) -> Iterator[Cheat]:
        for row in self._samples():
            yield from self._changes(row)
            yield from self._changes_together(row)
            yield self._cheat(row, "", "deleted", delete(self.table).where(self._is(row)))
            yield self._cheat(row, "", "twinned", insert(self.table).values(**self._twin(row)))
            for key in self.keys:
                yield from self._replacements(row, key)

    def _samples(self) -> list[Row]:
        """Return one row of each kind and state; where rows have neither, the first and the last one."""
        kinds = [name for name in self.names if name in self.listed or name in _KINDS]
        if not kinds:
            return [self.rows[0], self.rows[-1]] if len(self.rows) > 1 else list(self.rows)
        return list({tuple(str(row[name]) for name in kinds): row for row in self.rows}.values())

    def _changes(self, row: Row) -> Iterator[Cheat]:
        for column in self.table.columns:
            for how, value in self._other_values(column, row).items():
                changed = update(self.table).where(self._is(row)).values({column: _sql(value)})
                yield self._cheat(row, column.name, how, changed)
            if not column.primary_key and (partner := self._differing(row, [column.name])):
                yield self._cheat(row, column.name, "swapped", self._swap(row, partner, [column.name]))

    def _changes_together(self, row: Row) -> Iterator[Cheat]:
        """What a CHECK ties together is changed together."""
        for names in _tied(self.table):
            label = "+".join(names)
            if partner := self._differing(row, names):
                yield self._cheat(row, label, "swapped", self._swap(row, partner, names))
            amounts = [n for n in names if isinstance(row[n], int) and not isinstance(row[n], bool)]
            for more, less in itertools.permutations(amounts, 2):
                moved = {more: row[more] + 1, less: row[less] - 1}
                changed = update(self.table).where(self._is(row)).values(moved)
                yield self._cheat(row, f"{more}+{less}", "one moved over", changed)
                both = update(self.table).where(self._is(row)).values({n: row[n] + 1 for n in (more, less)})
                if more < less:
                    yield self._cheat(row, f"{more}+{less}", "one more each", both)

    def _replacements(self, row: Row, key: Sequence[str]) -> Iterator[Cheat]:
        """Write another row under the same key."""
        if any(row[name] is None for name in key):
            return
        other = {**self._twin(row, keep=key), **{name: row[name] for name in key}}
        label = "replaced by " + "+".join(n for n in key if n != BANK)
        if self.dialect == "sqlite":
            yield self._cheat(row, "", label, insert(self.table).prefix_with("OR REPLACE").values(**other))
            if (partner := self._differing(row, list(key))) is not None:
                taken = {name: row[name] for name in key}
                took = update(self.table).prefix_with("OR REPLACE").where(self._is(partner)).values(taken)
                yield self._cheat(row, "", f"{label} of another row", took)
            return
        statement = postgresql.insert(self.table).values(**other)
        new = {name: statement.excluded[name] for name in other if name not in key}
        if new:
            where = _index_where(self.table, key)
            upsert = statement.on_conflict_do_update(index_elements=list(key), index_where=where, set_=new)
            yield self._cheat(row, "", label, upsert)

    def _twin(self, row: Row, keep: Sequence[str] = ()) -> dict[str, Any]:
        """Return a copy of the row that differs in every unique key but `keep`."""
        twin = dict(row)
        for key in self.keys:
            if list(key) == list(keep) or any(twin[name] != row[name] for name in key):
                continue
            free = [name for name in key if name not in keep and name != BANK]
            for name in reversed(free):
                if row[name] is not None:
                    twin[name] = self._fresh(self.table.c[name], row)
                    break
        if keep and twin == dict(row):
            last = next((c for c in reversed(self.table.columns) if c.name not in keep), None)
            values = self._other_values(last, row) if last is not None else {}
            if last is not None and values:
                twin[last.name] = next(iter(values.values()))
        return twin

    def _fresh(self, column: Column[Any], row: Row) -> Any:
        """Return a value that no row has here; of a reference, a row that none refers to, if there is one."""
        taken = {other[column.name] for other in self.rows}
        for reference in column.foreign_keys:
            for other in self.all_rows[reference.column.table.name]:
                if (value := other[reference.column.name]) not in taken:
                    return value
        if isinstance(row[column.name], (int, date)):
            step: Any = 1 if isinstance(row[column.name], int) else _ONE_DAY
            return max(taken - {None}) + step
        return _altered(str(row[column.name]))

    def _other_values(self, column: Column[Any], row: Row) -> dict[str, Any]:
        """Return plausible other values by what they are."""
        value, found = row[column.name], dict[str, Any]()
        others = [o[column.name] for o in self.rows if o[column.name] not in (None, value)]
        if column.name == BANK:
            return {"of another bank": "hab"}
        if column.name in self.listed:
            found |= {f"made {listed}": listed for listed in self.listed[column.name] if listed != value}
        elif others:
            found["of another row"] = others[len(others) // 2]
        if column.nullable and value is not None:
            found["removed"] = None
        sample = value if value is not None else next(iter(others), _made_up(column))
        found |= _near(column, sample, is_listed=column.name in self.listed)
        return {how: other for how, other in found.items() if other != value}

    def _swap(self, row: Row, partner: Row, names: Sequence[str]) -> Executable:
        """Two rows exchange these columns, in one statement."""
        here, there = self._is(row), self._is(partner)
        columns = [self.table.c[name] for name in names]
        values = {
            column: case((here, _typed(column, partner[column.name])), else_=_typed(column, row[column.name]))
            for column in columns
        }
        return update(self.table).where(here | there).values(values)

    def _differing(self, row: Row, names: Sequence[str]) -> Row | None:
        """Return another row that differs in these columns, or None."""
        return next((o for o in self.rows if any(o[name] != row[name] for name in names)), None)

    def _is(self, row: Row) -> ColumnElement[bool]:
        return and_(*(column == row[column.name] for column in self.table.primary_key.columns))

    def _cheat(self, row: Row, column: str, how: str, statement: Executable) -> Cheat:
        named = [str(row[name]) for name in self.names if name in self.listed or name in _KINDS]
        keys = [str(row[c.name]) for c in self.table.primary_key.columns if c.name != BANK]
        return Cheat(self.table.name, column, how, " ".join(named or keys), statement)


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _listed_values(table: Table) -> dict[str, list[str]]:
    """Return the values that a CHECK allows, by column."""
    checks = [str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)]
    found = [_LISTED.fullmatch(check) for check in checks]
    return {one[1]: re.findall(r"'([^']*)'", one[2]) for one in found if one}


def _tied(table: Table) -> list[list[str]]:
    """Return the columns of each CHECK over several, and of those that share a column."""
    groups = list[set[str]]()
    for check in (c for c in table.constraints if isinstance(c, CheckConstraint)):
        words = set(re.findall(r"\w+", str(check.sqltext)))
        names = {name for name in _names(table) if name in words}
        joined = [group for group in groups if group & names]
        groups = [group for group in groups if not group & names] + [names.union(*joined)]
    return [[c for c in _names(table) if c in group] for group in groups if len(group) > 1]


def _unique_keys(table: Table) -> list[list[str]]:
    """Return the columns of each unique key: the primary one first."""
    unique = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    indexes = [index for index in table.indexes if index.unique]
    found = [[c.name for c in key.columns] for key in (table.primary_key, *unique, *indexes)]
    return [found[0], *sorted(found[1:])]


def _index_where(table: Table, key: Sequence[str]) -> Any:
    for index in table.indexes:
        if index.unique and [c.name for c in index.columns] == list(key):
            return index.dialect_options["postgresql"]["where"]
    return None


def _near(column: Column[Any], value: Any, *, is_listed: bool) -> dict[str, Any]:
    """Return values like this one, by what they are."""
    if isinstance(column.type, Boolean):
        return {"turned": not value}
    if isinstance(column.type, Moment):
        return {"a day earlier": value - _ONE_DAY, "in 2099": FAR_MOMENT}
    if isinstance(column.type, Date):
        return {"a day earlier": value - _ONE_DAY, "a day later": value + _ONE_DAY, "in 2099": FAR_DAY}
    if isinstance(column.type, Integer):
        return {"one more": value + 1, "one less": value - 1}
    if isinstance(value, (dict, list)):
        return dict(_documents(value))
    if isinstance(value, bytes):
        return {"one bit turned": value[:-1] + bytes([value[-1] ^ 1])}
    return {} if is_listed else {"altered": _altered(str(value))}


def _documents(document: Any) -> Iterable[tuple[str, Any]]:
    """Return copies of a document with one of its parts changed, by the part's path."""
    leaves = list(_leaves(document))
    for path, value in leaves[:: -(-len(leaves) // MOST_PARTS)]:
        changed = copy.deepcopy(document)
        where = changed
        for step in path[:-1]:
            where = where[step]
        other = _other_part(value)
        if path:
            where[path[-1]] = other
        else:
            changed = other
        yield ".".join(map(str, path)) + " changed", changed


def _leaves(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Return the parts of a document. Of a list, the first item stands for all of them."""
    if isinstance(document, dict) and document:
        for name, value in document.items():
            yield from _leaves(value, (*path, name))
    elif isinstance(document, list) and document:
        yield from _leaves(document[0], (*path, 0))
    else:
        yield path, document


def _other_part(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        try:
            return (date.fromisoformat(value) + _ONE_DAY).isoformat()
        except ValueError:
            return _altered(value)
    if isinstance(value, dict):
        return {"added": 1}
    return ["added"] if isinstance(value, list) else "added"


def _altered(text: str) -> str:
    """Return a text of the same length that differs in its last character."""
    return (text[:-1] + ("1" if text[-1] != "1" else "2")) if text else "1"


def _made_up(column: Column[Any]) -> Any:
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Moment):
        return datetime(2026, 12, 1, tzinfo=UTC)
    if isinstance(column.type, Date):
        return date(2026, 12, 1)
    if isinstance(column.type, LargeBinary):
        return b"1"
    return 1 if isinstance(column.type, Integer) else "1"


def _sql(value: Any) -> Any:
    return null() if value is None else value


def _typed(column: Column[Any], value: Any) -> ColumnElement[Any]:
    return cast(null() if value is None else literal(value, column.type), column.type)
