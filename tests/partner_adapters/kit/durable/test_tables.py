"""A party without migrations keeps its rows when a new version adds columns."""

from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select

from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.durable.tables import create_missing


def test_a_column_that_came_later_is_added_and_no_row_is_lost(database_url: str) -> None:
    before, after = MetaData(), MetaData()
    old = Table("thing", before, Column("id", Integer, primary_key=True))
    new = Table(
        "thing",
        after,
        Column("id", Integer, primary_key=True),
        Column("cause", String(16), nullable=False, server_default=""),
    )
    store = Store(database_url)
    store.write_now(lambda conn: create_missing(conn, before))
    store.write_now(lambda conn: conn.execute(insert(old).values(id=1)))
    for _ in range(2):
        store.write_now(lambda conn: create_missing(conn, after))
    assert store.read_now(lambda conn: conn.execute(select(new)).all()) == [(1, "")]
    store.close()
