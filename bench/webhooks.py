"""Deliveries of webhooks a second, beside as many bare posts that are signed and sent in the same way.

* a delivery: the event is read from the feed and queued. Then it is read once more, signed, posted by the guarded
  client, and what came of it is recorded. The database writes to the disk as in production.
* a bare post: signed and posted by the same client, eight at once, with nothing before or after it.

The endpoint is a process of its own on loopback. The bank answers inside this process, so its own time and the network
between are not counted. Rounds take both in changing order, and a ratio is taken inside a round.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import structlog

from bench.kit.saying import spread
from h5app.partner_api.webhooks.messages import message_of, test_body
from h5app.partner_api.webhooks.receivers import new_secret
from h5app.partner_api.webhooks.sending import MOST_AT_ONCE
from partner_adapters.kit.web.calls.guarded_client import GuardedClient
from tests.support.houses.partner_api import partner_api
from tests.support.houses.webhooks import Hooks, hooks_of, receiving

ROUNDS = 7
# In one turn, each of another object.
EVENTS = 200
# `make bench` stops a bench after three minutes: no round begins later than this after the start.
BEGUN_WITHIN_S = 100.0
HERE = Path(__file__).parents[1]


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with endpoint() as url, tempfile.TemporaryDirectory(dir=HERE / ".sunbridge") as folder:
        asyncio.run(compare(url, Path(folder)))


async def compare(url: str, folder: Path) -> None:
    """Run the rounds and print what they showed."""
    delivered: list[float] = []
    bare: list[float] = []
    begun = time.monotonic()
    async with partner_api(folder) as house, hooks_of(house) as hooks:
        await hooks.add(url)
        for number in range(ROUNDS):
            if time.monotonic() - begun > BEGUN_WITHIN_S:
                break
            for is_bare in (True, False) if number % 2 else (False, True):
                (bare if is_bare else delivered).append(await turn(hooks, url, number, is_bare=is_bare))
    ratios = [one / floor for one, floor in zip(delivered, bare, strict=True)]
    print(f"{len(delivered)} rounds of {EVENTS} events of as many objects to one endpoint")
    print(f"deliveries a second: {spread(delivered, ',.0f')}")
    print(f"bare signed posts a second: {spread(bare, ',.0f')}")
    print(f"deliveries / bare posts: {spread(ratios, '.2f')}")
    if statistics.median(delivered) < 1:
        sys.exit("less than one delivery a second")


async def turn(hooks: Hooks, url: str, number: int, *, is_bare: bool) -> float:
    """Return how many were posted a second."""
    if is_bare:
        started = time.perf_counter()
        await post_bare(hooks.work.client, url)
        return EVENTS / (time.perf_counter() - started)
    for event in range(EVENTS):
        hooks.feed.tell("loan.drawn", f"ln-{number}-{event}")
    hooks.house.clock.at = datetime.now(UTC)
    started = time.perf_counter()
    posted = await hooks.pass_on()
    assert posted == EVENTS, posted
    return EVENTS / (time.perf_counter() - started)


async def post_bare(client: GuardedClient, url: str) -> None:
    """Sign and post as many messages as a turn has, as many at once as a sender does."""
    secret, left = new_secret(), iter(range(EVENTS))

    async def post() -> None:
        for event in left:
            now = datetime.now(UTC)
            body = test_body(f"evt_{event}", "loan.drawn", f"ln-{event}", now)
            message = message_of(body, is_fat=True, secrets=[secret], now=now)
            answer = await client.post(url, message.headers, message.content)
            assert answer.status == 204

    await asyncio.gather(*(post() for _ in range(MOST_AT_ONCE)))


@contextmanager
def endpoint() -> Iterator[str]:
    """Run a partner's server in a process of its own, and return its address."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def serve(tell: Connection) -> None:
    """Answer every request with 204 until the process ends."""

    async def run() -> None:
        async with receiving() as server:
            tell.send(server.url)
            await asyncio.Future()

    asyncio.run(run())


if __name__ == "__main__":
    main()
