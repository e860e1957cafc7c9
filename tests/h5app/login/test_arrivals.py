"""Arrivals that a host pushes or launches: opening an address does not log in, and each address works once."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest
from sqlalchemy import select

from h5app.app import create_app
from h5app.migrations import migrate
from h5app.settings import H5Settings
from h5app.tables import arrivals
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.h5app.test_hostile import HOSTILE
from tests.support.bank_tables import BANK, bank_table
from tests.support.houses.agreeing import agree, asks, choose
from tests.support.houses.entrance import CUSTOMER, OTHER
from tests.support.houses.handing_over import (
    JWKS_URL,
    assertion,
    assertion_block,
    published,
    pushed,
    sealed_block,
)
from tests.support.houses.scripted_core import ScriptedCore
from tests.support.houses.site import NOW, new_database
from tests.support.pages import samples

pytestmark = pytest.mark.anyio
ORIGIN = "http://localhost:8000"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Outside(httpx.AsyncBaseTransport):
    """The partner's keys, and the bank at any other address."""

    def __init__(self, core: ScriptedCore) -> None:
        self.core = httpx.ASGITransport(core.app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        at_partner = str(request.url) == JWKS_URL
        return published(request) if at_partner else await self.core.handle_async_request(request)


@dataclass
class Door:
    """`browser()` returns a new browser, which follows no redirect by itself."""

    core: ScriptedCore
    clock: FixedClock
    browser: Callable[[], httpx.AsyncClient]

    async def launch(self, **form: str) -> httpx.Response:
        sent = {"grant_type": GRANT, "assertion": assertion(self.clock.wall())} | form
        return await self.browser().post("/ebank/launch", data=sent)


def config() -> str:
    name = '{zh = "手机银行", en = "Mobile bank"}'

    def block(partner: str, identity: dict[str, Any]) -> str:
        lines = "".join(f"{key} = {toml(value)}\n" for key, value in identity.items() if value is not None)
        return f"""
[partners.{partner}]
name = {name}
bank = "{BANK}"
core = {{base_url = "http://127.0.0.1:1", client_id = "h5app", client_secret = "only-for-tests"}}

[partners.{partner}.identity]
{lines}"""

    blocks = block("mbank", sealed_block()) + block("ebank", assertion_block())
    return blocks + bank_table("mbank", "ebank", name=name)


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened_door(tmp_path, new_database(tmp_path)) as opened:
        yield opened


@asynccontextmanager
async def opened_door(folder: Path, url: str) -> AsyncIterator[Door]:
    (folder / "partners.toml").write_text(config(), "utf-8")
    settings = H5Settings.model_validate(
        {"config": folder / "partners.toml", "database_url": url, "signing_keys": "k" * 40}
    )
    core, clock = ScriptedCore(), FixedClock(NOW)
    core.says("POST", "/customers", CUSTOMER)
    core.says("GET", "/customers/cu-1/overview", samples.overview())
    http = HttpClient(Outside(core))
    app = create_app(settings, http, clock)

    def browser() -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)

    yield Door(core, clock, browser)
    await http.aclose()
    app.state.services.store.close()


async def enter(browser: httpx.AsyncClient, page: httpx.Response) -> httpx.Response:
    """Press the button of the page that names the customer, after agreeing where the page asks that first."""
    return await choose(browser, await agreed(browser, page), "enter")


async def agreed(browser: httpx.AsyncClient, page: httpx.Response) -> httpx.Response:
    if not asks(page):
        return page
    answer = await choose(browser, page, "agree")
    return await browser.get(answer.headers["location"])


async def arrive(door: Door, browser: httpx.AsyncClient, **said: Any) -> httpx.Response:
    """Open a freshly pushed address, agree, and return the page that names who arrived."""
    sent = await browser.get("/mbank/enter", params={"p": pushed(door.clock.wall(), **said)})
    assert (sent.status_code, sent.headers["location"]) == (303, "/mbank/arrive")
    return await agreed(browser, await browser.get("/mbank/arrive"))


async def test_nothing_is_read_or_forwarded_before_the_customer_agrees(door: Door) -> None:
    browser = door.browser()
    await browser.get("/mbank/enter", params={"p": pushed(door.clock.wall())})
    page = await browser.get("/mbank/arrive")
    assert "先问您同不同意" in page.text
    assert "李*英" not in page.text
    # Neither the button that is not there yet nor a second look gets past the question.
    assert (await choose(browser, page, "enter")).headers["location"] == "/mbank/arrive"
    assert "李*英" not in (await browser.get("/mbank/arrive")).text
    assert [call.path for call in door.core.calls if call.path != "/consent-texts"] == []


