"""Idempotency keys: one effect and one answer for each key, however often it is sent."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, MetaData, Table, func, insert, select

from partner_adapters.kit.durable.idempotency import Answer, define_idempotency, fingerprint, once
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.problems import Problem

metadata = MetaData()
keys = define_idempotency(metadata)
effects = Table("effect", metadata, Column("id", Integer, primary_key=True))
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url)
    store.write_now(metadata.create_all)
    yield store
    store.close()


def command(key: str, body: str, *, bank: str = "hzw"):  # type: ignore[no-untyped-def]
    def run(conn: Connection) -> Answer:
        def effect() -> Answer:
            made = conn.execute(insert(effects)).inserted_primary_key
            assert made is not None
            return Answer(201, {"id": made[0], "body": body})

        return once(conn, keys, bank_id=bank, key=key, print_=fingerprint(body), now=NOW, effect=effect)

    return run


def count(conn: Connection) -> int:
    return int(conn.execute(select(func.count()).select_from(effects)).scalar_one())


@pytest.mark.anyio
@pytest.mark.parametrize("senders", [2, 5, 16])
async def test_many_senders_of_one_intent_make_one_effect_and_read_one_answer(
    store: Store, senders: int
) -> None:
    answers = await asyncio.gather(*(store.write(command("k", "b")) for _ in range(senders)))
    assert {str(a.body) for a in answers} == {str(answers[0].body)}
    assert [a.replayed for a in answers].count(False) == 1
    assert await store.read(count) == 1


@pytest.mark.anyio
async def test_the_same_key_with_another_body_is_refused_and_changes_nothing(store: Store) -> None:
    await store.write(command("k", "b"))
    with pytest.raises(Problem) as refused:
        await store.write(command("k", "other"))
    assert (refused.value.status, refused.value.code) == (422, "intent.reused")
    assert await store.read(count) == 1


@pytest.mark.anyio
async def test_two_banks_may_use_the_same_key(store: Store) -> None:
    await store.write(command("k", "b"))
    await store.write(command("k", "other", bank="hab"))
    assert await store.read(count) == 2


@settings(
    max_examples=settings().max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=8))
def test_effects_are_as_many_as_distinct_keys(store: Store, sent: list[str]) -> None:
    before = store.read_now(count)
    already = {row.key for row in store.read_now(lambda conn: conn.execute(select(keys)).all())}
    for key in sent:
        store.write_now(command(key, key))
    assert store.read_now(count) - before == len(set(sent) - already)
