"""Sessions of any application: a secret for the browser, its hash in the database, an end in time."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, String, select
from sqlalchemy.exc import OperationalError

from partner_adapters.kit.durable.background import Background
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.pages.security import sessions
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret
from partner_adapters.kit.pages.security.sessions import Lifetime, Uses, define_sessions
from tests.support.houses.serving import until

metadata = MetaData(naming_convention={"ix": "%(table_name)s_%(column_0_N_name)s_idx"})
table = define_sessions(metadata, Column("clerk", String(32), nullable=False))
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
LIFETIME = Lifetime(idle=timedelta(minutes=15), absolute=timedelta(hours=8))


def test_a_session_begins_is_used_and_ends(tmp_path: Path) -> None:
    store, secret = Store(f"sqlite:///{tmp_path}/desk.sqlite"), new_secret()
    store.write_now(metadata.create_all)
    store.write_now(lambda conn: sessions.begin(conn, table, secret, NOON, {"clerk": "wu"}))
    named = select(table).where(table.c.id_hash == hash_secret(secret))
    begun = store.read_now(lambda conn: conn.execute(named).one())
    assert (begun.clerk, begun.created_at, begun.last_seen_at, begun.ended_at) == ("wu", NOON, NOON, None)
    assert secret not in str(begun)
    later = NOON + timedelta(minutes=1)
    store.write_now(lambda conn: sessions.end(conn, table, begun.id_hash, later, {"clerk": ""}))
    ended = store.read_now(lambda conn: conn.execute(named).one())
    assert (ended.clerk, ended.last_seen_at, ended.ended_at) == ("", NOON, later)
    store.close()


@pytest.mark.anyio
async def test_a_use_is_known_at_once_and_written_while_work_runs_and_at_its_end(tmp_path: Path) -> None:
    store, secrets, later = (
        Store(f"sqlite:///{tmp_path}/desk.sqlite"),
        ["one", "two"],
        NOON + timedelta(minutes=1),
    )
    store.write_now(metadata.create_all)
    for secret in secrets:
        begin = partial(sessions.begin, sessions=table, secret=secret, now=NOON, values={"clerk": "wu"})
        await store.write(begin)
    uses, first, second = Uses(store, table), *map(hash_secret, secrets)

    async def written() -> dict[str, datetime]:
        query = select(table.c.id_hash, table.c.last_seen_at)
        return {
            row.id_hash: row.last_seen_at for row in await store.read(lambda conn: conn.execute(query).all())
        }

    async with Background().running({"uses": uses.run()}):
        uses.record(first, later)
        assert uses.latest(first, NOON) == later
        await until(lambda: uses.latest(first, NOON) == NOON)
        assert await written() == {first: later, second: NOON}
        uses.record(second, later)
        # Written on another node since.
        uses.record(first, NOON)
    assert await written() == {first: later, second: later}
    store.close()


@pytest.mark.anyio
async def test_a_use_is_kept_while_the_database_cannot_be_written(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/desk.sqlite")
    uses, later = Uses(store, table), NOON + timedelta(minutes=1)
    uses.record("session", later)
    with pytest.raises(OperationalError, match="no such table"):
        await uses.write()
    assert uses.latest("session", NOON) == later
    store.write_now(metadata.create_all)
    await uses.write()
    assert uses.latest("session", NOON) == NOON
    store.close()


def test_a_session_lives_while_it_is_used_and_not_for_ever() -> None:
    def is_live(after: timedelta, idle: timedelta, ended_at: datetime | None = None) -> bool:
        now = NOON + after
        return LIFETIME.is_live(now, created_at=NOON, last_seen_at=now - idle, ended_at=ended_at)

    assert is_live(timedelta(hours=7), idle=timedelta(minutes=14))
    assert not is_live(timedelta(hours=7), idle=timedelta(minutes=15))
    assert not is_live(timedelta(hours=8), idle=timedelta())
    assert not is_live(timedelta(minutes=1), idle=timedelta(), ended_at=NOON)