async def test_what_is_refused_is_deleted_and_never_seen_by_the_bank(door: Door) -> None:
    browser, text = door.browser(), pushed(door.clock.wall())
    await browser.get("/mbank/enter", params={"p": text})
    refused = await choose(browser, await browser.get("/mbank/arrive"), "refuse")
    assert "已经删除" in refused.text
    assert await sealed_contents(browser) == [""]
    assert door.core.sent("/customers") == []
    assert (await browser.get("/mbank/arrive")).status_code == 400
    assert (await browser.get("/mbank/enter", params={"p": text})).status_code == 400


async def test_what_is_not_answered_in_five_minutes_is_deleted(door: Door) -> None:
    browser = door.browser()
    page = await arrive(door, browser)
    door.clock.advance(timedelta(minutes=5, seconds=1))
    assert (await enter(browser, page)).status_code == 400
    assert await sealed_contents(browser) == [""]
    assert door.core.sent("/customers") == []


async def sealed_contents(browser: httpx.AsyncClient) -> list[str]:
    services = browser._transport.app.state.services  # type: ignore[attr-defined]
    read: list[str] = await services.store.read(lambda conn: list(conn.scalars(select(arrivals.c.login))))
    return read


async def test_a_pushed_address_says_who_would_enter_and_the_button_enters(door: Door) -> None:
    browser = door.browser()
    page = await arrive(door, browser)
    assert "李*英" in page.text
    assert "李秀英" not in page.text
    assert not any(name.endswith("sb-mbank") for name in browser.cookies)
    entered = await enter(browser, page)
    assert (entered.status_code, entered.headers["location"]) == (303, "/mbank/")
    assert (await browser.get("/mbank/")).status_code == 200


async def test_who_arrives_is_asked_in_the_language_and_size_that_the_host_wants(door: Door) -> None:
    browser = door.browser()
    wanted = {"p": pushed(door.clock.wall()), "lang": "en", "ui": "elder"}
    await browser.get("/mbank/enter", params=wanted)
    page = await browser.get("/mbank/arrive")
    assert '<html lang="en" class="elder">' in page.text


async def test_a_pushed_address_works_once_in_whatever_browser(door: Door) -> None:
    text = pushed(door.clock.wall())
    first, thief = door.browser(), door.browser()
    await first.get("/mbank/enter", params={"p": text})
    stolen = await thief.get("/mbank/enter", params={"p": text})
    assert stolen.status_code == 400
    assert "这次确认已经过时" in stolen.text
    assert (await thief.get("/mbank/arrive")).status_code == 400
    # Where it was opened first, a reload goes on.
    entered = await enter(first, await first.get("/mbank/arrive"))
    assert entered.status_code == 303
    again = await first.get("/mbank/enter", params={"p": text})
    assert again.headers["location"] == "/mbank/"


async def test_a_binding_that_was_known_before_an_arrival_does_not_open_it(door: Door) -> None:
    victim, attacker = door.browser(), door.browser()
    for browser in (victim, attacker):
        browser.cookies.set("sb-mbank-way", "planted", domain="localhost.local")
        browser.cookies.set("sb-ebank-way", "planted", domain="localhost.local")
    await victim.get("/mbank/enter", params={"p": pushed(door.clock.wall())})
    await victim.get((await door.launch()).json()["launch_url"])
    for partner in ("mbank", "ebank"):
        assert (await attacker.get(f"/{partner}/arrive")).status_code == 400
        assert (await victim.get(f"/{partner}/arrive")).status_code == 200


async def test_a_web_view_that_throws_the_first_answer_away_still_arrives(door: Door) -> None:
    browser = door.browser()
    await enter(browser, await arrive(door, browser))
    before = httpx.Cookies(browser.cookies)
    url, text = (await door.launch()).json()["launch_url"], pushed(door.clock.wall(), uid="m-3")
    for asked, query in (("/mbank/enter", {"p": text}), (url, {})):
        browser.cookies = httpx.Cookies(before)
        browser.cookies.set("sb-ebank-way", "of-an-earlier-arrival", domain="localhost.local")
        kept = httpx.Cookies(browser.cookies)
        await browser.get(asked, params=query or None)
        browser.cookies = kept
        again = await browser.get(asked, params=query or None)
        assert again.headers["location"].endswith("/arrive")
        assert (await browser.get(again.headers["location"])).status_code == 200


