"""A database that is disconnected, busy or unavailable: retry if nothing was committed, and report what is known."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from partner_adapters.kit.durable import store as stores
from partner_adapters.kit.durable.store import DatabaseAway, Store
from tests.support.databases.cutting import Moment, cut, locked
from tests.support.databases.postgresql import hang_up

metadata = MetaData()
counter = Table("counter", metadata, Column("id", Integer, primary_key=True), Column("n", Integer))


def value(conn: Connection) -> int:
    return int(conn.execute(select(counter.c.n)).scalar_one())


def add_one(conn: Connection) -> None:
    conn.execute(update(counter).values(n=value(conn) + 1))


def add_once(conn: Connection) -> None:
    if value(conn) == 0:
        add_one(conn)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url)
    store.write_now(metadata.create_all)
    store.write_now(lambda conn: conn.execute(insert(counter).values(id=1, n=0)))
    yield store
    store.close()


on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_postgresql
def test_a_command_whose_connection_is_cut_midway_is_run_again(store: Store) -> None:
    with cut(store, "midway", "UPDATE counter") as done:
        store.write_now(add_one)
    assert done.happened
    assert store.read_now(value) == 1


@on_postgresql
def test_connections_that_were_cut_while_idle_are_replaced(store: Store) -> None:
    assert store.read_now(value) == 0
    for queue in ("", "q"):
        hang_up(store.url)
        store.write_now(add_one, queue=queue)
        hang_up(store.url)
        store.read_now(value)
    assert store.read_now(value) == 2


@on_postgresql
@pytest.mark.parametrize(("moment", "committed"), [("at_commit", 0), ("after_commit", 1)])
def test_a_cut_at_the_commit_is_reported_as_maybe_committed_and_not_retried(
    store: Store, moment: Moment, committed: int
) -> None:
    with cut(store, moment, "UPDATE counter") as done, pytest.raises(DatabaseAway) as raised:
        store.write_now(add_one)
    assert done.happened
    assert raised.value.maybe_committed
    assert store.read_now(value) == committed


@on_postgresql
@pytest.mark.parametrize("moment", ["at_commit", "after_commit"])
def test_a_repeatable_command_is_run_again_after_a_cut_at_the_commit(store: Store, moment: Moment) -> None:
    with cut(store, moment, "UPDATE counter") as done:
        store.write_now(add_once, repeatable=True)
    assert done.happened
    assert store.read_now(value) == 1


@on_postgresql
def test_a_read_whose_connection_is_cut_is_run_again(store: Store) -> None:
    killed: list[int] = []

    def read(conn: Connection) -> int:
        if not killed:
            killed.append(conn.execute(text("SELECT pg_backend_pid()")).scalar_one())
            with psycopg.connect(store.url.replace("+psycopg", ""), autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(%s, 5000)", killed)
        return value(conn)

    assert store.read_now(read) == 0


@on_postgresql
def test_an_unreachable_database_raises_database_away_with_nothing_committed(store: Store) -> None:
    gone = Store(f"{store.url}_that_never_was")
    with pytest.raises(DatabaseAway) as raised:
        gone.write_now(add_one)
    gone.close()
    assert not raised.value.maybe_committed


@on_sqlite
def test_a_file_that_stays_locked_raises_database_away_in_time_and_can_still_be_read(
    database_url: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "SQLITE_BUSY_MS", 100)
    hurried = Store(database_url)
    with locked(store.url):
        with pytest.raises(DatabaseAway) as raised:
            hurried.write_now(add_one)
        assert hurried.read_now(value) == 0
    assert not raised.value.maybe_committed
    hurried.write_now(add_one)
    assert hurried.read_now(value) == 1
    hurried.close()


@on_postgresql
def test_a_transaction_that_conflicts_at_each_attempt_raises_database_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "CROSSED_ATTEMPTS", 3)
    attempts = []

    def conflict(conn: Connection) -> None:
        attempts.append(1)
        add_one(conn)
        conn.execute(text("DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$"))

    with pytest.raises(DatabaseAway) as raised:
        store.write_now(conflict)
    assert not raised.value.maybe_committed
    assert len(attempts) == 3
    assert store.read_now(value) == 0


@on_sqlite
@pytest.mark.anyio
async def test_a_command_that_waited_too_long_for_its_turn_is_not_begun(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "COMMAND_WAITS_S", -1.0)
    with pytest.raises(DatabaseAway, match="turn"):
        await store.write(add_one, "AddOne")
    assert await store.read(value) == 0


def test_an_error_of_the_statement_is_raised_as_it_is_without_its_values(store: Store) -> None:
    with pytest.raises(DBAPIError) as raised:
        store.write_now(
            lambda conn: conn.execute(text("SELECT * FROM nowhere WHERE n = :n"), {"n": "secret"})
        )
    assert "secret" not in str(raised.value)


def test_a_full_disk_raises_database_away(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/small.sqlite")
    store.write_now(metadata.create_all)

    def fill(conn: Connection) -> None:
        conn.exec_driver_sql("PRAGMA max_page_count = 8")
        conn.exec_driver_sql("CREATE TABLE big AS SELECT randomblob(100000) AS b")

    with pytest.raises(DatabaseAway):
        store.write_now(fill)
    store.close()
