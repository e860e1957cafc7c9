"""Every limit of every program: refused at one more than it allows, and served again once its time is over."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from h5app.limits import LIMITS
from mock_partners.bank.core.kernel.limits import IN_PROCESS
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.rate_limits import Counters, Limit, LimitReached, Moments, sender_of

START = datetime(2026, 11, 24, 2, 40, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OTHERS = Limit("others", "key", 1, timedelta(minutes=1))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def counters(clock: FixedClock) -> Counters:
    return Counters(clock, "program")


@pytest.mark.parametrize("row", [*LIMITS, *IN_PROCESS], ids=lambda row: row.name)
def test_a_row_refuses_one_more_and_goes_on_after_its_time(
    row: Limit, clock: FixedClock, counters: Counters
) -> None:
    for _ in range(row.most):
        counters.count(row, "one")
    with pytest.raises(LimitReached) as full:
        counters.count(row, "one")
    assert full.value.params["until"] == (START + row.within).isoformat()
    assert full.value.headers["Retry-After"] == str(int(row.within.total_seconds()))
    counters.count(row, "another")
    clock.advance(row.within - SECOND)
    with pytest.raises(LimitReached) as almost:
        counters.count(row, "one")
    assert almost.value.headers["Retry-After"] == "1"
    clock.advance(SECOND)
    counters.count(row, "one")


async def answered(status: int) -> Response:
    return Response(status_code=status)


async def refused() -> Response:
    raise Problem(404, "unknown")


@pytest.mark.anyio
async def test_what_counts_refusals_counts_neither_answers_nor_faults_of_ours(counters: Counters) -> None:
    row = Limit("guesses", "key", 2, timedelta(minutes=1), "refused")

    async def ask(status: int) -> int:
        return (await counters.serve([(row, "one")], lambda: answered(status))).status_code

    assert [await ask(status) for status in (200, 303, 503, 404, 200, 422)] == [200, 303, 503, 404, 200, 422]
    with pytest.raises(LimitReached):
        await ask(200)


@pytest.mark.anyio
async def test_refusals_side_by_side_are_no_more_than_allowed(counters: Counters) -> None:
    row = Limit("guesses", "key", 3, timedelta(minutes=1), "refused")
    begun, go = 0, asyncio.Event()

    async def slow() -> Response:
        nonlocal begun
        begun += 1
        await go.wait()
        return await refused()

    tasks = [asyncio.create_task(counters.serve([(row, "one")], slow)) for _ in range(20)]
    await asyncio.sleep(0)
    go.set()
    codes = [getattr(each, "code", None) for each in await asyncio.gather(*tasks, return_exceptions=True)]
    assert (begun, codes.count("unknown"), codes.count("limit.reached")) == (3, 3, 17)


@pytest.mark.anyio
async def test_what_is_right_always_passes_a_limit_of_what_is_wrong(counters: Counters) -> None:
    row = Limit("secrets", "key", 1, timedelta(minutes=1), "wrong")
    assert (await counters.serve([(row, "one")], lambda: answered(401))).status_code == 401
    with pytest.raises(LimitReached):
        await counters.serve([(row, "one")], lambda: answered(401))
    assert (await counters.serve([(row, "one")], lambda: answered(200))).status_code == 200


@pytest.mark.anyio
async def test_a_refused_request_uses_up_no_other_limit_and_is_counted_once(counters: Counters) -> None:
    row = Limit("few", "key", 1, timedelta(minutes=1))
    registry = CollectorRegistry()
    registry.register(counters.refusals)
    counters.count(row, "one")
    for _ in range(5):
        with pytest.raises(LimitReached):
            await counters.serve([(OTHERS, "all"), (row, "one")], lambda: answered(200))
    counters.count(OTHERS, "all")
    assert 'program_limited_total{limit="few"} 5.0' in generate_latest(registry).decode()


def test_the_oldest_key_makes_room_and_a_clock_set_back_keeps_the_count(clock: FixedClock) -> None:
    moments = Moments(clock, max_keys=2)
    assert moments.acquire_entry("one", 2, 60)
    clock.advance(-timedelta(seconds=30))
    assert moments.acquire_entry("one", 2, 60)
    assert not moments.acquire_entry("one", 2, 60)
    assert moments.acquire_entry("two", 1, 60)
    assert moments.acquire_entry("three", 1, 60)
    assert moments.acquire_entry("one", 2, 60)


@pytest.mark.parametrize(
    ("host", "sender"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_sender_is_an_address_or_the_network_of_a_household(host: str, sender: str) -> None:
    assert sender_of(Request({"type": "http", "client": (host, 1)})) == sender
