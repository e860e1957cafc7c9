"""Logins a second at one host of each dialect, beside the OpenID provider alone, and what a login costs each process.

* a partner's id: `/enter`, the host's page, a button, `/callback`, and the home page with the customer's name.
* floor: the OpenID provider asked for the same customer by a minimal client, which checks and stores nothing.

Hosts, core bank and h5app are each a process of their own on loopback. Rounds go round all targets in changing order,
and a ratio is taken inside a round. The logs tell how often h5app calls others.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import secrets
import statistics
import tempfile
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from aiohttp import ClientSession, DummyCookieJar
from httpx_aiohttp import AiohttpTransport

from bench.kit.access_logs import requests
from bench.kit.load import cpu_seconds
from bench.kit.saying import spread
from mock_partners.outside.gov_app.settings import GovAppSettings, User
from mock_partners.testing.registrations import parties
from partner_adapters.identity.exchange.config import ExchangeConfig
from partner_adapters.identity.exchange.flow import Asked
from partner_adapters.identity.oidc.client_auth import authenticate
from partner_adapters.identity.oidc.config import OidcConfig
from partner_adapters.kit.values.clock import SystemClock
from partner_adapters.kit.values.masking import mask_name
from partner_adapters.partners.file import load_partners
from partner_adapters.partners.partner import Partner
from tests.support.houses.every_host import without_a_bridge
from tests.support.houses.processes import ProcessHouse, process_house

ROUNDS = 5
# In one turn.
LOGINS = 16
AT_ONCE = 4
OPENID = "lyg"
PROCESSES = ("h5app", "gov_app", "core_bank")
MOST_UPSTREAM_CALLS = 3


Way = Callable[[], Awaitable[None]]


@dataclass
class Turn:
    """`cpu_s`: each process's processor time in this turn."""

    seconds: float
    cpu_s: dict[str, float] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return LOGINS / self.seconds


class Crowd:
    """Browsers over one pool of connections; each login is a browser of its own, without a cookie."""

    def __init__(self, running: ProcessHouse, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport
        self._h5app = running.world.h5app_url
        self.partners = load_partners(running.config)
        settings = parties.settings_of(running.world, "gov_app")
        assert isinstance(settings, GovAppSettings)
        self._users = {name: itertools.cycle(host.users) for name, host in settings.hosts.items()}

    def browser(self) -> httpx.AsyncClient:
        # Not closed: its transport is everyone's.
        return httpx.AsyncClient(transport=self._transport, trust_env=False)

    async def log_in(self, partner: str) -> None:
        who, browser, home = next(self._users[partner]), self.browser(), f"{self._h5app}/{partner}"
        entered = await browser.get(f"{home}/enter")
        address = entered.headers.get("location") or without_a_bridge(entered)
        back = await self._press(browser, address, who)
        called_back = await browser.get(back)
        shown = await browser.get(f"{home}/")
        assert (called_back.status_code, shown.status_code) == (303, 200), called_back.text
        assert mask_name(who.name) in shown.text

    async def floor(self) -> None:
        who, browser, identity = next(self._users[OPENID]), self.browser(), self.partners[OPENID].identity
        assert isinstance(identity, OidcConfig)
        verifier, redirect_uri = secrets.token_urlsafe(32), f"{self._h5app}/{OPENID}/callback"
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "client_id": identity.client_id, "response_type": "code", "redirect_uri": redirect_uri,
            "scope": " ".join(identity.scopes), "state": secrets.token_urlsafe(32),
            "nonce": secrets.token_urlsafe(32), "code_challenge": challenge, "code_challenge_method": "S256",
            "acr_values": " ".join(identity.acr_values),
        }  # fmt: skip
        back = await self._press(browser, f"{identity.issuer}/authorize?{urlencode(asked)}", who)
        headers, fields = authenticate(identity, SystemClock().wall())
        form = {
            "grant_type": "authorization_code", "code": parse_qs(urlsplit(back).query)["code"][0],
            "redirect_uri": redirect_uri, "code_verifier": verifier, "client_id": identity.client_id, **fields,
        }  # fmt: skip
        tokens = (await browser.post(f"{identity.issuer}/token", data=form, headers=headers)).json()
        bearer = {"Authorization": f"Bearer {tokens['access_token']}", "Accept": "application/jwt"}
        told = await browser.get(f"{identity.issuer}/userinfo", headers=bearer)
        assert told.status_code == 200, told.text

    async def _press(self, browser: httpx.AsyncClient, address: str, who: User) -> str:
        """The address that the host sends the person back to."""
        page = await browser.get(address)
        assert page.status_code == 200, page.text
        passed = await browser.post(address, data={"person": who.key, "outcome": "pass"})
        assert passed.status_code == 303, passed.text
        return passed.headers["location"]


