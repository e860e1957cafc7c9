"""Launches of a partner's server open once, in one browser and in time. No person is logged in without being asked."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from sqlalchemy import select
from starlette.routing import Match

from h5app.launches import ENTRIES, path_of
from h5app.routes import ROUTES
from h5app.tables import sessions
from tests.support.houses.agreeing import agree, choose
from tests.support.houses.handing_over import assertion, pushed
from tests.support.houses.partner_api import H5APP, PartnerApiHouse, PartnerServer
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio


def test_every_entry_is_a_page() -> None:
    for name, entry in ENTRIES.items():
        for entry_id in (None, "x-1") if entry.path_of_id else (None,):
            scope = {"type": "http", "method": "GET", "path": path_of("lyg", name, entry_id)}
            assert any(route.matches(scope)[0] is Match.FULL for route in ROUTES), scope["path"]


async def make(server: PartnerServer, **body: str) -> dict[str, str]:
    made = await server.ask("POST", "/launches", {"entry": "top_up", "external_reference": "city-7", **body})
    assert made.status_code == 201, made.text
    launch: dict[str, str] = made.json()
    return launch


async def state_of(server: PartnerServer, launch: dict[str, str]) -> str:
    shown = await server.ask("GET", f"/launches/{launch['id']}")
    assert "url" not in shown.json()
    state: str = shown.json()["state"]
    return state


def session_of(house: PartnerApiHouse) -> list[tuple[str | None, str | None]]:
    query = select(sessions.c.launch_id, sessions.c.external_reference).where(sessions.c.ended_at.is_(None))
    return [tuple(row) for row in house.api.store.read_now(lambda conn: conn.execute(query).all())]


async def log_in_at_host(
    house: PartnerApiHouse, browser: httpx.AsyncClient, at_host: httpx.Response
) -> httpx.Response:
    """The partner's page answers with its statement about the person."""
    assert at_host.status_code == 303, at_host.text
    asked = dict(parse_qsl(urlsplit(at_host.headers["location"]).query))
    statement = assertion(house.clock.wall(), nonce=asked["state"])
    return await browser.get(asked["return"], params={"state": asked["state"], "assertion": statement})


async def opened(browser: httpx.AsyncClient, launch: dict[str, str]) -> httpx.Response:
    """Follow the address, and agree to be handed over. Return the page that names who would log in."""
    answer = await browser.get(launch["url"])
    assert answer.status_code == 303, answer.text
    return await agree(browser, answer)


async def test_a_launch_with_a_person_shows_who_would_log_in(house: PartnerApiHouse) -> None:
    server, browser = house.make_key(), house.browser()
    launch = await make(server, assertion=assertion(house.clock.wall()), lang="en")
    assert (launch["state"], launch["with_person"]) == ("created", True)
    page = await opened(browser, launch)
    assert "李*英" in page.text
    assert session_of(house) == []
    assert await state_of(server, launch) == "opened"
    entered = await choose(browser, page, "enter")
    assert entered.headers["location"] == "/ebank/top-up"
    assert session_of(house) == [(launch["id"], "city-7")]
    assert await state_of(server, launch) == "signed_in"


@pytest.mark.parametrize("with_person", [True, False])
async def test_a_launch_opens_in_one_browser(house: PartnerApiHouse, with_person: bool) -> None:
    server, first, second = house.make_key(), house.browser(), house.browser()
    body = {"assertion": assertion(house.clock.wall())} if with_person else {}
    launch = await make(server, **body)
    assert (await first.get(launch["url"])).status_code == 303
    refused = await second.get(launch["url"])
    assert refused.status_code == 400
    # Asked twice by the same browser, as some web views do.
    assert (await first.get(launch["url"])).status_code == 303