async def test_the_button_enters_once(door: Door) -> None:
    browser = door.browser()
    page = await arrive(door, browser)
    await enter(browser, page)
    kept = browser.cookies
    browser.cookies = httpx.Cookies({name: value for name, value in kept.items() if name.endswith("-way")})
    door.clock.advance(timedelta(seconds=61))
    assert (await enter(browser, page)).status_code == 400
    assert len(door.core.sent("/customers")) == 1


async def test_the_same_person_is_not_asked_again_and_another_one_is(door: Door) -> None:
    browser = door.browser()
    await enter(browser, await arrive(door, browser))
    back = await arrive(door, browser)
    assert (back.status_code, back.headers["location"]) == (303, "/mbank/")
    door.core.says("POST", "/customers", OTHER)
    page = await arrive(door, browser, uid="m-2", name="吴桂兰")
    assert "吴*兰" in page.text
    session = browser.cookies["sb-mbank"]
    await enter(browser, page)
    assert browser.cookies["sb-mbank"] != session
    replayed = httpx.AsyncClient(transport=browser._transport, base_url=ORIGIN, cookies={"sb-mbank": session})
    assert "/enter" in (await replayed.get("/mbank/me")).headers["location"]


async def test_what_the_host_brought_too_late_or_forged_has_its_own_page(door: Door) -> None:
    browser = door.browser()
    late = pushed(door.clock.wall() - timedelta(minutes=3))
    assert "这次确认已经过时" in (await browser.get("/mbank/enter", params={"p": late})).text
    forged = pushed(door.clock.wall())[:-4] + "0000"
    page = await browser.get("/mbank/enter", params={"p": forged})
    assert page.status_code == 502
    assert "没有通过核对" in page.text
    assert page.headers["x-request-id"] in page.text


async def test_a_deep_link_goes_to_the_hosts_page_and_where_there_is_none_says_so(door: Door) -> None:
    sent = await door.browser().get("/mbank/me")
    login = await door.browser().get(sent.headers["location"])
    assert login.headers["location"].startswith("https://mbank.example/authn?")


def signed_otherwise(jwt: str) -> str:
    """Return the same JWT under another valid signature: if (r, s) is one by ECDSA, so is (r, n - s)."""
    said, _, signature = jwt.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    other = raw[:32] + (P256_ORDER - int.from_bytes(raw[32:])).to_bytes(32)
    return f"{said}.{base64.urlsafe_b64encode(other).rstrip(b'=').decode()}"


async def test_a_signature_written_otherwise_makes_nothing_new_of_what_was_brought(door: Door) -> None:
    text, said = pushed(door.clock.wall()), assertion(door.clock.wall())
    await door.browser().get("/mbank/enter", params={"p": text})
    sealed, _, signature = text.partition(".")
    again = await door.browser().get("/mbank/enter", params={"p": f"{sealed}.{signature.upper()}"})
    assert again.status_code == 400
    assert (await door.launch(assertion=said)).status_code == 201
    assert (await door.launch(assertion=signed_otherwise(said))).status_code == 409


async def asked(browser: httpx.AsyncClient, partner: str) -> str:
    """Start a login at our side and return its `state`."""
    sent = await browser.get(f"/{partner}/enter")
    return httpx.URL(sent.headers["location"]).params["state"]


async def test_an_answer_for_one_browser_cannot_be_brought_to_another(door: Door) -> None:
    browser, thief = door.browser(), door.browser()
    state = await asked(browser, "mbank")
    text = pushed(door.clock.wall(), nonce=state)
    entered = await agree(browser, await browser.get("/mbank/callback", params={"p": text, "state": state}))
    assert (entered.status_code, entered.headers["location"]) == (303, "/mbank/")
    stolen = await thief.get("/mbank/enter", params={"p": text})
    assert stolen.status_code == 400
    state = await asked(browser, "ebank")
    said = assertion(door.clock.wall(), nonce=state)
    before = await door.launch(assertion=said)
    assert (before.status_code, before.json()["code"]) == (401, "identity.malformed")
    answered = await browser.get("/ebank/callback", params={"assertion": said, "state": state})
    entered = await agree(browser, answered)
    assert (entered.status_code, entered.headers["location"]) == (303, "/ebank/")
    assert (await door.launch(assertion=said)).status_code == 401


async def test_a_partners_server_gets_an_address_for_one_browser(door: Door) -> None:
    answer = await door.launch(next="/ebank/me", lang="en")
    assert (answer.status_code, answer.json()["expires_in"]) == (201, 60)
    url = answer.json()["launch_url"]
    browser, thief = door.browser(), door.browser()
    opened = await browser.get(url)
    assert (opened.status_code, opened.headers["location"]) == (303, "/ebank/arrive")
    assert (await thief.get(url)).status_code == 400
    page = await agreed(browser, await browser.get("/ebank/arrive"))
    assert "连云港示例农产品有限公司" in page.text
    entered = await enter(browser, page)
    assert entered.headers["location"] == "/ebank/me"
    assert 'lang="en"' in (await browser.get("/ebank/me")).text
    assert (await browser.get(url)).headers["location"] == "/ebank/me"


