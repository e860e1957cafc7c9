"""A whole world inside one process, for tests: every party really served on a free loopback port, in one thread.

with running_world(tmp_path, ["card_network", "messages"]) as world:
    httpx.get(f"{world.url('messages')}/messages?phone=19900000001")
    world.clock.advance(timedelta(days=1))
    world.faults["card_network"].add(Fault(kind="drop_response", path="/debits"))
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mock_partners.testing.registrations.h5app_config import write_config
from mock_partners.testing.running.building import build
from mock_partners.testing.worlds.clock import WorldClock
from mock_partners.testing.worlds.faults import Faults
from mock_partners.testing.worlds.router import Instance, WorldRouter
from mock_partners.testing.worlds.server import HOST, Server, listen
from mock_partners.testing.worlds.world import PARTIES, World
from partner_adapters.kit.durable.store import Store

STARTED_WITHIN_S = 30


@dataclass(frozen=True)
class RunningWorld:
    """A running world, as a test uses it."""

    world: World
    clock: WorldClock
    instances: Mapping[str, Instance]
    # h5app's configuration, for `SUNBRIDGE_CONFIG`.
    config: Path

    def url(self, party: str) -> str:
        return self.world.url(party)

    @property
    def faults(self) -> Mapping[str, Faults]:
        return {party: one.faults for party, one in self.instances.items()}

    @property
    def stores(self) -> Mapping[str, Store]:
        return {party: one.store for party, one in self.instances.items()}


@contextmanager
def running_world(
    home: Path,
    parties: Sequence[str] = PARTIES,
    *,
    name: str = "main",
    h5app_url: str = "http://localhost:8000",
    databases: Mapping[str, str] | None = None,
    shared_keys: Path | None = None,
    prepared: Callable[[World], object] | None = None,
) -> Iterator[RunningWorld]:
    """Serve `parties` and stop everything at the end. Calls to other parties are refused.

    `shared_keys`: a folder of key pairs from which the world copies.

    `prepared`: is called with the world before any party is built, for example to add a partner of one's own.
    """
    sockets = {party: listen(0) for party in PARTIES}
    origins = {party: f"http://{HOST}:{socket.getsockname()[1]}" for party, socket in sockets.items()}
    for party in set(PARTIES) - set(parties):
        sockets.pop(party).close()
    world = World(name, home, origins, h5app_url, databases or {}, shared_keys)
    if prepared is not None:
        prepared(world)
    instances = {party: build(world, party) for party in parties}
    servers = [Server(WorldRouter({name: one}), sockets[party]) for party, one in instances.items()]

    async def serve() -> None:
        await asyncio.gather(*(server.work() for server in servers))

    with ThreadPoolExecutor(1, "world") as threads:
        serving = threads.submit(lambda: asyncio.run(serve()))
        try:
            _wait_for(servers, serving)
            yield RunningWorld(world, world.clock(), instances, write_config(world, home / "sunbridge.toml"))
        finally:
            for server in servers:
                server.should_exit = True
    for socket in sockets.values():
        socket.close()


def _wait_for(servers: Sequence[Server], serving: Future[None]) -> None:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while not all(one.started for one in servers):
        if serving.done():
            serving.result()
        if time.monotonic() > deadline:
            raise TimeoutError("the world did not start")
        time.sleep(0.01)
