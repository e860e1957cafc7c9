"""Sessions of any application: a secret for the browser, its hash in the database, an end in time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Column, MetaData, String, select

from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.pages.security import sessions
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret
from partner_adapters.kit.pages.security.sessions import Lifetime, define_sessions

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
    store.write_now(lambda conn: sessions.touch(conn, table, begun.id_hash, later))
    store.write_now(lambda conn: sessions.end(conn, table, begun.id_hash, later, {"clerk": ""}))
    ended = store.read_now(lambda conn: conn.execute(named).one())
    assert (ended.clerk, ended.last_seen_at, ended.ended_at) == ("", later, later)
    store.close()


def test_a_session_lives_while_it_is_used_and_not_for_ever() -> None:
    def is_live(after: timedelta, idle: timedelta, ended_at: datetime | None = None) -> bool:
        now = NOON + after
        return LIFETIME.is_live(now, created_at=NOON, last_seen_at=now - idle, ended_at=ended_at)

    assert is_live(timedelta(hours=7), idle=timedelta(minutes=14))
    assert not is_live(timedelta(hours=7), idle=timedelta(minutes=15))
    assert not is_live(timedelta(hours=8), idle=timedelta())
    assert not is_live(timedelta(minutes=1), idle=timedelta(), ended_at=NOON)
