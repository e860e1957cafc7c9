"""Guards on PostgreSQL: one function refuses, and a trigger of each table says when.

The condition of a trigger is resolved when it is created, so that no setting of a session changes its meaning. Keys and
references are PostgreSQL's own matter.

All triggers fire in every mode of a session, those of `migrations/sql` too. Their functions look up this schema's
tables first, so a temporary table of the same name is never read instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import JSON, Column, Connection, MetaData, Table

from mock_partners.bank.core.migrations.guards import grants
from partner_adapters.kit.durable.row_rules import frozen_columns, rules_of

_FUNCTION = """CREATE OR REPLACE FUNCTION guard_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%: what was written is never changed, and a row is never deleted', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$"""
# Functions of triggers without a search path of their own, and triggers that a mode of a session would silence.
_OPEN_FUNCTIONS = """
    SELECT p.proname FROM pg_proc p
    WHERE p.pronamespace = current_schema()::regnamespace AND p.prorettype = 'trigger'::regtype
      AND p.proconfig IS NULL ORDER BY p.proname"""
_TRIGGERS = """
    SELECT c.relname, t.tgname, t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal ORDER BY c.relname, t.tgname"""
_HAS_ROLE = "SELECT 1 FROM pg_roles WHERE rolname = %s"
_MAY_SHADOW = "SELECT has_database_privilege(%s, current_database(), 'TEMPORARY')"
# What the installed guards and grants were made from, as a hash.
_MARK = """
    SELECT obj_description(p.oid, 'pg_proc') FROM pg_proc p
    WHERE p.pronamespace = current_schema()::regnamespace AND p.proname = 'guard_refuse'"""


def install(conn: Connection, metadata: MetaData) -> None:
    """Make the guards anew, unless they are those of the metadata and every trigger is held as it should be."""
    wanted = triggers(metadata)
    found = conn.exec_driver_sql(_TRIGGERS).all()
    guards = {name: table for table, name, _ in found if name.startswith("guard_")}
    granted = grants.statements(metadata) if conn.exec_driver_sql(_HAS_ROLE, (grants.ROLE,)).first() else []
    # A right of the database itself, which neither a dump nor a template hands on.
    may_shadow = bool(granted) and conn.exec_driver_sql(_MAY_SHADOW, (grants.ROLE,)).scalar_one()
    mark = hashlib.sha256("\n".join([_FUNCTION, *wanted.values(), *granted]).encode()).hexdigest()
    are_those = conn.exec_driver_sql(_MARK).scalar() == mark and guards.keys() == wanted.keys()
    if (
        are_those
        and not may_shadow
        and all(enabled == "A" for _, _, enabled in found)
        and not _open_functions(conn)
    ):
        return
    drop(conn)
    _run(conn, [_FUNCTION, f"COMMENT ON FUNCTION guard_refuse() IS '{mark}'", *wanted.values()])
    _run(conn, [*_close_functions(conn), *_always(conn)])
    _run(conn, [statement.removesuffix(";") for statement in granted])


def drop(conn: Connection) -> None:
    """Drop every guard."""
    found = conn.exec_driver_sql(_TRIGGERS).all()
    _run(conn, [f"DROP TRIGGER {name} ON {table}" for table, name, _ in found if name.startswith("guard_")])


def triggers(metadata: MetaData) -> dict[str, str]:
    """Return every guard's statement by its name."""
    return dict(guard for table in metadata.sorted_tables for guard in _guards(table))


def _guards(table: Table) -> Iterator[tuple[str, str]]:
    frozen = frozen_columns(table)
    old, new = (", ".join(_value(row, column) for column in frozen) for row in ("OLD", "NEW"))
    yield _guard(table, "UPDATE", "ROW", f" WHEN (ROW({old}) IS DISTINCT FROM ROW({new}))")
    if not rules_of(table).deletes:
        yield _guard(table, "DELETE", "ROW")
    yield _guard(table, "TRUNCATE", "STATEMENT")


def _value(row: str, column: Column[object]) -> str:
    # JSON has no equality in PostgreSQL.
    return f"{row}.{column.name}::text" if isinstance(column.type, JSON) else f"{row}.{column.name}"


def _guard(table: Table, event: str, each: str, when: str = "") -> tuple[str, str]:
    name = f"guard_{event.lower()}_{table.name}"
    created = f"CREATE TRIGGER {name} BEFORE {event} ON {table.name} FOR EACH {each}{when}"
    return name, f"{created} EXECUTE FUNCTION guard_refuse()"


def _open_functions(conn: Connection) -> list[str]:
    return list(conn.exec_driver_sql(_OPEN_FUNCTIONS).scalars())


def _close_functions(conn: Connection) -> list[str]:
    schema = conn.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    path = f"pg_catalog, {schema}, pg_temp"
    return [f"ALTER FUNCTION {name}() SET search_path = {path}" for name in _open_functions(conn)]


def _always(conn: Connection) -> list[str]:
    found = conn.exec_driver_sql(_TRIGGERS).all()
    return [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for table, name, mode in found if mode != "A"]


def _run(conn: Connection, statements: list[str]) -> None:
    """Run `statements` in one round trip."""
    if statements:
        conn.execution_options(no_parameters=True).exec_driver_sql(";\n".join(statements))
