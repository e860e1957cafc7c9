"""The migrated schema is the one the code expects, on both databases."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Integer, String
from sqlalchemy.types import TypeEngine

from h5app.migrations import migrate
from h5app.tables import metadata
from partner_adapters.kit.durable.store import Store


def test_the_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    migrate(database_url)
    migrate(database_url)

    def differences(conn: Connection) -> list[object]:
        context = MigrationContext.configure(conn, opts={"compare_type": _has_other_type})
        return list(compare_metadata(context, metadata))

    store = Store(database_url)
    assert store.read_now(differences) == []
    store.close()


def _has_other_type(
    context: MigrationContext,
    _found: object,
    _expected: object,
    found: TypeEngine[Any],
    expected: TypeEngine[Any],
) -> bool | None:
    """Whether two column types differ; None leaves the decision to Alembic.

    Our first SQLite tables say BIGINT and VARCHAR, and STRICT ones must say INTEGER and TEXT: SQLite stores them alike.
    """
    impl = getattr(expected, "impl_instance", expected)
    alike = any(isinstance(found, kind) and isinstance(impl, kind) for kind in (Integer, String))
    return False if context.dialect.name == "sqlite" and alike else None
