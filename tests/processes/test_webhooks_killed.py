"""The partner API and the core are killed with -9 while webhooks run: real processes, and a partner's real server."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

import pytest
from sunbridge import Sunbridge, webhooks
from sunbridge.models import WebhookEvent

from h5app.partner_api import keys
from mock_partners.testing.running.demo import PARTNER_API
from partner_adapters.core_bank.freezes import LiftFreeze
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import SystemClock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from tests.support.houses.processes import ProcessHouse, process_house
from tests.support.people.citizen import Citizen, arrive, intent

# The lease of a partner API that was killed stands for 40 s, so each of these takes about a minute.
pytestmark = [pytest.mark.slow, pytest.mark.whole]
WHO = "li_xiuying"
PARTIES = ("gov_app", "core_bank", "card_network", "messages")
TOLD_WITHIN_S, DIES_WITHIN_S, STOPS_WITHIN_S = 120.0, 60.0, 30.0
KNOWN_WITHIN_S = 60.0
LOOK_EVERY_S = 0.05
T = TypeVar("T")


@dataclass
class Receiver:
    """A partner's server. It answers each webhook that is signed by `secret` after `before` has returned."""

    url: str = ""
    secret: str = ""
    before: Callable[[WebhookEvent], None] = lambda _event: None
    got: list[WebhookEvent] = field(default_factory=list)

    @property
    def ids(self) -> set[str]:
        return {event.id for event in self.got}


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            event = webhooks.verify(body, dict(self.headers), receiver.secret)
            receiver.got.append(event)
            receiver.before(event)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Town:
    """A bank whose customer Li lets her app know how things stand, and the app's server. `since`: before its time."""

    house: ProcessHouse
    receiver: Receiver
    since: int

    def restart(self, program: str, crash_at: str) -> None:
        """Stop it as an operator does, so that it gives its leases back, and start it again."""
        os.kill(self.house.pid(program), signal.SIGTERM)
        wait(lambda: not self.house.runs(program), STOPS_WITHIN_S, f"{program} did not stop")
        self.house.start(program, crash_at=crash_at)

    def wait_for_death(self, program: str) -> None:
        wait(lambda: not self.house.runs(program), DIES_WITHIN_S, f"{program} did not reach the point")
        assert self.house.killed_itself(program), self.house.log(program)

    def check_that_all_arrived(self) -> None:
        """Wait until every event of the bank has arrived, and look at the order in which they did."""
        told = {event_id for event_id, _ in asyncio.run(events_of_the_bank(self.house, self.since))}
        wait(lambda: self.receiver.ids >= told, TOLD_WITHIN_S, f"not all {len(told)} events came")
        assert self.receiver.ids == told
        by_object = defaultdict(list)
        for event in self.receiver.got:
            by_object[event.object, event.object_id].append(event.sequence)
        for sequences in by_object.values():
            # What was posted and not recorded comes again, but never after a later event of its object.
            assert sequences == sorted(sequences)
            assert sorted(set(sequences)) == list(range(sequences[0], sequences[-1] + 1))
        assert self.house.broken_rules() == []


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with process_house(tmp_path_factory.mktemp("house")) as house, receiving() as receiver:
        house.start(*PARTIES)
        partner = asyncio.run(open_account(house))
        house.start(PARTNER_API)
        events = asyncio.run(events_of_the_bank(house, 0))
        assert events, "nothing was told about the account"
        add_endpoint(house, receiver, partner)
        yield Town(house, receiver, since=events[-1][1])


async def open_account(house: ProcessHouse) -> str:
    """Open Li's account, after her consent. Return the id of her app."""
    async with arrive(house, WHO) as li:
        await li.consent("partner_status")
        await li.account()
        return li.partner.id


