"""What a host gave is good for a minute and once; whoever comes later or again is asked anew, and never goes round."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from h5app.app import create_app
from h5app.migrations import migrate
from h5app.settings import H5Settings
from mock_partners.worlds.partners import PARTNERS
from partner_adapters.web.http_client import HttpClient
from tests.dialects import BASE, H5APP, Hosts, hosts
from tests.h5app import samples
from tests.h5app.entrance import CUSTOMER, location
from tests.h5app.scripted_core import ScriptedCore

pytestmark = pytest.mark.anyio
ALL = [partner.id for partner in PARTNERS]
TOO_LATE = timedelta(seconds=70)
"""More than the minute and the skew that clocks are allowed."""


@dataclass
class Outside(httpx.AsyncBaseTransport):
    """What h5app and the hosts call: the hosts, ourselves, or the bank at any other address."""

    core: httpx.AsyncBaseTransport
    ends: dict[str, httpx.AsyncBaseTransport] = field(default_factory=dict)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        origin = f"{request.url.scheme}://{request.url.netloc.decode()}"
        return await self.ends.get(origin, self.core).handle_async_request(request)


@dataclass
class Door:
    town: Hosts
    core: ScriptedCore
    app: Starlette

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=H5APP)

    def pass_time(self, time: timedelta) -> None:
        self.town.clock.advance(time)
        self.town.ours.advance(time)

    async def back(self, partner: str, browser: httpx.AsyncClient, path: str = "/enter") -> str:
        """To the host and through its page: the address with which it sends the person back."""
        sent = await browser.get(path if path.startswith(f"/{partner}") else f"/{partner}{path}")
        assert sent.status_code == 303, sent.text
        assert sent.headers["location"].startswith(f"{BASE}/{partner}/")
        return await self.town.press(partner, sent.headers["location"])

    async def tapped(self, partner: str) -> str:
        """The tile of one of the bank's own channels: where it sends the person, who is known there."""
        user = self.town.settings.hosts[partner].users[0]
        await self.town.browser.post(f"{BASE}/{partner}/me/person", data={"person": user.key})
        opened = await self.town.browser.get(f"{BASE}/{partner}/open")
        assert opened.status_code == 303, opened.text
        return opened.headers["location"]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    core = ScriptedCore()
    core.says("POST", "/customers", CUSTOMER)
    core.says("GET", "/customers/cu-1/overview", samples.overview())
    outside = Outside(httpx.ASGITransport(core.app, root_path="/main"))
    async with hosts(tmp_path, outside) as town:
        url = f"sqlite:///{tmp_path / 'h5app.sqlite'}"
        migrate(url)
        config = {"config": tmp_path / "sunbridge.toml", "database_url": url, "signing_keys": "k" * 40}
        http = HttpClient(outside)
        app = create_app(H5Settings.model_validate(config), http, town.ours)
        outside.ends = {BASE.removesuffix("/main"): town.transport, H5APP: httpx.ASGITransport(app)}
        yield Door(town, core, app)
        await http.aclose()
        app.state.parts.store.close()


def way_on(page: httpx.Response, partner: str, words: str = "这次确认已经过时") -> str:
    """The link that an honest page offers: to begin anew."""
    assert page.status_code == 400
    assert words in page.text
    found = re.search(rf'href="(/{partner}/enter[^"]*)"', page.text)
    assert found, page.text
    return unescape(found[1])


def logged_in(browser: httpx.AsyncClient, partner: str) -> bool:
    return any(name.endswith(f"sb-{partner}") for name in browser.cookies)


@pytest.mark.parametrize("partner", ALL)
async def test_a_code_that_came_too_late_leads_to_a_login_that_works(partner: str, door: Door) -> None:
    browser = door.browser()
    back = await door.back(partner, browser)
    door.pass_time(TOO_LATE)
    answer = await browser.get(back)
    again = way_on(answer, partner)
    assert not logged_in(browser, partner)
    assert door.core.sent("/customers") == []
    assert not re.search("SSO_|isv|4002|4016|expired|used", answer.text)
    assert location(await browser.get(await door.back(partner, browser, again))) == f"/{partner}/"
    assert "李*英" in (await browser.get(f"/{partner}/")).text


@pytest.mark.parametrize("partner", ALL)
async def test_a_spent_code_resumes_where_its_session_is_and_asks_anew_elsewhere(
    partner: str, door: Door
) -> None:
    browser, stranger = door.browser(), door.browser()
    back = await door.back(partner, browser)
    assert location(await browser.get(back)) == f"/{partner}/"
    asked = door.town.transport.calls.copy()
    assert location(await browser.get(back)) == f"/{partner}/"
    way_on(await stranger.get(back), partner, "没有找到这次登录")
    assert not logged_in(stranger, partner)
    session = next(name for name in browser.cookies if name.endswith(f"sb-{partner}"))
    browser.cookies.delete(session)
    again = way_on(await browser.get(back), partner)
    # A spent code is never shown to the host a second time.
    assert door.town.transport.calls == asked
    assert len(door.core.sent("/customers")) == 1
    assert location(await browser.get(await door.back(partner, browser, again))) == f"/{partner}/"


@pytest.mark.parametrize("partner", ["mbank", "ebank"])
async def test_what_a_channel_brought_too_late_leads_to_its_page(partner: str, door: Door) -> None:
    browser, brought = door.browser(), await door.tapped(partner)
    door.pass_time(TOO_LATE)
    again = way_on(await browser.get(brought), partner)
    assert door.core.sent("/customers") == []
    assert location(await browser.get(await door.back(partner, browser, again))) == f"/{partner}/"


@pytest.mark.parametrize("partner", ["mbank", "ebank"])
async def test_what_a_channel_brought_is_good_in_one_browser(partner: str, door: Door) -> None:
    browser, stranger, brought = door.browser(), door.browser(), await door.tapped(partner)
    assert urlsplit(brought).path.startswith(f"/{partner}/")
    assert location(await browser.get(brought)) == f"/{partner}/arrive"
    way_on(await stranger.get(brought), partner)
    assert (await browser.get(f"/{partner}/arrive")).status_code == 200
