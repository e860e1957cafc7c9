"""Every step of h5app's schema runs forwards over a database in use: no row is lost, none changes."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Connection, Integer, MetaData, insert, select

from h5app.migrations import MIGRATIONS, migrate
from partner_adapters.kit.durable.migrating import Migrations
from partner_adapters.kit.durable.store import Store
from tests.support.sample import newest_and_every_nth

ROWS = 3


def steps_of(migrations: Migrations) -> list[str]:
    """Every revision, oldest first."""
    config = Config()
    config.set_main_option("script_location", str(migrations.folder))
    return [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()][::-1]


def reflected(conn: Connection) -> MetaData:
    found = MetaData()
    found.reflect(conn)
    found.remove(found.tables["alembic_version"])
    return found


def fill(conn: Connection) -> None:
    """Rows in every table, with a value in every column: its longest text, its greatest number."""
    for table in reflected(conn).sorted_tables:
        for number in range(ROWS):
            values: dict[str, Any] = {}
            for column in table.columns:
                if isinstance(column.type, BigInteger | Integer):
                    most = 2**62 if isinstance(column.type, BigInteger) else 2**31 - 1
                    values[column.name] = most - number
                else:
                    text = f"{number}行{column.name}" * 100
                    values[column.name] = text[: getattr(column.type, "length", None) or 500]
            conn.execute(insert(table).values(values))


def rows(conn: Connection) -> dict[str, list[dict[str, Any]]]:
    return {
        table.name: [dict(row) for row in conn.execute(select(table).order_by(*table.primary_key)).mappings()]
        for table in reflected(conn).sorted_tables
    }


@pytest.mark.parametrize("step", newest_and_every_nth(steps_of(MIGRATIONS), newest=4, nth=4))
def test_a_database_with_rows_at_any_step_comes_to_the_newest(database_url: str, step: str) -> None:
    store = Store(database_url)
    store.write_now(lambda conn: MIGRATIONS.upgrade(conn, step))
    store.write_now(fill)
    before = store.read_now(rows)
    migrate(database_url)
    after = store.read_now(rows)
    store.close()
    assert len(before) > 3
    for table, kept in before.items():
        assert len(kept) == ROWS
        assert [{name: row[name] for name in kept[0]} for row in after[table]] == kept