@pytest.mark.parametrize(
    ("lang", "said", "bare"),
    [
        ("zh", ("这个链接不能用了", "回到“手机银行”再点一次", "在这里登录继续"), "刷脸"),
        ("en", ("link can no longer be used", "go back to Mobile bank", "Log in here and go on"), "identity"),
    ],
)
@pytest.mark.parametrize("with_person", [True, False])
@pytest.mark.parametrize("too_late", [True, False])
async def test_a_launch_that_cannot_be_opened_says_so_and_its_login_leads_to_the_entry(
    house: PartnerApiHouse, lang: str, said: tuple[str, ...], bare: str, with_person: bool, too_late: bool
) -> None:
    server, second = house.make_key(), house.browser()
    body = {"assertion": assertion(house.clock.wall())} if with_person else {}
    launch = await make(server, lang=lang, **body)
    if too_late:
        house.clock.advance(timedelta(minutes=11))
    else:
        assert (await house.browser().get(launch["url"])).status_code == 303
    refused = await second.get(launch["url"])
    assert (refused.status_code, 'data-code="login.launch_used"' in refused.text) == (400, True)
    assert [text for text in said if text not in refused.text] == []
    assert [text for text in (bare, "李", "city-7") if text in refused.text] == []
    (again,) = re.findall(r'<a class="button second" href="([^"]+)">', refused.text)
    assert dict(parse_qsl(urlsplit(again).query)) == {"next": "/ebank/top-up"}
    page = await agree(second, await log_in_at_host(house, second, await second.get(again)))
    assert page.headers["location"] == "/ebank/top-up"
    # The launch stays used: the session is not its own.
    assert session_of(house) == [(None, None)]


@pytest.mark.parametrize("way_in", ["enter", "arrive"])
async def test_a_wrong_launch_says_so_and_leads_home(
    house: PartnerApiHouse, way_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = await house.browser().get(f"{H5APP}/ebank/{way_in}", params={"launch": "x"})
    assert (refused.status_code, 'data-code="login.launch_used"' in refused.text) == (400, True)
    assert '/ebank/enter?next=%2Febank%2F"' in refused.text
    # Where a login begins in the partner's app only, no button offers it here.
    host = house.pages.state.services.partners["ebank"].identity
    monkeypatch.setattr(type(host), "has_login_page", False)
    refused = await house.browser().get(f"{H5APP}/ebank/{way_in}", params={"launch": "x"})
    assert ("login.launch_used" in refused.text, "在这里登录继续" in refused.text) == (True, False)


async def test_a_launch_without_a_person_leads_through_the_partners_login(house: PartnerApiHouse) -> None:
    server, browser = house.make_key(), house.browser()
    launch = await make(server)
    assert launch["url"].startswith(f"{H5APP}/ebank/enter?launch=")
    assert launch["expires_at"] == "2026-11-24T02:50:00.000Z"
    # The person agrees to be handed over. This browser asked the host, so nothing more is to be confirmed.
    page = await agree(browser, await log_in_at_host(house, browser, await browser.get(launch["url"])))
    assert page.headers["location"] == "/ebank/top-up"
    assert session_of(house) == [(launch["id"], "city-7")]
    assert await state_of(server, launch) == "signed_in"
    # The Back button and a reload lead on.
    assert (await browser.get(launch["url"])).headers["location"] == "/ebank/top-up"
    # A later login from the tile belongs to no launch.
    assert (await house.browser().get(launch["url"])).status_code == 400


async def test_the_reference_goes_to_the_bank_with_each_command(house: PartnerApiHouse) -> None:
    server, browser = house.make_key(), house.browser()
    everything(house.core)
    house.core.says("POST", "/customers/cu-1/complaints", samples.complaint())
    launch = await make(server, assertion=assertion(house.clock.wall()))
    await choose(browser, await opened(browser, launch), "enter")
    form = await browser.get("/ebank/me/complaints")
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form.text))
    await browser.post("/ebank/me/complaints", data={**hidden, "note": "慢"}, headers={"Origin": H5APP})
    (sent,) = house.core.sent("/customers/cu-1/complaints")
    assert sent.reference == "city-7"


@pytest.mark.parametrize(("with_person", "life_s"), [(True, 60), (False, 600)])
async def test_a_launch_that_nobody_opened_expires(
    house: PartnerApiHouse, with_person: bool, life_s: int
) -> None:
    server = house.make_key()
    body = {"assertion": assertion(house.clock.wall())} if with_person else {}
    launch = await make(server, **body)
    house.clock.advance(timedelta(seconds=life_s + 1))
    server.token = ""
    assert await state_of(server, launch) == "expired"
    assert (await house.browser().get(launch["url"])).status_code == 400
    assert session_of(house) == []


