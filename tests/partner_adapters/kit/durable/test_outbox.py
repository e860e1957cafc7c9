"""The outbox: each piece of work has its effect once, under the reference of its cause, until it is done."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, func, insert, select, update

from partner_adapters.kit.durable.outbox import (
    LEASE,
    Effect,
    OutboxRow,
    OutboxWorker,
    RetryLater,
    define_outbox,
    post,
    post_leased,
)
from partner_adapters.kit.durable.outbox_metrics import OutboxCollector
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.observed.request_id import current_request_id, under_reference
from partner_adapters.kit.values.clock import FixedClock

metadata = MetaData()
outbox = define_outbox(metadata)
effects = Table("effect", metadata, Column("id", Integer, primary_key=True), Column("subject", String(64)))
START = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url)
    store.write_now(metadata.create_all)
    yield store
    store.close()


def add(conn: Connection, subject: str = "s") -> None:
    post(conn, outbox, bank_id="hzw", kind="k", subject=subject, payload={"n": 1}, now=START)


def add_leased(conn: Connection) -> OutboxRow:
    return post_leased(conn, outbox, bank_id="hzw", kind="k", subject="s", payload={"n": 1}, now=START)


def count(conn: Connection) -> int:
    return int(conn.execute(select(func.count()).select_from(effects)).scalar_one())


def states(conn: Connection) -> list[str]:
    return [row.state for row in conn.execute(select(outbox))]


async def effect_of(row: OutboxRow) -> Effect:
    def effect(conn: Connection) -> None:
        conn.execute(insert(effects).values(subject=row.subject))

    return effect


def worker(store: Store, clock: FixedClock, handler: Any) -> OutboxWorker:
    return OutboxWorker(store, outbox, clock, {"k": handler})


@pytest.mark.anyio
async def test_work_whose_cause_was_undone_is_never_done(store: Store) -> None:
    def cause(conn: Connection) -> None:
        add(conn)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.write(cause)
    assert await worker(store, FixedClock(START), effect_of).work_once() == 0


@pytest.mark.anyio
async def test_four_workers_do_each_piece_once(store: Store) -> None:
    for n in range(12):
        await store.write(lambda conn, n=n: add(conn, str(n)))
    workers = [worker(store, FixedClock(START), effect_of) for _ in range(4)]
    while sum(await asyncio.gather(*(w.work_once() for w in workers))):
        pass
    assert await store.read(count) == 12
    assert set(await store.read(states)) == {"done"}


@pytest.mark.anyio
async def test_a_worker_that_lost_its_lease_cannot_commit_its_effect(store: Store) -> None:
    clock = FixedClock(START)
    await store.write(add)
    second = worker(store, clock, effect_of)

    async def slow(row: OutboxRow) -> Effect:
        clock.advance(LEASE + timedelta(seconds=1))
        await second.work_once()
        return await effect_of(row)

    await worker(store, clock, slow).work_once()
    assert await store.read(count) == 1


@pytest.mark.anyio
async def test_held_work_is_not_begun_but_what_was_begun_goes_on(store: Store) -> None:
    clock, held, done = FixedClock(START), [("hab", "k")], []

    async def later(row: OutboxRow) -> Effect:
        done.append(row.subject)
        if row.attempts == 1:
            raise RetryLater("still processing")
        return await effect_of(row)

    holding = OutboxWorker(store, outbox, clock, {"k": later}, held=lambda _: held)
    await store.write(lambda conn: add(conn, "begun"))
    await holding.work_once()  # another bank's work is held
    held[:] = [("hzw", "k"), ("hzw", "other")]
    await store.write(lambda conn: add(conn, "new"))
    for _ in range(3):
        clock.advance(timedelta(minutes=1))
        await holding.work_once()
    assert done == ["begun", "begun"]
    held.clear()
    await holding.work_once()
    assert done == ["begun", "begun", "new"]


@pytest.mark.anyio
async def test_held_work_that_its_cause_would_attempt_is_left_to_the_workers(store: Store) -> None:
    clock, held = FixedClock(START), [("hzw", "k")]
    holding = OutboxWorker(store, outbox, clock, {"k": effect_of}, held=lambda _: held)
    assert await store.write(lambda conn: holding.leave_held(conn, add_leased(conn)))
    assert await holding.work_once() == 0
    held.clear()
    assert await holding.work_once() == 1, "without waiting for the end of a lease"
    assert not await store.write(lambda conn: holding.leave_held(conn, add_leased(conn)))


@pytest.mark.anyio
async def test_work_is_retried_after_the_time_that_its_handler_names(store: Store) -> None:
    clock, attempts_seen = FixedClock(START), []

    async def not_yet(row: OutboxRow) -> Effect:
        attempts_seen.append(row.attempts)
        if len(attempts_seen) < 3:
            raise RetryLater("still processing", after_s=5)
        return await effect_of(row)

    await store.write(add)
    waiting = worker(store, clock, not_yet)
    assert [await waiting.work_once(), await waiting.work_once()] == [1, 0]
    for _ in range(2):
        clock.advance(timedelta(seconds=5))
        await waiting.work_once()
    assert attempts_seen == [1, 2, 3]
    assert await store.read(count) == 1


@pytest.mark.anyio
async def test_a_handler_that_raises_is_retried_and_loses_nothing(store: Store) -> None:
    clock, tries = FixedClock(START), 0

    async def breaks_twice(row: OutboxRow) -> Effect:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise ConnectionError
        return await effect_of(row)

    await store.write(add)
    failing = worker(store, clock, breaks_twice)
    for _ in range(4):
        await failing.work_once()
        clock.advance(timedelta(seconds=31))
    assert (tries, await store.read(count)) == (3, 1)


@pytest.mark.anyio
@pytest.mark.parametrize(("attempts", "wait_s"), [(1, 1), (2, 2), (5, 16), (6, 30), (2_000, 30)])
async def test_each_retry_waits_longer_and_none_longer_than_half_a_minute(
    store: Store, attempts: int, wait_s: int
) -> None:
    async def down(_row: OutboxRow) -> Effect:
        raise RetryLater("no answer")

    await store.write(add)
    await store.write(lambda conn: conn.execute(update(outbox).values(attempts=attempts - 1)))
    await worker(store, FixedClock(START), down).work_once()
    row = await store.read(lambda conn: conn.execute(select(outbox)).one())
    assert (row.due_at - START, row.leased_until) == (timedelta(seconds=wait_s), None)


@pytest.mark.anyio
async def test_work_that_its_cause_attempts_is_left_alone_until_its_lease_ends(store: Store) -> None:
    clock = FixedClock(START)
    row, polling = await store.write(add_leased), worker(store, clock, effect_of)
    assert await polling.work_once() == 0
    await worker(store, clock, effect_of).attempt(row)
    assert (await store.read(count), await store.read(states)) == (1, ["done"])
    clock.advance(LEASE)
    assert await polling.work_once() == 0


@pytest.mark.anyio
async def test_work_whose_cause_died_before_the_attempt_is_done_after_its_lease(store: Store) -> None:
    clock = FixedClock(START)
    late = await store.write(add_leased)
    clock.advance(LEASE)
    assert await worker(store, clock, effect_of).work_once() == 1
    await worker(store, clock, effect_of).attempt(late)
    assert await store.read(count) == 1


@pytest.mark.anyio
async def test_work_runs_under_the_reference_of_its_cause_however_late(store: Store) -> None:
    references: list[str] = []

    async def look(row: OutboxRow) -> Effect:
        references.append(current_request_id())
        return lambda conn: add(conn, "caused by it") and None

    with under_reference("3F7K-21QX"):
        await store.write(add)
    clock = FixedClock(START)
    for _ in range(2):
        clock.advance(timedelta(hours=1))
        await worker(store, clock, look).work_once()
    assert references == ["3F7K-21QX", "3F7K-21QX"]
    assert current_request_id() == ""


@pytest.mark.anyio
async def test_work_without_a_known_cause_has_a_reference_of_its_own(store: Store) -> None:
    references: list[str] = []

    async def look(_row: OutboxRow) -> Effect:
        references.append(current_request_id())
        return lambda _conn: None

    for subject in ("a", "b"):
        await store.write(lambda conn, subject=subject: add(conn, subject))
    await worker(store, FixedClock(START), look).work_once()
    assert len(set(references)) == 2
    assert "" not in references


@pytest.mark.anyio
async def test_metrics_count_the_rows_that_wait_and_give_the_age_of_the_oldest(store: Store) -> None:
    clock = FixedClock(START)
    registry = CollectorRegistry()
    registry.register(OutboxCollector("party", store, outbox, clock))
    for subject in ("a", "b"):
        await store.write(lambda conn, subject=subject: add(conn, subject))
    clock.advance(timedelta(minutes=2))

    def shown(name: str) -> float | None:
        return registry.get_sample_value(name, {"bank_id": "hzw", "kind": "k"})

    assert shown("party_outbox_waiting") == 2
    assert shown("party_outbox_oldest_seconds") == 120
    await worker(store, clock, effect_of).work_once()
    assert shown("party_outbox_waiting") is None
