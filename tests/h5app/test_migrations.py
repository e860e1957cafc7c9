"""The migrated schema is the one the code expects, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from h5app.migrations import migrate
from h5app.tables import metadata
from partner_adapters.kit.durable.store import Store


def test_the_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    migrate(database_url)
    migrate(database_url)

    def differences(conn: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(conn), metadata))

    store = Store(database_url)
    assert store.read_now(differences) == []
    store.close()
