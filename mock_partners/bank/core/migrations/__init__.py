"""The core's schema. `migrate(url)` brings a database to the newest step, and does nothing at the newest step."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection

from mock_partners.bank.core.migrations import guards
from partner_adapters.kit.durable.migrating import Migrations

FOLDER = Path(__file__).parent
MIGRATIONS = Migrations(FOLDER, lock=0x73756E62, drop_guards=guards.drop, install_guards=guards.install)
migrate = MIGRATIONS.migrate


def read_sql(conn: Connection, name: str) -> list[str]:
    """Return the statements of `sql/<name>.<dialect>.sql`, which are separated by empty lines."""
    file = FOLDER / "sql" / f"{name}.{conn.dialect.name}.sql"
    return file.read_text("utf-8").split("\n\n")


def run_sql(conn: Connection, name: str) -> None:
    """Run the statements of `sql/<name>.<dialect>.sql`."""
    run_statements(conn, read_sql(conn, name))


def run_statements(conn: Connection, statements: Iterable[str]) -> None:
    """Run `statements` as they are: a `%` or a `:name` in them is not a parameter."""
    for statement in statements:
        conn.execution_options(no_parameters=True).exec_driver_sql(statement)