def add_endpoint(house: ProcessHouse, receiver: Receiver, partner: str) -> None:
    key = keys.make(partner, "sandbox", list(keys.SCOPES), SystemClock().wall())
    store = Store(house.database_url(PARTNER_API))
    store.write_now(lambda conn: keys.write(conn, key))
    store.close()
    with Sunbridge(house.partner_api_url, key_id=key.key_id, secret=key.secret) as sunbridge:
        receiver.secret = sunbridge.webhooks.create(receiver.url).secret


async def events_of_the_bank(house: ProcessHouse, after: int) -> list[tuple[str, int]]:
    """Return id and position of each event about Li behind this position, as the bank itself lists them."""
    async with arrive(house, WHO) as li:
        listed = await li.core.events.after(after)
        return [(event.id, event.position) for event in listed.items]


def wait(check: Callable[[], bool], within_s: float, otherwise: str) -> None:
    deadline = time.monotonic() + within_s
    while not check():
        assert time.monotonic() < deadline, otherwise
        time.sleep(LOOK_EVERY_S)


async def freeze_and_lift(house: ProcessHouse, times: int) -> None:
    """Let Li freeze her account and lift that again, as often as it takes until the bank says that it is done."""
    async with arrive(house, WHO) as li:
        account = (await li.core.customers.overview(li.customer_id)).account
        assert account is not None
        for _ in range(times):
            await ordered(li, partial(li.core.freezes.freeze, account.account_id))
            command = LiftFreeze(evidence=await persist(li.evidence))
            await ordered(li, partial(li.core.freezes.lift, account.account_id, command))


async def ordered(li: Citizen, send: Callable[[str], Awaitable[object]]) -> None:
    """Send a command under one key until it is answered, and ask for its outcome until it is known."""
    key = intent()
    await persist(partial(send, key))
    deadline = time.monotonic() + KNOWN_WITHIN_S
    while (order := await persist(partial(li.core.orders.get, key))).state is OrderState.PROCESSING:
        assert time.monotonic() < deadline, order
        await asyncio.sleep(LOOK_EVERY_S)
    assert order.state is OrderState.SUCCEEDED, order


async def persist(send: Callable[[], Awaitable[T]]) -> T:
    deadline = time.monotonic() + KNOWN_WITHIN_S
    while True:
        try:
            return await send()
        except (CallFailed, Problem) as failure:
            if time.monotonic() > deadline or (isinstance(failure, Problem) and failure.status < 500):
                raise
        await asyncio.sleep(LOOK_EVERY_S)


@pytest.mark.parametrize("point", ["webhook.before_post", "webhook.posted", "before_commit:webhooks.record"])
def test_a_partner_api_that_is_killed_around_a_post_loses_no_event_and_no_order(
    town: Town, point: str
) -> None:
    posted = len(town.receiver.got)
    town.restart(PARTNER_API, crash_at=point)
    asyncio.run(freeze_and_lift(town.house, 1))
    town.wait_for_death(PARTNER_API)
    asyncio.run(freeze_and_lift(town.house, 1))
    known = town.receiver.ids
    town.house.start(PARTNER_API)
    town.check_that_all_arrived()
    # What the dead one posted comes once more, because it recorded nothing of it.
    twice = [event.id for event in town.receiver.got[posted:] if event.id in known]
    assert (len(twice) > len(set(twice))) == (point != "webhook.before_post")


@pytest.mark.parametrize("point", ["", "before_commit:events.numbering", "after_commit:events.numbering"])
def test_a_core_that_is_killed_while_webhooks_run_loses_no_event_and_no_order(town: Town, point: str) -> None:
    core, killing = "core_bank", threading.Event()
    if point:
        town.restart(core, crash_at=point)
    else:
        town.receiver.before = lambda _event: killing.set()
    with ThreadPoolExecutor(1) as beside:
        living = beside.submit(lambda: asyncio.run(freeze_and_lift(town.house, 3)))
        if point:
            town.wait_for_death(core)
        else:
            assert killing.wait(DIES_WITHIN_S)
            town.house.kill(core)
        town.house.start(core)
        living.result(KNOWN_WITHIN_S)
    town.check_that_all_arrived()
