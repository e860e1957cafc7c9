"""The mock hosts of a world, in this process, with both who speak with each: h5app's side and the bank's."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from starlette.datastructures import QueryParams

from mock_partners.bank.core.kernel.settings import CoreSettings
from mock_partners.outside.gov_app.app import create_app
from mock_partners.outside.gov_app.settings import GovAppSettings
from mock_partners.testing.registrations import parties as roles
from mock_partners.testing.registrations.h5app_config import write_config
from mock_partners.testing.registrations.partners import BANK_OF
from mock_partners.testing.worlds.world import PARTIES, World
from partner_adapters.identity.dialects import host_of, verifier_of
from partner_adapters.identity.host import Attempt, Redirect
from partner_adapters.identity.identity import Login, VerifiedIdentity
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.parties import Parties
from partner_adapters.partners.file import load_partners
from tests.support.houses.gov_app import CountingTransport
from tests.support.houses.keys import shared_keys

BASE = "http://127.0.0.1:8101/main"
H5APP = "http://localhost:8000"


@dataclass
class Hosts:
    """`clock` is the hosts'; `ours` is the clock of h5app and the bank."""

    settings: GovAppSettings
    clock: FixedClock
    ours: FixedClock
    transport: CountingTransport
    browser: httpx.AsyncClient
    http: HttpClient
    world: World
    core: CoreSettings
    configs: Any
    parties: dict[str, Any] = field(default_factory=dict)
    # The partners whose hosts a test has made misbehave.
    deviating: set[str] = field(default_factory=set)

    def party(self, partner: str) -> Any:
        """h5app's side."""
        config = self.configs[partner].identity
        return self.parties.setdefault(partner, host_of(partner, config, self.http, self.ours))

    def in_production(self, partner: str) -> None:
        """From now on we take the host for one of production."""
        config = self.configs[partner].identity
        hosts = {"production": config.addresses}
        config = config.model_copy(update={"environment": "production", "hosts": hosts})
        self.parties[partner] = host_of(partner, config, self.http, self.ours)

    def bank(self, partner: str) -> Any:
        client = self.core.client[BANK_OF[partner], partner]
        return verifier_of(partner, client.identity, self.http, self.ours)

    async def put_back(self) -> None:
        """Leave nothing of a test to the next: no deviation, no lost response, no clock that is off.

        h5app's clients are made anew, because they remember keys.
        """
        for partner in tuple(self.deviating):
            await self.deviate(partner)
        self.deviating.clear()
        self.parties.clear()
        self.ours.at = self.clock.at
        self.browser.cookies.clear()
        for kept in (
            self.transport.calls,
            self.transport.sent,
            self.transport.broken,
            self.transport.answers,
        ):
            kept.clear()

    async def deviate(self, partner: str, *names: str) -> None:
        self.deviating.add(partner)
        answer = await self.browser.post(f"{BASE}/_deviate", json={"host": partner, "names": list(names)})
        assert answer.status_code == 200, answer.text

    async def back(
        self, partner: str, *, fresh: bool = False, outcome: str = "pass", person: str | None = None
    ) -> tuple[QueryParams, Attempt]:
        """There, a button, and back: what the callback is asked with."""
        tried = attempt(partner, fresh=fresh)
        way = await self.party(partner).start(tried)
        url = way.url if isinstance(way, Redirect) else way.otherwise
        uri, _, query = (await self.press(partner, url, outcome, person)).partition("?")
        assert uri == tried.redirect_uri
        return QueryParams(query), tried

    async def press(self, partner: str, url: str, outcome: str = "pass", person: str | None = None) -> str:
        """Press a button at the host's page, on a phone where no person has logged in. Return the address that
        the person is sent back to.
        """
        shown = await self.browser.get(url)
        assert shown.status_code == 200, shown.text
        chosen = person or self.settings.hosts[partner].users[0].key
        answer = await self.browser.post(url.partition("#")[0], data={"person": chosen, "outcome": outcome})
        assert answer.status_code == 303, answer.text
        self.browser.cookies.clear()
        return answer.headers["location"]

    async def login(self, partner: str, *, fresh: bool = False) -> Login:
        answer, tried = await self.back(partner, fresh=fresh)
        login: Login = await self.party(partner).finish(answer, tried, max_age_s=300)
        return login

    async def seen(self, partner: str, login: Login) -> VerifiedIdentity:
        """The bank's own look at it."""
        seen: VerifiedIdentity = await self.bank(partner).verify_statement(login.statement)
        return seen


def face_by_bridge(text: str) -> str:
    """A world's configuration with zj's face check by the host's bridge, as an operator may write it."""
    script = re.search(r'script = ("[^"]+/zj/bridge/script.js")', text)
    assert script, text
    bridge = f'bridge = {{ ability = "faceVerify", script = {script[1]} }}, '
    return _at_zj(text, ("\nface = { ", f"\nface = {{ {bridge}"))


def zj_in_production(text: str) -> str:
    """A world's configuration that takes zj for a host of production, where test people are refused."""
    return _at_zj(
        text,
        ('\nenvironment = "test"\n', '\nenvironment = "production"\n'),
        ("\nhosts = { test = ", "\nhosts = { production = "),
    )


def _at_zj(text: str, *changes: tuple[str, str]) -> str:
    before, zj, block = text.partition('[partners."zj".identity]')
    own, bound, after = block.partition("\n[")
    for old, new in changes:
        assert old in own, own
        own = own.replace(old, new, 1)
    return before + zj + own + bound + after


def attempt(partner: str, *, fresh: bool) -> Attempt:
    return Attempt(
        redirect_uri=f"{H5APP}/{partner}/callback",
        secret=secrets.token_urlsafe(32),
        fresh=fresh,
        max_age_s=0 if fresh else 3600,
    )


@asynccontextmanager
async def hosts(
    folder: Path,
    outside: httpx.AsyncBaseTransport | None = None,
    configured: Callable[[str], str] = lambda text: text,
) -> AsyncIterator[Hosts]:
    """Run the hosts. They call parties through `outside`. `configured` changes the text of h5app's
    configuration.
    """
    origins = {party: f"http://127.0.0.1:{8101 + number}" for number, party in enumerate(PARTIES)}
    world = World("main", folder, origins, H5APP, shared_keys=shared_keys())
    settings, core = roles.settings_of(world, "gov_app"), roles.settings_of(world, "core_bank")
    assert isinstance(settings, GovAppSettings)
    assert isinstance(core, CoreSettings)
    now = datetime.now(UTC)
    store, clock = Store(f"sqlite:///{folder}/gov_app.db"), FixedClock(now)
    others = HttpClient(outside or httpx.MockTransport(lambda _request: httpx.Response(503)))
    app = create_app(settings, store, clock, Parties(others, {party: world.url(party) for party in PARTIES}))
    transport = CountingTransport(app)
    browser = httpx.AsyncClient(transport=httpx.ASGITransport(app, root_path="/main"))
    http = HttpClient(transport)
    file = write_config(world, folder / "sunbridge.toml")
    file.write_text(configured(file.read_text()))
    configs = load_partners(file)
    async with app.router.lifespan_context(app), browser:
        yield Hosts(settings, clock, FixedClock(now), transport, browser, http, world, core, configs)
    await http.aclose()
    await others.aclose()
    store.close()