async def test_a_statement_makes_one_launch_and_its_repetition_gets_the_same(house: PartnerApiHouse) -> None:
    server, body = house.make_key(), {"entry": "home", "assertion": assertion(house.clock.wall())}
    first = await server.ask("POST", "/launches", body, intent="one")
    # Its statement has expired meanwhile, and is not verified again.
    house.clock.advance(timedelta(minutes=5))
    server.token = ""
    assert (await server.ask("POST", "/launches", body, intent="one")).json() == first.json()
    fresh = {"entry": "home", "assertion": assertion(house.clock.wall())}
    assert (await server.ask("POST", "/launches", fresh)).status_code == 201
    again = await server.ask("POST", "/launches", fresh)
    assert (again.status_code, again.json()["code"]) == (409, "launch.identity_replayed")
    stale = await server.ask("POST", "/launches", {**body, "lang": "en"})
    assert (stale.status_code, stale.json()["code"]) == (422, "launch.identity_refused")


async def test_a_sealed_dialect_launches_what_its_app_would_push(house: PartnerApiHouse) -> None:
    server, browser = house.make_key("mbank"), house.browser()
    made = await server.ask("POST", "/launches", {"entry": "credit", "pushed": pushed(house.clock.wall())})
    assert made.status_code == 201, made.text
    assert (await browser.get(made.json()["url"])).headers["location"] == "/mbank/arrive"
    wrong = await server.ask("POST", "/launches", {"entry": "home", "assertion": "x" * 40})
    assert (wrong.json()["code"], wrong.json()["field"]) == ("launch.not_offered", "assertion")


async def test_an_entry_takes_an_id_only_where_it_has_one(house: PartnerApiHouse) -> None:
    server = house.make_key()
    ok = await server.ask("POST", "/launches", {"entry": "draw", "entry_id": "ln-1"})
    assert ok.status_code == 201
    refused = await server.ask("POST", "/launches", {"entry": "top_up", "entry_id": "ln-1"})
    assert (refused.json()["code"], refused.json()["field"]) == ("launch.entry_id", "entry_id")
    outside = await server.ask("POST", "/launches", {"entry": "draw", "entry_id": "../../evil"})
    assert (outside.json()["code"], outside.json()["field"]) == ("field.invalid", "entry_id")


async def test_a_product_that_the_bank_does_not_offer_is_refused(house: PartnerApiHouse) -> None:
    server = house.make_key()
    house.core.says("GET", "/products/sunshine_e_micro", samples.product())
    body = {"entry": "apply", "entry_id": "sunshine_e_micro"}
    assert (await server.ask("POST", "/launches", body)).status_code == 201
    refused = (await server.ask("POST", "/launches", body | {"entry_id": "no_such"})).json()
    assert (refused["code"], refused["field"]) == ("launch.product_unknown", "entry_id")


async def test_launches_are_listed_by_reference_completely_while_others_are_made(
    house: PartnerApiHouse,
) -> None:
    server = house.make_key()
    for _ in range(5):
        await make(server)
    await make(server, external_reference="other")
    await house.make_key("mbank").ask("POST", "/launches", {"entry": "home", "external_reference": "city-7"})
    seen, after = [], ""
    while after is not None:
        path = f"/launches?external_reference=city-7&limit=2{f'&after={after}' if after else ''}"
        page = (await server.ask("GET", path)).json()
        seen += [launch["id"] for launch in page["items"]]
        after = page["next"]
        house.clock.advance(timedelta(milliseconds=1))
        await make(server)
    assert len(seen) == len(set(seen)) == 5


async def test_testers_make_a_session_older(house: PartnerApiHouse, tmp_path: Path) -> None:
    server, browser = house.make_key(), house.browser()
    launch = await make(server, entry="home", assertion=assertion(house.clock.wall()))
    none_yet = await server.ask("POST", f"/sandbox/sessions/{launch['id']}/age", {"seconds": 9})
    assert none_yet.json()["code"] == "sandbox.session_unknown"
    await choose(browser, await opened(browser, launch), "enter")
    assert (await browser.get("/ebank/")).status_code == 200
    await house.pages.state.services.uses.write()
    checked = await server.ask("POST", f"/sandbox/sessions/{launch['id']}/face-check/age", {"seconds": 400})
    assert checked.status_code == 204
    query = select(sessions.c.checked_at)
    assert house.api.store.read_now(lambda conn: conn.scalar(query)) == house.clock.wall() - timedelta(
        seconds=400
    )
    aged = await server.ask("POST", f"/sandbox/sessions/{launch['id']}/age", {"seconds": 3600})
    assert aged.status_code == 204
    assert (await browser.get("/ebank/me/messages")).status_code == 303
