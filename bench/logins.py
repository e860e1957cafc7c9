"""Logins a second against the mock provider, beside the provider alone; what a login costs, process by process.

* ours: `/enter`, the provider's page, face passed, `/callback`, the home page shown with the person's name.
* floor: the same provider asked for the same person by the least that could: its page, face passed, code for tokens,
  userinfo. No signature is checked, nothing is stored, no bank is asked, no page is shown.

Provider, core bank and h5app are each a process of their own on loopback. Rounds go round both in changing order; a
ratio is taken inside a round. What h5app asks others for is counted in their logs.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import os
import secrets
import statistics
import tempfile
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from bench.kit.load import cpu_seconds
from bench.kit.saying import spread
from mock_partners.worlds.people import PEOPLE, Person
from partner_adapters.identity.client_auth import authenticate
from partner_adapters.registry import Partner, load_partners
from partner_adapters.terms.clock import SystemClock
from partner_adapters.terms.masking import mask_name
from partner_adapters.web.http_client import pooled_transport
from tests.faults.town import Town, town

ROUNDS = 5
LOGINS = 40
"""In one turn."""
AT_ONCE = 4
PARTNER = "lyg"
PROCESSES = ("h5app", "gov_app", "core_bank")
MOST_UPSTREAM_CALLS = 3
OF_A_LOGIN = (f"/{PARTNER}/enter", f"/{PARTNER}/callback")
"""Whatever h5app asks others for while it answers these is the login's."""


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

    def __init__(self, running: Town, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport
        self._h5app = f"{running.world.h5app_url}/{PARTNER}"
        self._partner: Partner = load_partners(running.config)[PARTNER]
        self._people = itertools.cycle([one for one in PEOPLE if one.partner == PARTNER])

    def browser(self) -> httpx.AsyncClient:
        # Not closed: its transport is everyone's.
        return httpx.AsyncClient(transport=self._transport, trust_env=False)

    async def ours(self) -> None:
        who, browser = next(self._people), self.browser()
        entered = await browser.get(f"{self._h5app}/enter")
        back = await self._pass_face(browser, entered.headers["location"], who)
        called_back = await browser.get(back)
        home = await browser.get(f"{self._h5app}/")
        assert (called_back.status_code, home.status_code) == (303, 200), called_back.text
        assert mask_name(who.name) in home.text

    async def floor(self) -> None:
        who, browser, identity = next(self._people), self.browser(), self._partner.identity
        verifier, redirect_uri = secrets.token_urlsafe(32), f"{self._h5app}/callback"
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "client_id": identity.client_id, "response_type": "code", "redirect_uri": redirect_uri,
            "scope": " ".join(identity.scopes), "state": secrets.token_urlsafe(32),
            "nonce": secrets.token_urlsafe(32), "code_challenge": challenge, "code_challenge_method": "S256",
            "acr_values": " ".join(identity.acr_values),
        }  # fmt: skip
        back = await self._pass_face(browser, f"{identity.issuer}/authorize?{urlencode(asked)}", who)
        headers, fields = authenticate(identity, SystemClock().wall())
        form = {
            "grant_type": "authorization_code", "code": parse_qs(urlsplit(back).query)["code"][0],
            "redirect_uri": redirect_uri, "code_verifier": verifier, "client_id": identity.client_id, **fields,
        }  # fmt: skip
        tokens = (await browser.post(f"{identity.issuer}/token", data=form, headers=headers)).json()
        bearer = {"Authorization": f"Bearer {tokens['access_token']}", "Accept": "application/jwt"}
        told = await browser.get(f"{identity.issuer}/userinfo", headers=bearer)
        assert told.status_code == 200, told.text

    async def _pass_face(self, browser: httpx.AsyncClient, address: str, who: Person) -> str:
        """The address that the provider sends the person back to."""
        page = await browser.get(address)
        assert page.status_code == 200, page.text
        passed = await browser.post(address, data={"person": who.key, "outcome": "pass"})
        assert passed.status_code == 303, passed.text
        return passed.headers["location"]


async def turn(running: Town, login: Callable[[], Awaitable[None]]) -> Turn:
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


async def measure(running: Town) -> tuple[list[dict[str, Turn]], Counter[str]]:
    """The rounds, and what h5app asked others for in one turn of its own."""
    transport = pooled_transport()
    crowd = Crowd(running, transport)
    ways = {"ours": crowd.ours, "floor": crowd.floor}
    for way in ways.values():
        await turn(running, way)
    earlier = upstream_calls(running)
    await turn(running, crowd.ours)
    asked = upstream_calls(running) - earlier
    rounds = []
    for number in range(ROUNDS):
        order = list(ways) if number % 2 else list(reversed(ways))
        rounds.append({name: await turn(running, ways[name]) for name in order})
    await transport.aclose()
    return rounds, asked


def upstream_calls(running: Town) -> Counter[str]:
    """What h5app has asked others for in all logins so far: requests in their logs with a login's reference number."""
    logins = {said["request_id"] for said in requests(running, "h5app") if said["route"] in OF_A_LOGIN}
    return Counter(
        f"{name} {said['method']} …/{said['route'].rpartition('/')[2]}"
        for name in ("gov_app", "core_bank")
        for said in requests(running, name)
        if said["request_id"] in logins
    )


def requests(running: Town, name: str) -> Iterator[dict[str, str]]:
    """The access log of a process."""
    for line in running.log_file(name).read_text("utf-8").splitlines():
        said = json.loads(line)
        if said.get("event") == "request":
            yield said


def report(rounds: list[dict[str, Turn]], asked: Counter[str]) -> None:
    print(
        f"{ROUNDS} rounds of {LOGINS} logins, {AT_ONCE} at once, load average {os.getloadavg()[0]:.1f}; "
        "the browsers share the processors with the servers"
    )
    for name in rounds[0]:
        print(f"{name}: {spread([r[name].per_second for r in rounds], '.0f')} logins/s")
        for process in PROCESSES:
            used = statistics.median(1000 * r[name].cpu_s[process] / LOGINS for r in rounds)
            print(f"  {used:5.1f} ms of {process}'s processor time a login")
    print(f"ours / floor: {spread([r['ours'].per_second / r['floor'].per_second for r in rounds], '.2f')}")
    calls = asked.total() / LOGINS
    print(f"upstream calls a login: {calls:.2f}, at most {MOST_UPSTREAM_CALLS}")
    for what, count in asked.most_common():
        print(f"  {count / LOGINS:5.2f}  {what}")
    assert calls <= MOST_UPSTREAM_CALLS


def main() -> None:
    with tempfile.TemporaryDirectory() as home, town(Path(home)) as running:
        running.start(*PROCESSES)
        rounds, asked = asyncio.run(measure(running))
        report(rounds, asked)


if __name__ == "__main__":
    main()
