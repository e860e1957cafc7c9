"""Readiness says when a node cannot write to its database, and when it can again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert

from partner_adapters.kit.durable import store as stores
from partner_adapters.kit.durable import writable
from partner_adapters.kit.durable.store import DatabaseAway, Store
from partner_adapters.kit.durable.writable import READ_ONLY, WriteCheck
from partner_adapters.kit.observed.readiness import NotReady
from tests.support.databases.cutting import locked
from tests.support.databases.postgresql import hang_up

pytestmark = pytest.mark.anyio
metadata = MetaData()
rows = Table("row", metadata, Column("id", Integer, primary_key=True))


@pytest.fixture
async def store(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    monkeypatch.setattr(stores, "SQLITE_BUSY_MS", 100)
    store = Store(database_url)
    store.write_now(metadata.create_all)
    yield store
    store.close()


class Counting(Store):
    writes = 0

    async def write(self, *command: Any, **how: Any) -> Any:
        self.writes += 1
        return await super().write(*command, **how)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_it_writes_at_most_once_in_its_time(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Counting(database_url)
    check = WriteCheck(store)
    await asyncio.gather(*(check() for _ in range(3)))
    assert store.writes == 1
    monkeypatch.setattr(writable, "WRITE_EVERY_S", 0)
    await check()
    assert store.writes == 2
    store.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_that_cannot_be_written_is_noticed_and_so_is_its_recovery(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writable, "WRITE_EVERY_S", 0)
    check = WriteCheck(store)
    with locked(store.url), pytest.raises(DatabaseAway):
        await check()
    await check()


def _insert(conn: Connection) -> None:
    conn.execute(insert(rows).values(id=1))


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
@pytest.mark.parametrize("queue", ["", "q"])
async def test_a_server_that_became_read_only_is_noticed_and_its_connections_are_replaced(
    store: Store, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A standby is read-only for good. Here the default of new connections makes them so, until it is taken back."""
    monkeypatch.setattr(writable, "WRITE_EVERY_S", 0)
    check, name = WriteCheck(store), store.url.rpartition("/")[2]
    with psycopg.connect(store.url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        hang_up(store.url)
        with pytest.raises(NotReady) as raised:
            await check()
        assert raised.value.cause == READ_ONLY
        with pytest.raises(DatabaseAway):
            await store.write(_insert, queue=queue)
    with psycopg.connect(store.url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute("SET default_transaction_read_only = off")
        admin.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    await store.write(_insert, queue=queue)
    await check()
