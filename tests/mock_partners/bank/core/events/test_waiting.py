"""Requests that wait for events: how many of a partner, and what they get when the server ends."""

from __future__ import annotations

import asyncio

import pytest

from mock_partners.bank.core.kernel.feed import MOST_WAITING, EventFeed
from partner_adapters.core_bank.client import CoreBank
from partner_adapters.kit.values.clock import monotonic
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.serving import Server, listen
from tests.support.houses.core import TestBank

pytestmark = pytest.mark.anyio
LYG, HAIAN = ("hzw", "lyg"), ("hab", "haian")


async def test_a_partner_has_so_many_requests_that_wait_and_no_more() -> None:
    feed = EventFeed()
    waiting = [asyncio.create_task(feed.wait_after(LYG, 0, 20)) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Problem, match=r"429 events\.too_many_waiting") as refused:
        await feed.wait_after(LYG, 0, 20)
    assert refused.value.headers["Retry-After"]
    # Another partner has its own, and those that are answered make room.
    await feed.wait_after(HAIAN, 0, 0.001)
    feed.tell({LYG: 1})
    await asyncio.gather(*waiting)
    assert not feed.has_requests
    await feed.wait_after(LYG, 1, 0.001)


async def test_a_request_that_waits_is_answered_when_the_server_ends(bank: TestBank) -> None:
    listener = listen(0)
    server = Server(bank.app, listener, lifespan="off")
    serving = asyncio.create_task(server.work())
    http = HttpClient()
    try:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        client = CoreBank(http, url, "h5app-lyg", "secret of lyg")
        last = (await client.events.after(0)).last
        begun = monotonic()
        waiting = asyncio.create_task(client.events.after(last, wait_s=20))
        # Let it arrive. One that came later would be refused, and the test would fail.
        await asyncio.sleep(0.3)
        assert bank.core.feed.has_requests
        server.stop()
        assert (await waiting).items == []
        await serving
        assert monotonic() - begun < 4
    finally:
        await http.aclose()
