"""A partner's server that receives webhooks, the bank's feed as a test writes it, and the webhook work of one node."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from h5app.partner_api.core_reads import CoreEvent, CoreEventList, Status
from h5app.partner_api.webhooks import reading, sending
from h5app.partner_api.webhooks.dispatching import Dispatcher
from h5app.partner_api.webhooks.work import Work
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.guarded_client import GuardedClient
from tests.support.houses.partner_api import PartnerApiHouse, PartnerServer


@dataclass(frozen=True)
class Posted:
    """One request that a partner's server received."""

    headers: Mapping[str, str]
    body: bytes


# Where a node dies in tests/h5app/partner_api/test_webhook_faults.py.
POINTS = (
    "before_commit:webhooks.queue",
    "after_commit:webhooks.queue",
    "webhook.before_post",
    "webhook.posted",
    "before_commit:webhooks.record",
    "after_commit:webhooks.record",
)
OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    """The bytes of an answer."""
    head = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@dataclass
class Server:
    """It answers `next` in turn, and then `usual`. An answer of None never comes."""

    port: int = 0
    usual: bytes | None = OK
    next: list[bytes | None] = field(default_factory=list)
    got: list[Posted] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    @property
    def ids(self) -> list[str]:
        """The ids of the events that it received, in order."""
        return [posted.headers["webhook-id"] for posted in self.got]

    async def wait_for(self, count: int) -> None:
        """Wait until so many requests have arrived."""
        while len(self.got) < count:
            self.news.clear()
            await self.news.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head)}
                body = await reader.readexactly(int(headers["content-length"]))
                self.got.append(Posted(headers, body))
                self.news.set()
                said = self.next.pop(0) if self.next else self.usual
                if said is None:
                    await asyncio.Future()
                    return
                writer.write(said)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Server]:
    """A partner's server on this machine."""
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


class Feed:
    """The bank's feed: `tell` adds an event, `withdraw` ends the consent under which one was told."""

    def __init__(self, house: PartnerApiHouse) -> None:
        self._house = house
        self._events: list[CoreEvent] = []
        self._told = asyncio.Event()
        house.core.says("GET", "/events", self._list)

    def tell(self, event_type: str, object_id: str = "ln-1") -> str:
        """Add an event and return its id."""
        object_, _, word = event_type.partition(".")
        at = self._house.clock.wall()
        sequence = sum((e.status.object, e.status.id) == (object_, object_id) for e in self._events) + 1
        said = {"object": object_, "id": object_id, "state": word, "sequence": sequence, "changed_at": at}
        position = len(self._events) + 1
        event = CoreEvent.model_validate(
            {
                "id": f"evt_{position}",
                "position": position,
                "type": event_type,
                "occurred_at": at,
                "status": Status.model_validate(said),
            }
        )
        self._events.append(event)
        self._told.set()
        self._house.core.says("GET", f"/events/{event.id}", event)
        return event.id

    def find(self, event_id: str) -> CoreEvent:
        """Return an event as the bank tells it."""
        return next(event for event in self._events if event.id == event_id)

    def withdraw(self, event_id: str) -> None:
        """The bank tells nothing of this event any more."""
        self._events = [event for event in self._events if event.id != event_id]
        self._house.core.says("GET", f"/events/{event_id}", Problem(404, "event.unknown"))

    async def _list(self, _body: dict[str, Any]) -> CoreEventList:
        asked = {name: values[0] for name, values in parse_qs(self._house.core.calls[-1].query).items()}
        found = [event for event in self._events if _is_after(event, asked)]
        if not found and asked.get("wait", "0") != "0":
            self._told.clear()
            await self._told.wait()
            found = [event for event in self._events if _is_after(event, asked)]
        limit = int(asked["limit"])
        last = found[:limit][-1].position if found else max(self._head, int(asked.get("after", 0)))
        return CoreEventList(items=found[:limit], last=last)

    @property
    def _head(self) -> int:
        return max([event.position for event in self._events], default=0)


def _is_after(event: CoreEvent, asked: Mapping[str, str]) -> bool:
    if "since" in asked:
        return event.occurred_at >= datetime.fromisoformat(asked["since"])
    return event.position > int(asked["after"])


@dataclass
class Hooks:
    """The partner API with the feed of its bank, and the webhook work of a node that a test moves step by step."""

    house: PartnerApiHouse
    feed: Feed
    work: Work
    server: PartnerServer

    async def add(self, url: str, by: PartnerServer | None = None, **options: Any) -> dict[str, Any]:
        """Add an endpoint, and begin to read the feed from here."""
        made = await (by or self.server).ask("POST", "/webhooks", {"url": url, **options})
        assert made.status_code == 201, made.text
        await self.read()
        body: dict[str, Any] = made.json()
        return body

    async def read(self) -> None:
        """Read what is new in the feed, and queue every replay that was asked for."""
        for partner in sorted(await Dispatcher(self.work).find_held()):
            while await reading.replay_next(self.work, partner):
                pass
            while await reading.read_feed(self.work, partner, wait_s=0):
                pass

    async def send(self) -> int:
        """Post what is due, each receiver by itself. Return how many requests were sent."""
        held = await Dispatcher(self.work).find_held()
        due = await Dispatcher(self.work).find_due(held)
        return sum([await sending.send_due(self.work, *one) for one in due])

    async def pass_on(self) -> int:
        """Read and post."""
        await self.read()
        return await self.send()

    async def deliveries(self, endpoint: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What the partner sees of its deliveries, oldest first."""
        listed = await self.server.ask("GET", f"/webhooks/{endpoint['id']}/deliveries")
        items: list[dict[str, Any]] = listed.json()["items"]
        return sorted(items, key=lambda one: (one["created_at"], one["event_id"]))

    async def show(self, endpoint: Mapping[str, Any]) -> dict[str, Any]:
        """What the partner sees of its endpoint."""
        shown: dict[str, Any] = (await self.server.ask("GET", f"/webhooks/{endpoint['id']}")).json()
        return shown

    def wait(self, **period: float) -> None:
        """Let time pass. The partner's server gets a new token then."""
        self.server.token = ""
        self.house.clock.advance(timedelta(**period))

    def new_node(self) -> None:
        """The node is gone, and another one does its work after the lease."""
        self.work = Work(self.house.api, self.work.client)


@asynccontextmanager
async def hooks_of(
    house: PartnerApiHouse, client: Callable[[], GuardedClient] = lambda: GuardedClient(sandbox=True)
) -> AsyncIterator[Hooks]:
    """The webhooks of a partner API. Its clock shows the time of this machine, as verifiers do."""
    house.clock.at = datetime.now(UTC)
    guarded = client()
    try:
        yield Hooks(house, Feed(house), Work(house.api, guarded), house.make_key())
    finally:
        await guarded.aclose()
