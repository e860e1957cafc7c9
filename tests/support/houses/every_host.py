"""The pages with every partner's mock host at the door, as a world configures them, and a scripted bank behind."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
from starlette.applications import Starlette

from h5app.app import create_app
from h5app.settings import H5Settings
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.support.houses.agreeing import Willing
from tests.support.houses.dialects import BASE, H5APP, Hosts, hosts
from tests.support.houses.entrance import CUSTOMER
from tests.support.houses.scripted_core import ScriptedCore
from tests.support.houses.site import new_database
from tests.support.pages import samples


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
        return Willing(transport=httpx.ASGITransport(self.app), base_url=H5APP)

    def pass_time(self, time: timedelta) -> None:
        self.town.clock.advance(time)
        self.town.ours.advance(time)

    async def back(self, partner: str, browser: httpx.AsyncClient, path: str = "/enter") -> str:
        """To the host and through its page: the address with which it sends the person back."""
        sent = await browser.get(path if path.startswith(f"/{partner}") else f"/{partner}{path}")
        address = sent.headers.get("location") or without_a_bridge(sent)
        assert address.startswith(f"{BASE}/{partner}/")
        return await self.town.press(partner, address)

    async def met_before(self, partner: str) -> None:
        """The person agreed to be handed over before, on another phone."""
        browser = self.browser()
        await browser.get(await self.back(partner, browser))
        assert logged_in(browser, partner)
        self.core.calls.clear()

    async def tapped(self, partner: str) -> str:
        """The tile of one of the bank's own channels: where it sends the person, who is known there."""
        user = self.town.settings.hosts[partner].users[0]
        await self.town.browser.post(f"{BASE}/{partner}/me/person", data={"person": user.key})
        opened = await self.town.browser.get(f"{BASE}/{partner}/open")
        assert opened.status_code == 303, opened.text
        return opened.headers["location"]


def without_a_bridge(page: httpx.Response) -> str:
    """Return the address of the host's page to which the bridge page sends a phone without a bridge."""
    found = re.search(r'data-otherwise="([^"]+)"', page.text)
    assert found, page.text
    return unescape(found[1])


@asynccontextmanager
async def every_host(
    folder: Path, configured: Callable[[str], str] = lambda text: text
) -> AsyncIterator[Door]:
    """`configured`: what becomes of h5app's configuration."""
    core = ScriptedCore()
    core.says("POST", "/customers", CUSTOMER)
    core.says("GET", "/customers/cu-1/overview", samples.overview())
    outside = Outside(httpx.ASGITransport(core.app, root_path="/main"))
    async with hosts(folder, outside, configured) as town:
        url = new_database(folder)
        config = {"config": folder / "sunbridge.toml", "database_url": url, "signing_keys": "k" * 40}
        http = HttpClient(outside)
        app = create_app(H5Settings.model_validate(config), http, town.ours)
        outside.ends = {BASE.removesuffix("/main"): town.transport, H5APP: httpx.ASGITransport(app)}
        yield Door(town, core, app)
        await http.aclose()
        app.state.services.store.close()


def logged_in(browser: httpx.AsyncClient, partner: str) -> bool:
    return any(name.endswith(f"sb-{partner}") for name in browser.cookies)
