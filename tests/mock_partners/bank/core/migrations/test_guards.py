"""Each table is held by what it declares, and a table that is added later too."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    event,
    text,
)

from mock_partners.bank.core.kernel.tables import SHAPE
from mock_partners.bank.core.migrations import FOLDER, MIGRATIONS, migrate
from mock_partners.bank.core.migrations.guards import grants, postgresql, sqlite
from mock_partners.bank.core.schema import metadata
from partner_adapters.kit.durable.columns import DOCUMENT, characters
from partner_adapters.kit.durable.private_files import DatabaseRefused
from partner_adapters.kit.durable.row_rules import row_rules, rules_of
from partner_adapters.kit.durable.store import Store
from tests.mock_partners.bank.core.ledger.test_ledger_held_by_database import REFUSED, raw_session
from tests.support.databases.postgresql import as_service_user, fresh_database

LATER = MetaData()
OPEN = text("state = 'open'")
shelf = Table("shelf", LATER, Column("shelf_id", characters(8), primary_key=True), info=row_rules(), **SHAPE)
book = Table(
    "book",
    LATER,
    Column("book_id", characters(8), primary_key=True),
    Column("number", characters(8), nullable=False),
    Column("reader", characters(8)),
    Column("state", characters(8), nullable=False),
    Column("shelf_id", characters(8)),
    Column("words", DOCUMENT, nullable=False),
    ForeignKeyConstraint(["shelf_id"], ["shelf.shelf_id"]),
    UniqueConstraint("number"),
    Index("book_open", "reader", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    info=row_rules(("reader", "state", "shelf_id")),
    **SHAPE,
)
BOOKS = """INSERT INTO book VALUES
    ('a', '1', 'ann', 'open', 's', '{}'), ('b', '2', 'ann', 'back', NULL, '{}'),
    ('c', '3', 'bob', 'open', NULL, '{}')"""
ALLOWED = (
    "UPDATE book SET state = 'back', reader = 'bob' WHERE book_id = 'b'",
    "UPDATE book SET shelf_id = NULL WHERE book_id = 'a'",
    "UPDATE book SET number = number, words = words, state = state",
    "UPDATE shelf SET shelf_id = shelf_id",
)
FORBIDDEN = (
    "UPDATE book SET number = '9' WHERE book_id = 'a'",
    "UPDATE book SET words = '[]' WHERE book_id = 'a'",
    "UPDATE book SET book_id = 'z' WHERE book_id = 'a'",
    "UPDATE book SET shelf_id = 'none' WHERE book_id = 'b'",
    "UPDATE book SET state = 'open' WHERE book_id = 'b'",
    "UPDATE book SET reader = 'bob' WHERE book_id = 'a'",
    "INSERT INTO book VALUES ('d', '4', NULL, 'back', 'none', '{}')",
    "DELETE FROM book",
    "DELETE FROM shelf",
)
SQLITE_FORBIDDEN = (
    "INSERT OR REPLACE INTO book VALUES ('a', '9', NULL, 'back', NULL, '{}')",
    "INSERT OR REPLACE INTO book VALUES ('d', '1', NULL, 'back', NULL, '{}')",
    "INSERT OR REPLACE INTO book VALUES ('d', '9', 'ann', 'open', NULL, '{}')",
    "UPDATE OR REPLACE book SET state = 'open' WHERE book_id = 'b'",
    "UPDATE OR REPLACE book SET reader = 'ann' WHERE book_id = 'c'",
    "UPDATE OR REPLACE book SET number = '2' WHERE book_id = 'a'",
    "REPLACE INTO shelf VALUES ('s')",
    "INSERT OR IGNORE INTO book VALUES ('d', '4', NULL, 'back', 'none', '{}')",
    "UPDATE OR IGNORE book SET number = '9' WHERE book_id = 'a'",
)


def guard(store: Store) -> None:
    """Install the guards of the tables that no line of SQL knows."""
    install = sqlite.install if store.is_sqlite else postgresql.install
    store.write_now(lambda conn: install(conn, LATER))


def fails(session: Any, statement: str) -> bool:
    try:
        session.execute(statement)
    except REFUSED:
        return True
    return False


def test_a_table_is_held_by_what_it_declares(database_url: str) -> None:
    store = Store(database_url)
    store.write_now(LATER.create_all)
    guard(store)
    store.close()
    forbidden = FORBIDDEN + (
        SQLITE_FORBIDDEN if store.is_sqlite else ("TRUNCATE book", "TRUNCATE shelf, book")
    )
    with closing(raw_session(database_url)) as session:
        session.execute("INSERT INTO shelf VALUES ('s')")
        session.execute(BOOKS)
        before = session.execute("SELECT book_id, number, reader, state FROM book ORDER BY 1").fetchall()
        assert [each for each in forbidden if not fails(session, each)] == []
        assert (
            session.execute("SELECT book_id, number, reader, state FROM book ORDER BY 1").fetchall() == before
        )
        assert [each for each in ALLOWED if fails(session, each)] == []


def ddl(store: Store) -> list[str]:
    """Return the statements of a migration that change something."""
    ran: list[str] = []

    def watched(conn: Connection) -> None:
        event.listen(conn, "before_cursor_execute", lambda *call: ran.append(call[2]))
        MIGRATIONS.upgrade(conn)

    store.write_now(watched)
    return [each for each in ran if each.lstrip().startswith(("CREATE", "DROP", "ALTER", "GRANT", "DO"))]


def test_a_guard_that_was_dropped_is_back_after_the_next_start(migrated_url: str) -> None:
    store = Store(migrated_url)
    migrate(migrated_url)
    assert ddl(store) == []
    on_table = "" if store.is_sqlite else " ON posting"
    with closing(raw_session(migrated_url)) as session:
        session.execute(f"DROP TRIGGER guard_delete_posting{on_table}")
    assert ddl(store) != []
    assert ddl(store) == []
    if not store.is_sqlite:
        with closing(raw_session(migrated_url)) as session:
            session.execute("ALTER TABLE posting DISABLE TRIGGER posting_moves_balances")
        assert ddl(store) != []
    store.close()


def test_no_row_that_another_one_names_can_be_deleted_or_renamed() -> None:
    for table in metadata.tables.values():
        for reference in table.foreign_keys:
            rules = rules_of(reference.column.table)
            assert not rules.deletes, (table.name, reference)
            assert reference.column.name not in rules.changes, (table.name, reference)


def test_the_file_of_grants_is_that_of_the_tables() -> None:
    file = FOLDER / "sql" / "grants.postgresql.sql"
    assert file.read_text("utf-8") == "\n\n".join(grants.statements(metadata)) + "\n", "run `make grants`"


@pytest.mark.postgresql
def test_the_cores_own_user_starts_at_the_newest_schema_and_migrates_nothing(
    migrated_template: str, postgresql_cluster: str
) -> None:
    with fresh_database(postgresql_cluster, "older", migrated_template) as url:
        migrate(url)
        migrate(as_service_user(url))
        with closing(raw_session(url)) as session:
            session.execute("UPDATE alembic_version SET version_num = '0025'")
        with pytest.raises(DatabaseRefused, match="as its owner"):
            migrate(as_service_user(url))