async def test_a_link_preview_opens_neither_a_launch_address_nor_a_pushed_one(door: Door) -> None:
    url, text = (await door.launch()).json()["launch_url"], pushed(door.clock.wall())
    scanner, browser = door.browser(), door.browser()
    for asked, query in ((url, {}), ("/mbank/enter", {"p": text})):
        previewed = await scanner.head(asked, params=query or None)
        assert (previewed.status_code, previewed.content) == (200, b"")
        assert not scanner.cookies
        opened = await browser.get(asked, params=query or None)
        assert opened.headers["location"].endswith("/arrive")


async def test_a_launch_address_does_not_lie_about(door: Door) -> None:
    url = (await door.launch()).json()["launch_url"]
    door.clock.advance(timedelta(seconds=61))
    assert (await door.browser().get(url)).status_code == 400


async def test_a_language_and_a_size_that_we_do_not_have_are_left_out(
    tmp_path: Path, database_url: str
) -> None:
    migrate(database_url)
    async with opened_door(tmp_path, database_url) as door:
        unknown = {"lang": "zh-Hant-HK", "ui": "as large as anybody could wish for"}
        assert (await door.launch(**unknown)).status_code == 201
        browser = door.browser()
        sent = await browser.get("/mbank/enter", params={"p": pushed(door.clock.wall())} | unknown)
        assert (sent.status_code, sent.headers["location"]) == (303, "/mbank/arrive")
        assert '<html lang="zh-CN">' in (await browser.get("/mbank/arrive")).text


async def test_a_host_may_name_methods_that_nobody_asks_for(tmp_path: Path, database_url: str) -> None:
    migrate(database_url)
    async with opened_door(tmp_path, database_url) as door:
        said = assertion(
            door.clock.wall(), amr=["face", *(f"urn:example:method:{n}:" + "x" * 40 for n in range(9))]
        )
        launched = await door.launch(assertion=said)
        browser = door.browser()
        await browser.get(launched.json()["launch_url"])
        entered = await enter(browser, await browser.get("/ebank/arrive"))
        assert (entered.status_code, entered.headers["location"]) == (303, "/ebank/")


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"grant_type": "password"}, 400, "launch.grant_type"),
        ({"assertion": "x"}, 401, "identity.malformed"),
        ({"next": "//evil.example"}, 400, "launch.next"),
        ({"next": "/\\evil.example"}, 400, "launch.next"),
        ({"next": "/\t/evil.example"}, 400, "launch.next"),
        ({"next": "\t//evil.example"}, 400, "launch.next"),
        ({"next": "/ebank/%2e%2e/mbank/me"}, 400, "launch.next"),
        ({"next": "/mbank/me"}, 400, "launch.next"),
    ],
)
async def test_a_launch_that_cannot_be_is_a_problem_in_json(
    door: Door, form: dict[str, str], status: int, code: str
) -> None:
    answer = await door.launch(**form)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("name", ["grant_type", "assertion", "next", "lang", "ui"])
async def test_no_field_of_a_launch_can_be_abused(door: Door, name: str) -> None:
    for hostile in HOSTILE.values():
        sent = {
            "grant_type": quote_plus(GRANT),
            "assertion": quote_plus(assertion(door.clock.wall())),
            name: hostile,
        }
        body = "&".join(f"{field}={value}" for field, value in sent.items())
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await door.browser().post("/ebank/launch", content=body, headers=form)
        assert answer.status_code < 500, (name, hostile)


async def test_an_assertion_launches_once(door: Door) -> None:
    same = assertion(door.clock.wall())
    assert (await door.launch(assertion=same)).status_code == 201
    again = await door.launch(assertion=same)
    assert (again.status_code, again.json()["code"]) == (409, "launch.replayed")


async def test_a_partner_without_assertions_launches_nobody(door: Door) -> None:
    answer = await door.browser().post("/mbank/launch", data={"grant_type": GRANT})
    assert (answer.status_code, answer.json()["code"]) == (404, "launch.not_offered")


async def test_a_bank_that_refuses_or_is_silent_has_its_page(door: Door) -> None:
    door.core.says("POST", "/customers", Problem(401, "identity.refused"))
    browser = door.browser()
    assert (await enter(browser, await arrive(door, browser))).status_code == 502