async def turn(running: ProcessHouse, login: Way) -> Turn:
    left = iter(range(LOGINS))

    async def one_after_another() -> None:
        for _ in left:
            await login()

    before = {name: cpu_seconds(running.pid(name)) or 0.0 for name in PROCESSES}
    started = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    took = Turn(time.perf_counter() - started)
    took.cpu_s = {name: (cpu_seconds(running.pid(name)) or 0.0) - before[name] for name in PROCESSES}
    return took


async def measure(running: ProcessHouse) -> tuple[list[dict[str, Turn]], dict[str, Counter[str]]]:
    """The rounds, and by partner what others were asked for in one turn of its own."""
    # A jar shared by all browsers would mix up their logins.
    transport = AiohttpTransport(client=lambda: ClientSession(cookie_jar=DummyCookieJar()))
    crowd = Crowd(running, transport)
    ways: dict[str, Way] = {partner: partial(crowd.log_in, partner) for partner in crowd.partners}
    asked = {}
    for partner, log_in in ways.items():
        await turn(running, log_in)
        earlier = asked_others(running, partner)
        await turn(running, log_in)
        asked[partner] = asked_others(running, partner) - earlier
        asked[partner].subtract(banks_own(crowd.partners[partner]))
    ways["floor"] = crowd.floor
    await turn(running, crowd.floor)
    rounds = []
    for number in range(ROUNDS):
        order = list(ways) if number % 2 else list(reversed(ways))
        rounds.append({name: await turn(running, ways[name]) for name in order})
    await transport.aclose()
    return rounds, asked


def asked_others(running: ProcessHouse, partner: str) -> Counter[str]:
    """In all logins so far: requests in the others' logs with the reference number of `/enter` or `/callback`."""
    of_a_login = (f"/{partner}/enter", f"/{partner}/callback")
    logins = {said["request_id"] for said in requests(running, "h5app") if said["route"] in of_a_login}
    return Counter(
        f"{name} {said['method']} …/{said['route'].rpartition('/')[2]}"
        for name in ("gov_app", "core_bank")
        for said in requests(running, name)
        if said["request_id"] in logins
    )


def banks_own(partner: Partner) -> Counter[str]:
    """What the core asks the host for itself in one turn: under the same numbers, and none of h5app's calls."""
    identity = partner.identity
    if not isinstance(identity, ExchangeConfig) or not isinstance(identity.login.proof, Asked):
        return Counter()
    steps = [step for step in identity.login.steps if step.name in identity.login.proof.steps]
    return Counter({f"gov_app {step.method} …/{step.path.rpartition('/')[2]}": LOGINS for step in steps})


def report(
    rounds: list[dict[str, Turn]], asked: Mapping[str, Counter[str]], dialects: Mapping[str, str]
) -> None:
    print(
        f"{ROUNDS} rounds of {LOGINS} logins a way, {AT_ONCE} at once, load average {os.getloadavg()[0]:.1f}; "
        "the browsers share the processors with the servers"
    )
    for name in sorted(rounds[0]):
        rates = spread([r[name].per_second for r in rounds], ".0f")
        print(f"{name}{f' ({dialects[name]})' if name in dialects else ''}: {rates} logins/s")
        for process in PROCESSES:
            used = statistics.median(1000 * r[name].cpu_s[process] / LOGINS for r in rounds)
            print(f"  {used:5.1f} ms of {process}'s processor time a login")
        if name in asked:
            print(f"  {asked[name].total() / LOGINS:5.2f} upstream calls, at most {MOST_UPSTREAM_CALLS}")
            for what, count in asked[name].most_common():
                print(f"    {count / LOGINS:5.2f}  {what}")
    ratio = spread([r[OPENID].per_second / r["floor"].per_second for r in rounds], ".2f")
    print(f"{OPENID} / floor: {ratio}")
    for name, calls in asked.items():
        assert 0 < calls.total() <= MOST_UPSTREAM_CALLS * LOGINS, name


def main() -> None:
    with tempfile.TemporaryDirectory() as home, process_house(Path(home)) as running:
        running.start(*PROCESSES)
        rounds, asked = asyncio.run(measure(running))
        dialects = {name: one.identity.dialect for name, one in load_partners(running.config).items()}
        report(rounds, asked, dialects)


if __name__ == "__main__":
    main()
