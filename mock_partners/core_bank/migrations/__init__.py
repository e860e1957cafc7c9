"""The schema, step by step. `migrate(url)` brings a database to the newest step; running it again does nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from partner_adapters.durable.store import Store

FOLDER = Path(__file__).parent
_LOCK = 0x73756E62
"""Any number that only we lock."""


def migrate(url: str) -> None:
    """All missing steps in one transaction; others who start at the same time wait for it."""
    store = Store(url)
    try:
        with _alone(store):
            store.write_now(upgrade)
    finally:
        store.close()


def upgrade(conn: Connection, to: str = "head") -> None:
    """All steps up to `to`, in the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = conn
    command.upgrade(config, to)


def run_sql(conn: Connection, name: str) -> None:
    """The statements of `sql/<name>.<dialect>.sql`, which empty lines part from each other."""
    file = FOLDER / "sql" / f"{name}.{conn.dialect.name}.sql"
    for statement in file.read_text("utf-8").split("\n\n"):
        conn.execution_options(no_parameters=True).exec_driver_sql(statement)


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    if store.is_sqlite:  # its writer's BEGIN IMMEDIATE is the lock
        yield
        return
    engine = create_engine(store.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        yield
