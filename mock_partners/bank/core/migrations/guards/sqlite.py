"""Guards on SQLite, where a session decides itself whether references count, and REPLACE asks no trigger of deletion.

`INSERT OR REPLACE` and `UPDATE OR REPLACE` delete the row that has the new row's key, through any unique key, and fire
no BEFORE DELETE trigger. So a guard looks for each key before the row is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from sqlalchemy import Connection, ForeignKeyConstraint, MetaData, Table

from mock_partners.bank.core.migrations.guards.keys import Key, keys_of
from partner_adapters.kit.durable.row_rules import frozen_columns, rules_of

_FOUND = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard\\_%' ESCAPE '\\'"


def install(conn: Connection, metadata: MetaData) -> None:
    """Create the guards that are missing, and drop those that differ from the metadata's."""
    wanted = triggers(metadata)
    found = {row.name: row.sql for row in conn.exec_driver_sql(_FOUND)}
    for name, sql in found.items():
        if wanted.get(name) != sql:
            conn.exec_driver_sql(f"DROP TRIGGER {name}")
    for name, sql in wanted.items():
        if found.get(name) != sql:
            conn.exec_driver_sql(sql)


def drop(conn: Connection) -> None:
    """Drop every guard."""
    for name, _ in conn.exec_driver_sql(_FOUND).all():
        conn.exec_driver_sql(f"DROP TRIGGER {name}")


@cache
def triggers(metadata: MetaData) -> dict[str, str]:
    """Return every guard's statement by its name."""
    return {
        f"guard_{event.lower()}_{table.name}": _trigger(table, event, refusals)
        for table in metadata.sorted_tables
        for event, refusals in _refusals(table)
    }


def _refusals(table: Table) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the events with what is refused at each: a message, and the condition as SQL."""
    yield "INSERT", [*_taken_keys(table, None), *_lost_references(table, None)]
    changes = rules_of(table).changes
    rewritten = " OR ".join(f"NEW.{column.name} IS NOT OLD.{column.name}" for column in frozen_columns(table))
    frozen = [("what was written is never changed", rewritten)]
    yield "UPDATE", [*frozen, *_taken_keys(table, changes), *_lost_references(table, changes)]
    if not rules_of(table).deletes:
        yield "DELETE", [("a row is never deleted", "1")]


def _trigger(table: Table, event: str, refusals: Iterable[tuple[str, str]]) -> str:
    body = "\n".join(f"  SELECT RAISE(ABORT, '{table.name}: {why}') WHERE {when};" for why, when in refusals)
    return f"CREATE TRIGGER guard_{event.lower()}_{table.name} BEFORE {event} ON {table.name}\nBEGIN\n{body}\nEND"


def _taken_keys(table: Table, changed: frozenset[str] | None) -> Iterator[tuple[str, str]]:
    """Yield a refusal for each key that another row may have. `changed` holds an UPDATE's columns. None: an INSERT."""
    for key in keys_of(table):
        used = [column.name for column in table.columns if column.name in key.where]
        if changed is None:
            yield "a row with this key is there", _another_row(table, key, used)
        elif not changed.isdisjoint([*key.columns, *used]):
            itself = _all_equal(table.primary_key.columns.keys(), "there", "OLD")
            yield "another row has this key", f"{_another_row(table, key, used)[:-1]} AND NOT ({itself}))"


def _another_row(table: Table, key: Key, used: Sequence[str]) -> str:
    same = _all_equal(key.columns, "there", "NEW")
    if not key.where:
        return f"EXISTS (SELECT 1 FROM {table.name} there WHERE {same})"  # noqa: S608 (names of our own)
    # The condition names columns alone. A row of the new values gives them to it.
    new_row = ", ".join(f"NEW.{column} AS {column}" for column in used)
    new_has_it = f"EXISTS (SELECT 1 FROM (SELECT {new_row}) WHERE {key.where})"  # noqa: S608
    return f"{new_has_it} AND EXISTS (SELECT 1 FROM {table.name} there WHERE {same} AND ({key.where}))"  # noqa: S608


def _lost_references(table: Table, changed: frozenset[str] | None) -> Iterator[tuple[str, str]]:
    for reference in sorted(table.foreign_key_constraints, key=lambda each: tuple(each.columns.keys())):
        columns = reference.columns.keys()
        if changed is None or not changed.isdisjoint(columns):
            yield "a reference leads nowhere", _is_lost(table, reference)


def _is_lost(table: Table, reference: ForeignKeyConstraint) -> str:
    pairs = [(element.parent, element.column) for element in reference.elements]
    given = [f"NEW.{own.name} IS NOT NULL AND " for own, _ in pairs if own.nullable]
    same = " AND ".join(f"{theirs.name} = NEW.{own.name}" for own, theirs in pairs)
    referred = reference.referred_table.name
    return f"{''.join(given)}NOT EXISTS (SELECT 1 FROM {referred} WHERE {same})"  # noqa: S608 (names of our own)


def _all_equal(columns: Sequence[str], one: str, other: str) -> str:
    return " AND ".join(f"{one}.{column} = {other}.{column}" for column in columns)
