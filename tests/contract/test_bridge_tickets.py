"""What a mock host's bridge hands over, tickets and face checks: whose, to whose page, how often and how long."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.datastructures import QueryParams

from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.identity.host import AskBridge, Redirect
from partner_adapters.identity.identity import Login
from tests.support.houses.dialects import BASE, H5APP, Hosts, attempt, face_by_bridge, hosts

pytestmark = pytest.mark.anyio
GIVES_TICKETS = pytest.mark.parametrize("partner", ["zj", "sfb", "zfb"])


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Hosts]:
    async with hosts(tmp_path) as running:
        yield running


async def ask(
    town: Hosts, partner: str, what: str = "ticket", *, owner: int | None = 1, origin: str = H5APP
) -> httpx.Response:
    """Ask as the host's script does in a page of `origin`. `owner` is which of the host's users has the phone."""
    headers = {"Origin": origin}
    if owner is not None:
        headers["Cookie"] = f"native={town.settings.hosts[partner].users[owner].key}.0.standard.page"
    return await town.browser.get(f"{BASE}/{partner}/bridge/{what}", headers=headers)


async def log_in(town: Hosts, partner: str, ticket: str) -> Login:
    """Our page posts what the bridge said, with our own `state`."""
    tried = attempt(partner, fresh=False)
    said = QueryParams({"auth_code" if partner == "zfb" else "ticket": ticket, "state": tried.state})
    login: Login = await town.party(partner).finish(said, tried, max_age_s=300)
    return login


@GIVES_TICKETS
async def test_it_says_who_holds_the_phone_to_us_and_to_the_bank(partner: str, town: Hosts) -> None:
    login = await log_in(town, partner, (await ask(town, partner)).json()["ticket"])
    assert login.identity.person.name == town.settings.hosts[partner].users[1].name
    assert (await town.seen(partner, login)).holder == login.identity.holder


@GIVES_TICKETS
async def test_it_is_good_once(partner: str, town: Hosts) -> None:
    ticket = (await ask(town, partner)).json()["ticket"]
    await log_in(town, partner, ticket)
    with pytest.raises(IdentityError) as refused:
        await log_in(town, partner, ticket)
    assert refused.value.code == Code.CODE_REPLAYED


@GIVES_TICKETS
async def test_it_is_good_for_a_minute(partner: str, town: Hosts) -> None:
    ticket = (await ask(town, partner)).json()["ticket"]
    for clock in (town.clock, town.ours):
        clock.advance(timedelta(seconds=60))
    with pytest.raises(IdentityError) as refused:
        await log_in(town, partner, ticket)
    assert refused.value.code == Code.CODE_REPLAYED


@GIVES_TICKETS
@pytest.mark.parametrize("origin", ["", "null", "http://stranger.example", f"{H5APP}.example"])
async def test_only_a_page_of_a_registered_service_gets_one(partner: str, origin: str, town: Hosts) -> None:
    answer = await ask(town, partner, origin=origin)
    assert (answer.status_code, answer.content) == (403, b"")
    assert "access-control-allow-origin" not in answer.headers


async def test_a_code_for_one_service_is_given_to_no_page_of_another(town: Hosts) -> None:
    assert (await ask(town, "zfb", "ticket?app_id=sunbridge-zfb")).status_code == 200
    for another in ("", "hab-zfb", "2021000000000000"):
        assert (await ask(town, "zfb", f"ticket?app_id={another}")).status_code == 403


@GIVES_TICKETS
async def test_nobodys_phone_gives_none(partner: str, town: Hosts) -> None:
    assert (await ask(town, partner, owner=None)).status_code == 401


async def test_who_holds_the_phone_is_told_to_the_bridges_address_alone(town: Hosts) -> None:
    user = town.settings.hosts["zj"].users[1]
    chosen = await town.browser.post(f"{BASE}/zj/me/person", data={"person": user.key})
    native = next(c for c in chosen.headers.get_list("set-cookie") if c.startswith("native="))
    attributes = native.split("; ")[1:]
    wanted = {"HttpOnly", "Max-Age=7776000", "Path=/main/zj/bridge", "SameSite=None", "Secure"}
    assert set(attributes) == wanted


@GIVES_TICKETS
async def test_the_block_alone_makes_our_page_ask_it(partner: str, town: Hosts) -> None:
    way = await town.party(partner).start(attempt(partner, fresh=False))
    assert isinstance(way, AskBridge)
    assert way.script == f"{BASE}/{partner}/bridge/script.js"
    script = await town.browser.get(way.script)
    assert script.headers["content-type"].startswith("text/javascript")
    assert "window.emulated.arrive(" in script.text


async def test_a_face_check_by_the_bridge_is_the_owners_to_us_and_to_the_bank(town: Hosts) -> None:
    seen = await log_in(town, "zj", (await ask(town, "zj")).json()["ticket"])
    tried = attempt("zj", fresh=True)
    said = QueryParams({"certifyId": (await ask(town, "zj", "face")).json()["number"], "state": tried.state})
    check = await town.party("zj").finish(said, tried, max_age_s=1)
    assert (check.identity.subject, check.identity.methods) == (seen.identity.subject, ("face",))
    theirs = await town.seen("zj", check)
    assert (theirs.subject, theirs.check) == (check.identity.subject, check.identity.check)


@pytest.mark.parametrize("origin", ["", "null", "http://stranger.example"])
async def test_a_strangers_page_gets_no_face_check(origin: str, town: Hosts) -> None:
    answer = await ask(town, "zj", "face", origin=origin)
    assert (answer.status_code, answer.content) == (403, b"")
    assert (await ask(town, "zj", "face", owner=None)).status_code == 401


@pytest.mark.parametrize("partner", ["haian", "zj", "zfb"])
async def test_as_shipped_a_face_check_is_made_at_the_hosts_own_page(partner: str, town: Hosts) -> None:
    """While it is waited for a session lives: no script of a host's stands in our page then."""
    assert isinstance(await town.party(partner).start(attempt(partner, fresh=True)), Redirect)


async def test_a_block_may_make_our_page_ask_for_the_face_check_too(tmp_path: Path) -> None:
    async with hosts(tmp_path, configured=face_by_bridge) as town:
        way = await town.party("zj").start(attempt("zj", fresh=True))
    assert isinstance(way, AskBridge)
    assert (way.ability, way.parameter) == ("faceVerify", "certifyId")
    assert way.otherwise is not None
    assert way.otherwise.startswith(f"{BASE}/zj/face/certify?")
