"""The store: transactions that conflict lose nothing, and keyed reads return the latest rows."""

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    bindparam,
    insert,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError

from partner_adapters.kit.durable import store as stores
from partner_adapters.kit.durable.columns import Moment
from partner_adapters.kit.durable.keyed_read import KeyedRead
from partner_adapters.kit.durable.store import DatabaseAway, Store

metadata = MetaData()
counter = Table(
    "counter", metadata, Column("id", Integer, primary_key=True), Column("n", Integer), Column("at", Moment)
)
AT = datetime(2026, 11, 24, 3, 0, 0, 123456, tzinfo=UTC)


def test_an_sqlite_without_strict_tables_is_refused_by_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.36.0")
    with pytest.raises(RuntimeError, match=r"SQLite 3\.37 or newer is needed; this Python has 3\.36\.0"):
        Store(f"sqlite:///{tmp_path / 'old.sqlite'}")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url)
    store.write_now(metadata.create_all)
    store.write_now(lambda conn: conn.execute(insert(counter).values(id=1, n=0, at=AT)))
    yield store
    store.close()


def value(conn: Connection) -> int:
    return int(conn.execute(select(counter.c.n)).scalar_one())


def add_one(conn: Connection) -> None:
    conn.execute(update(counter).values(n=value(conn) + 1))


@pytest.mark.anyio
async def test_fifty_read_then_write_commands_at_once_lose_nothing(store: Store) -> None:
    await asyncio.gather(*(store.write(add_one) for _ in range(50)))
    assert await store.read(value) == 50


@pytest.mark.anyio
async def test_two_stores_on_one_database_lose_nothing(store: Store) -> None:
    other = Store(store.url)
    await asyncio.gather(*(s.write(add_one) for s in [store, other] * 10))
    other.close()
    assert await store.read(value) == 20


ROW = KeyedRead(select(counter).where(counter.c.id == bindparam("id"), counter.c.at < bindparam("before")))
KEY = {"id": 1, "before": AT + timedelta(microseconds=1)}


@pytest.mark.anyio
async def test_a_keyed_read_returns_the_latest_values(store: Store) -> None:
    for count in range(5):
        (row,) = await store.read_by_key(ROW, KEY)
        assert (row.id, row.n, row.at) == (1, count, AT)
        await store.write(add_one)


@pytest.mark.anyio
async def test_each_of_many_keyed_reads_at_once_returns_its_own_rows(store: Store) -> None:
    keys = [KEY, KEY | {"before": AT}] * 20
    results = await asyncio.gather(*(store.read_by_key(ROW, values) for values in keys))
    assert [[row.id for row in rows] for rows in results] == [[1], []] * 20


@pytest.mark.anyio
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_keyed_read_whose_connection_was_cut_still_returns_its_rows_and_so_does_the_next(
    store: Store,
) -> None:
    await store.read_by_key(ROW, KEY)
    others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    await store.write(lambda conn: conn.execute(text(f"{others} AND datname = current_database()")).all())
    for _ in range(2):
        (row,) = await store.read_by_key(ROW, KEY)
        assert row.at == AT


@pytest.mark.anyio
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_keyed_read_of_an_unreachable_database_raises_database_away(store: Store) -> None:
    unreachable = make_url(store.url).set(port=1)
    gone = Store(unreachable.render_as_string(hide_password=False))
    with pytest.raises(DatabaseAway):
        await gone.read_by_key(ROW, KEY)
    gone.close()


@pytest.mark.anyio
async def test_a_keyed_read_of_a_locked_file_waits_without_blocking_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "SQLITE_BUSY_MS", 300)
    store = Store(f"sqlite:///{tmp_path}/x.sqlite")
    store.write_now(metadata.create_all)
    store.write_now(lambda conn: conn.execute(insert(counter).values(id=1, n=0, at=AT)))
    store.close()
    other_connection = sqlite3.connect(tmp_path / "x.sqlite", isolation_level=None)
    other_connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    other_connection.execute("BEGIN EXCLUSIVE")
    store = Store(store.url)
    rows = asyncio.create_task(store.read_by_key(ROW, KEY))
    await asyncio.sleep(0.05)
    assert not rows.done()
    other_connection.execute("UPDATE counter SET n = 7")
    other_connection.execute("COMMIT")
    other_connection.close()
    assert [row.n for row in await rows] == [7]
    assert await store.read_by_key(ROW, KEY | {"before": AT}) == []
    store.close()


@pytest.mark.anyio
async def test_a_command_that_raises_changes_nothing(store: Store) -> None:
    def fail(conn: Connection) -> None:
        add_one(conn)
        raise RuntimeError("after the write")

    with pytest.raises(RuntimeError, match="after the write"):
        await store.write(fail)
    assert await store.read(value) == 0


@pytest.mark.anyio
async def test_a_moment_keeps_its_microseconds_and_its_zone(store: Store) -> None:
    assert await store.read(lambda conn: conn.execute(select(counter.c.at)).scalar_one()) == AT
    with pytest.raises(Exception, match="zone"):
        await store.write(lambda conn: conn.execute(update(counter).values(at=AT.replace(tzinfo=None))))


def test_an_sqlite_store_waits_for_the_disk_and_checks_references(tmp_path: object) -> None:
    store = Store(f"sqlite:///{tmp_path}/x.sqlite")
    pragmas = {
        name: store.read_now(lambda conn, name=name: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one())
        for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
    }
    store.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}


def test_a_database_error_does_not_contain_the_values_of_its_statement(store: Store) -> None:
    def broken(conn: Connection) -> None:
        conn.execute(text("INSERT INTO nowhere VALUES (:name)"), {"name": "李秀英"})

    with pytest.raises(DBAPIError) as raised:
        store.write_now(broken)
    assert "nowhere" in str(raised.value)
    assert "李秀英" not in str(raised.value)
