"""The core's schema: `migrate(url)` brings a database to the newest step; again does nothing."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from partner_adapters.kit.durable.migrating import Migrations

FOLDER = Path(__file__).parent
MIGRATIONS = Migrations(FOLDER, lock=0x73756E62)
migrate = MIGRATIONS.migrate


def run_sql(conn: Connection, name: str) -> None:
    """The statements of `sql/<name>.<dialect>.sql`, which empty lines part from each other."""
    file = FOLDER / "sql" / f"{name}.{conn.dialect.name}.sql"
    for statement in file.read_text("utf-8").split("\n\n"):
        conn.execution_options(no_parameters=True).exec_driver_sql(statement)
