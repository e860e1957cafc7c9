"""Migrated databases have exactly the tables that the code believes in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from mock_partners.bank.core.migrations import migrate
from mock_partners.bank.core.schema import metadata
from partner_adapters.kit.durable.store import Store


def described(conn: Connection) -> dict[str, Any]:
    """What a comparison of columns does not see: keys, checks, indexes, references."""
    found = inspect(conn)
    return {
        table: {
            "primary": found.get_pk_constraint(table)["constrained_columns"],
            "unique": sorted(str(one["column_names"]) for one in found.get_unique_constraints(table)),
            "checks": sorted(
                (one["name"] or "", one["sqltext"]) for one in found.get_check_constraints(table)
            ),
            "indexes": sorted(
                (one["name"] or "", str(one["column_names"])) for one in found.get_indexes(table)
            ),
            "references": sorted(
                f"{one['constrained_columns']} {one['referred_table']} {one['referred_columns']}"
                for one in found.get_foreign_keys(table)
            ),
        }
        for table in sorted(metadata.tables)
    }


def test_the_migrated_schema_is_the_one_in_the_code(database_url: str) -> None:
    migrate(database_url)
    store = Store(database_url)
    differences = store.read_now(lambda conn: compare_metadata(_comparison(conn), metadata))
    migrated = store.read_now(described)

    def anew(conn: Connection) -> dict[str, Any]:
        if not store.is_sqlite:
            conn.execute(text("CREATE SCHEMA anew"))
            conn.execute(text("SET LOCAL search_path TO anew"))
        metadata.create_all(conn)
        return described(conn)

    if store.is_sqlite:
        store.close()
        store = Store(database_url.replace("test.sqlite", "anew.sqlite"))
    assert differences == []
    assert migrated == store.write_now(anew)
    store.close()


def _comparison(conn: Connection) -> MigrationContext:
    return MigrationContext.configure(conn, opts={"compare_type": True, "compare_server_default": True})


def test_every_table_of_the_books_is_strict_and_without_row_numbers(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'core.sqlite'}"
    migrate(url)
    store = Store(url)
    shapes = store.read_now(lambda conn: conn.execute(text("PRAGMA table_list")).all())
    names = store.read_now(lambda conn: conn.execute(text("SELECT name FROM sqlite_master")).scalars().all())
    store.close()
    loose = {shape.name for shape in shapes if shape.schema == "main" and not (shape.wr and shape.strict)}
    assert loose & set(metadata.tables) == set()
    assert [name for name in names if name.startswith(("old_", "kept_"))] == []


def test_every_key_begins_with_the_bank(database_url: str) -> None:
    migrate(database_url)
    store = Store(database_url)
    shape = store.read_now(described)
    store.close()
    of_the_machine = {"outbox", "job_lease"}
    for table in sorted(set(shape) - of_the_machine):
        assert shape[table]["primary"][0] == "bank_id", table
        assert all(unique.startswith("['bank_id'") for unique in shape[table]["unique"]), table
        assert all(reference.startswith("['bank_id'") for reference in shape[table]["references"]), table


def test_many_processes_may_start_at_once(database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(migrate, [database_url] * 4))
    store = Store(database_url)
    version = store.read_now(lambda conn: conn.execute(text("SELECT version_num FROM alembic_version")).all())
    store.close()
    assert len(version) == 1
