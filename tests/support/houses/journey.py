"""The whole house in this process for journeys: every party on a port of its own, h5app in front of them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from sqlalchemy import BigInteger, select, type_coerce, update

from h5app.app import create_app
from h5app.migrations import migrate
from h5app.settings import H5Settings
from h5app.tables import sessions
from mock_partners.testing.running.local import RunningWorld, running_world
from mock_partners.testing.worlds.server import Server, listen
from mock_partners.testing.worlds.world import World
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.pages.security.sessions import Uses
from partner_adapters.kit.values.clock import SystemClock
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.support.databases.proving import prove_books
from tests.support.houses.keys import shared_keys

KEY = "journeys-" * 5
STARTED_WITHIN_S = 20
USES_WRITTEN_WITHIN_S = 20
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Ahead(SystemClock):
    """Protocol time that a test may be ahead of: what must be read for five seconds is read at once."""

    def __init__(self) -> None:
        super().__init__()
        self.by = timedelta()

    def wall(self) -> datetime:
        return super().wall() + self.by


@dataclass(frozen=True)
class House:
    """A running h5app and its parties. `h5app` is its base URL, and `database`, `clock` and `uses` are its own.
    `world` holds the parties, with faults, stores and clock.
    """

    h5app: str
    database: str
    clock: Ahead
    world: RunningWorld
    uses: Uses

    def phone(self, partner: str) -> str:
        """The super-app's shell: where every journey begins."""
        return f"{self.world.url('gov_app')}/{partner}/"

    def age_sessions(self, column: str, by: timedelta) -> None:
        """What waiting would do: every session's `column` is that much earlier."""
        store = Store(self.database)
        earlier = type_coerce(sessions.c[column], BigInteger) - by // timedelta(microseconds=1)
        deadline = time.monotonic() + USES_WRITTEN_WITHIN_S
        while not self._uses_are_written(store):
            assert time.monotonic() < deadline, "h5app did not write the uses of its sessions"
            time.sleep(0.02)
        store.write_now(lambda conn: conn.execute(update(sessions).values({column: earlier})))
        store.close()

    def _uses_are_written(self, store: Store) -> bool:
        """Whether h5app keeps no use of a session in memory any more. A kept one would make the session young again."""
        known = store.read_now(lambda conn: conn.execute(select(sessions.c.id_hash)).scalars().all())
        return all(self.uses.latest(id_hash, LONG_AGO) == LONG_AGO for id_hash in known)

    def proves(self) -> None:
        """Every bank's books agree now, with the card network's too. AssertionError names what does not."""
        prove_books(self.world)


# `house`, or the like of it.
OpenHouse = Callable[..., AbstractContextManager[House]]


@contextmanager
def house(
    home: Path,
    *,
    databases: Mapping[str, str] | None = None,
    settings: Mapping[str, int] | None = None,
    http: HttpClient | None = None,
    configured: Callable[[str], str] | None = None,
    prepared: Callable[[World], object] | None = None,
) -> Iterator[House]:
    """Run h5app and the parties, and end with the proof, whatever a test did.

    `databases`: URLs by party (and `h5app`) that are not to be SQLite files.

    `settings` and `http`: h5app's own.

    `configured`: a change to the text of its configuration file.

    `prepared`: what is done to the world before any party is built.
    """
    listener = listen(0)
    url = f"http://localhost:{listener.getsockname()[1]}"
    urls = dict(databases or {})
    own_database = urls.pop("h5app", f"sqlite:///{home}/h5app.db")
    keys = shared_keys()
    with running_world(home, h5app_url=url, databases=urls, shared_keys=keys, prepared=prepared) as world:
        if configured is not None:
            world.config.write_text(configured(world.config.read_text()))
        chosen = H5Settings(
            config=world.config,
            database_url=own_database,
            base_url=url,
            signing_keys=(KEY,),
            **(settings or {}),
        )
        migrate(own_database)
        clock = Ahead()
        app = create_app(chosen, http, clock)
        server = Server(app, listener)

        async def work() -> None:
            await server.work()
            if http is not None:
                await http.aclose()

        thread = threading.Thread(target=lambda: asyncio.run(work()), name="h5app", daemon=True)
        thread.start()
        try:
            _wait_until_ready(url)
            made = House(url, own_database, clock, world, app.state.services.uses)
            yield made
            made.proves()
        finally:
            server.should_exit = True
            thread.join(STARTED_WITHIN_S)
            listener.close()


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + STARTED_WITHIN_S
    with httpx.Client() as http:
        while time.monotonic() < deadline:
            try:
                if http.get(f"{url}/readyz").status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
    raise RuntimeError("h5app did not become ready: see the log above")
