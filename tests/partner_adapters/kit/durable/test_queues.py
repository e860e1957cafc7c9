"""Queues of writes on PostgreSQL: no two of one queue overlap, on any node, and no queue holds another one up."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, func, insert, select

from partner_adapters.kit.durable import store as stores
from partner_adapters.kit.durable.store import POSTGRES_CONNECTIONS, DatabaseAway, Store
from tests.support.databases.cutting import Moment, cut

metadata = MetaData()
note = Table("note", metadata, Column("id", String, primary_key=True), Column("seen", Integer))
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize(
        "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
    ),
]


@pytest.fixture
def stores_of_two_nodes(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Store, Store]]:
    one, other = Store(database_url), Store(database_url)
    one.write_now(metadata.create_all)
    yield one, other
    one.close()
    other.close()


class Noting:
    """Writes one row more, after it has counted those that are there. No constraint notices two that overlap."""

    def __init__(self) -> None:
        self.attempts = 0

    def __call__(self, conn: Connection) -> None:
        self.attempts += 1
        seen = conn.execute(select(func.count()).select_from(note)).scalar_one()
        conn.execute(insert(note).values(id=f"{id(conn)} {self.attempts} {seen}", seen=seen))


def seen(conn: Connection) -> list[int]:
    return list(conn.execute(select(note.c.seen).order_by(note.c.seen)).scalars())


@contextmanager
def held(url: str, queue: str) -> Iterator[None]:
    """Another node is in the queue meanwhile."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [queue])
        yield


async def test_each_write_sees_all_before_it_without_being_run_again(
    stores_of_two_nodes: tuple[Store, Store],
) -> None:
    noting = Noting()
    await asyncio.gather(*(store.write(noting, queue="q") for store in stores_of_two_nodes * 15))
    assert await stores_of_two_nodes[0].read(seen) == list(range(30))
    assert noting.attempts == 30


async def test_more_writes_than_connections_wait_in_a_queue_and_another_one_goes_on(
    stores_of_two_nodes: tuple[Store, Store],
) -> None:
    store, _ = stores_of_two_nodes
    with held(store.url, "slow"):
        waiting = [
            asyncio.create_task(store.write(Noting(), queue="slow")) for _ in range(2 * POSTGRES_CONNECTIONS)
        ]
        await asyncio.sleep(0)
        await store.write(Noting(), queue="quick")
        assert await store.read(seen) == [0]
    await asyncio.gather(*waiting)
    assert await store.read(seen) == list(range(1 + 2 * POSTGRES_CONNECTIONS))


async def test_a_turn_that_does_not_come_raises_database_away(
    database_url: str, stores_of_two_nodes: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "LOCK_WAITS_MS", 100)
    hurried = Store(database_url)
    with held(database_url, "q"), pytest.raises(DatabaseAway) as raised:
        await hurried.write(Noting(), queue="q")
    assert not raised.value.maybe_committed
    await hurried.write(Noting(), queue="q")
    assert await hurried.read(seen) == [0]
    hurried.close()


async def test_a_write_that_raises_leaves_its_queue(stores_of_two_nodes: tuple[Store, Store]) -> None:
    store, other = stores_of_two_nodes

    def fail(conn: Connection) -> None:
        Noting()(conn)
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(fail, queue="q")
    await other.write(Noting(), queue="q")
    assert await other.read(seen) == [0]


@pytest.mark.parametrize("moment", ["midway", "at_commit", "after_commit"])
async def test_a_write_whose_connection_is_cut_leaves_its_queue(
    stores_of_two_nodes: tuple[Store, Store], moment: Moment
) -> None:
    store, other = stores_of_two_nodes

    def note_once(conn: Connection) -> None:
        if not seen(conn):
            Noting()(conn)

    with cut(store, moment, "INSERT INTO note") as done:
        await store.write(note_once, queue="q", repeatable=True)
    assert done.happened
    await other.write(Noting(), queue="q")
    assert await other.read(seen) == [0, 1]
