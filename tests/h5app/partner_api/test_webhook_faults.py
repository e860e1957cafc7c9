"""Whatever an endpoint does, and wherever a node dies: no event is lost, and those of one object keep their order."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from h5app.migrations import migrate
from h5app.partner_api.webhooks.dispatching import Dispatcher
from h5app.partner_api.webhooks.work import LEASE, Work
from partner_adapters.kit.durable import crash_points
from partner_adapters.kit.web.calls.guarded_client import GuardedClient
from tests.partner_adapters.kit.web.test_guarded_client import Names
from tests.support.houses.partner_api import PartnerApiHouse, partner_api
from tests.support.houses.webhooks import POINTS, Hooks, Server, answer, hooks_of, receiving

pytestmark = pytest.mark.anyio


class Killed(BaseException):
    """The node died here."""


@pytest.fixture
async def hooks(house: PartnerApiHouse) -> AsyncIterator[Hooks]:
    async with hooks_of(house) as opened:
        yield opened


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with receiving() as opened:
        yield opened


async def test_a_node_that_dies_anywhere_loses_no_event_and_no_order(
    tmp_path: Path, database_url: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_pid: int, _signal: int) -> None:
        crash_points.arm("")
        raise Killed

    monkeypatch.setattr(os, "kill", die)
    migrate(database_url)
    async with partner_api(tmp_path, database_url=database_url) as house, hooks_of(house) as hooks:
        endpoint = await hooks.add(server.url)
        for point in POINTS:
            server.got.clear()
            told = [
                hooks.feed.tell(kind, f"ln-{point}")
                for kind in ("loan.drawn", "loan.overdue", "loan.settled")
            ]
            crash_points.arm(point)
            with pytest.raises(Killed):
                await hooks.pass_on()
            hooks.new_node()
            # The lease of the node that died still stands.
            assert await hooks.pass_on() == 0, point
            hooks.wait(seconds=LEASE.total_seconds())
            await hooks.pass_on()
            assert list(dict.fromkeys(server.ids)) == told, point
            assert server.ids == sorted(server.ids, key=told.index), point
            assert {one["state"] for one in await hooks.deliveries(endpoint)} == {"delivered"}, point


async def test_two_nodes_do_not_work_for_one_partner_at_once(hooks: Hooks, server: Server) -> None:
    await hooks.add(server.url)
    other = Work(hooks.house.api, hooks.work.client)
    assert await Dispatcher(hooks.work).find_held() == {"ebank"}
    assert await Dispatcher(other).find_held() == set()
    hooks.wait(seconds=LEASE.total_seconds())
    assert await Dispatcher(other).find_held() == {"ebank"}
    assert await Dispatcher(hooks.work).find_held() == set()


async def test_a_redirect_to_this_machine_is_a_failure_and_is_not_followed(
    hooks: Hooks, server: Server
) -> None:
    endpoint = await hooks.add(server.url)
    async with receiving() as inside:
        server.next = [answer(302, f"Location: {inside.url}")]
        hooks.feed.tell("loan.drawn")
        await hooks.pass_on()
        assert inside.got == []
    (delivery,) = await hooks.deliveries(endpoint)
    assert (delivery["state"], delivery["last_reason"]) == ("pending", "answered 302")


async def test_a_name_that_turns_private_at_the_second_look_is_not_posted_to(
    house: PartnerApiHouse, server: Server
) -> None:
    names = Names("127.0.0.1", "10.255.255.1")
    async with hooks_of(house, lambda: GuardedClient(sandbox=True, resolver=names)) as hooks:
        endpoint = await hooks.add(f"http://partner.example:{server.port}/hooks")
        server.usual = answer(204, "Connection: close")
        hooks.feed.tell("loan.drawn", "ln-1")
        await hooks.pass_on()
        hooks.wait(seconds=1)
        hooks.feed.tell("loan.drawn", "ln-2")
        await hooks.pass_on()
        first, second = await hooks.deliveries(endpoint)
        assert (first["state"], second["last_reason"], len(server.got)) == ("delivered", "address refused", 1)


async def test_an_answer_of_ten_megabytes_is_not_read(hooks: Hooks, server: Server) -> None:
    endpoint = await hooks.add(server.url)
    server.usual = answer(200, body=b"x" * 10_000_000)
    hooks.feed.tell("loan.drawn")
    await hooks.pass_on()
    (delivery,) = await hooks.deliveries(endpoint)
    assert (delivery["state"], delivery["last_status"]) == ("delivered", 200)


async def test_an_endpoint_that_hangs_delays_no_other_and_no_other_partner(
    hooks: Hooks, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("h5app.partner_api.webhooks.sending.POST_WITHIN_S", 30.0)
    async with receiving() as hanging, receiving() as elsewhere:
        hanging.usual = None
        await hooks.add(hanging.url)
        await hooks.add(server.url)
        await hooks.add(elsewhere.url, hooks.house.make_key("mbank"))
        node = asyncio.create_task(Dispatcher(hooks.work).run())
        told = [hooks.feed.tell("loan.drawn", f"ln-{number}") for number in range(20)]
        async with asyncio.timeout(10):
            await server.wait_for(20)
            await elsewhere.wait_for(20)
        assert set(server.ids) == set(elsewhere.ids) == set(told)
        # The one that hangs has several objects' events at once, and no more.
        assert len(hanging.got) == 8
        node.cancel()
        with suppress(asyncio.CancelledError):
            await node
        # A node that is stopped gives its leases back.
        assert await Dispatcher(Work(hooks.house.api, hooks.work.client)).find_held() == {"ebank", "mbank"}


async def test_an_answer_that_hangs_takes_one_place_and_the_others_go_on(
    hooks: Hooks, server: Server
) -> None:
    await hooks.add(server.url)
    server.next = [None]
    hanging = hooks.feed.tell("loan.drawn", "ln-slow")
    hooks.feed.tell("loan.settled", "ln-slow")
    await hooks.read()
    sending = asyncio.create_task(hooks.send())
    await server.wait_for(1)
    # More than one wave, and queued while one answer hangs.
    told = [hooks.feed.tell("loan.drawn", f"ln-{number}") for number in range(80)]
    await hooks.read()
    async with asyncio.timeout(5):
        await server.wait_for(81)
    assert (server.ids[0], sorted(server.ids[1:])) == (hanging, sorted(told))
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
