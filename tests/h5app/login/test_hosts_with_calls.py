"""Log in through the pages at hosts that we call, with the documents' example blocks; each call meets its host."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from h5app.app import create_app
from h5app.settings import H5Settings
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.support.houses.agreeing import Willing
from tests.support.houses.entrance import CUSTOMER, location
from tests.support.houses.exchange import NOW, STATE, VALUE
from tests.support.houses.gov_app import H5APP
from tests.support.houses.scripted_core import ScriptedCore
from tests.support.houses.site import new_database
from tests.support.houses.small_hosts import HOSTS, SmallHost, merged, query_of
from tests.support.pages import samples
from tests.support.partner_examples import BLOCKS, write_examples

pytestmark = pytest.mark.anyio
BY_REDIRECT = ["haian", "zj", "zfb"]


class Outside(httpx.AsyncBaseTransport):
    """Route h5app's calls to a small host, by a word in the host name, or to the bank."""

    def __init__(self, hosts: dict[str, SmallHost], core: ScriptedCore) -> None:
        self.hosts = hosts
        self.core = httpx.ASGITransport(core.app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name = request.url.host.split(".")[-2]
        if name in self.hosts:
            await request.aread()
            return self.hosts[name](request)
        return await self.core.handle_async_request(request)


@dataclass
class Site:
    app: Starlette
    hosts: dict[str, SmallHost]
    core: ScriptedCore
    browser: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.new_browser()

    def new_browser(self) -> httpx.AsyncClient:
        return Willing(transport=httpx.ASGITransport(self.app), base_url=H5APP)

    async def back(self, partner: str, code: str = "code-1", path: str = "/enter") -> str:
        """Go from the tile to the host's page and return the address to which the host redirects the customer."""
        sent = await self.browser.get(f"/{partner}{path}")
        asked = query_of(sent.headers["location"])
        named = STATE.get(partner, "state")
        uri = asked["goto" if partner == "zj" else "redirect_uri"]
        return f"{uri}?{VALUE[partner, False]}={code}&{named}={asked[named]}"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    blocks = "".join(block for blocks in BLOCKS.values() for block in blocks)
    # Without the bridge the page of the host is the way.
    config = write_examples(tmp_path, re.sub(r"bridge = \{ .* \}\n", "", blocks))
    url = new_database(tmp_path)
    settings = H5Settings.model_validate({"config": config, "database_url": url, "signing_keys": "k" * 40})
    core, clock = ScriptedCore(), FixedClock(NOW)
    core.says("POST", "/customers", CUSTOMER)
    core.says("GET", "/customers/cu-1/overview", samples.overview())
    hosts = {name: host(clock) for name, host in HOSTS.items()}
    http = HttpClient(Outside(hosts, core))
    app = create_app(settings, http, clock)
    yield Site(app, hosts, core)
    await http.aclose()
    app.state.services.store.close()


@pytest.mark.parametrize("partner", BY_REDIRECT)
async def test_the_tile_leads_over_the_host_to_a_home_with_a_masked_name(partner: str, site: Site) -> None:
    answer = await site.browser.get(await site.back(partner))
    assert location(answer) == f"/{partner}/"
    home = await site.browser.get(f"/{partner}/")
    assert "李*英" in home.text
    assert "code-1" not in home.text


async def test_a_state_that_rides_in_the_address_finds_its_attempt(site: Site) -> None:
    sent = await site.browser.get("/sfb/enter?next=/sfb/loans")
    backurl = query_of(sent.headers["location"])["backurl"]
    answer = await site.browser.get(f"{backurl}?ticket=code-1")
    assert location(answer) == "/sfb/loans"


@pytest.mark.parametrize("partner", BY_REDIRECT)
async def test_a_code_that_is_opened_again_resumes_the_session(partner: str, site: Site) -> None:
    back = await site.back(partner)
    await site.browser.get(back)
    assert location(await site.browser.get(back)) == f"/{partner}/"
    assert site.hosts[partner].codes == {"code-2": "user-2"}


@pytest.mark.parametrize("partner", BY_REDIRECT)
async def test_a_code_of_somebody_else_cannot_be_slipped_into_a_browser(partner: str, site: Site) -> None:
    theirs = await site.back(partner, "code-2")
    victim = site.new_browser()
    answer = await victim.get(theirs)
    assert answer.status_code == 400
    assert not [name for name in victim.cookies if name.startswith("sb-") and not name.endswith("login")]
    assert site.hosts[partner].codes.keys() == {"code-1", "code-2"}


async def test_a_spent_code_leads_to_a_page_that_begins_anew(site: Site) -> None:
    site.hosts["zj"].codes.clear()
    answer = await site.browser.get(await site.back("zj"))
    assert answer.status_code == 400
    assert re.search(r'href="/zj/enter\?next=', answer.text)
    assert "SSO_TICKET_USED" not in answer.text


async def test_an_account_without_a_real_person_is_told_so_in_our_own_words(site: Site) -> None:
    site.hosts["haian"].twists["userinfo"] = merged(is_snapshotuser=1)
    answer = await site.browser.get(await site.back("haian"))
    assert answer.status_code == 403
    assert "这个账号没有实名" in answer.text


@pytest.mark.parametrize(
    ("path", "user_agent", "leads_to"),
    [
        ("/zj/enter", "Mozilla/5.0 AlipayClient/10.5", "/zfb/enter"),
        ("/zj/enter?next=/zj/loans&ui=elder", "alipayclient", "/zfb/enter?next=%2Fzfb%2Floans&ui=elder"),
        ("/zj/enter?from=wechat", "Mozilla/5.0", "/haian/enter?from=wechat"),
        ("/zj/enter?from=wechat", "AlipayClient", "/zfb/enter?from=wechat"),
    ],
)
async def test_the_container_decides_which_host_of_the_brand_is_asked(
    path: str, user_agent: str, leads_to: str, site: Site
) -> None:
    answer = await site.browser.get(path, headers={"User-Agent": user_agent})
    assert location(answer) == leads_to


@pytest.mark.parametrize(
    ("path", "user_agent"),
    [("/zj/enter", "Mozilla/5.0"), ("/zj/enter?from=other", ""), ("/zfb/enter", "AlipayClient")],
)
async def test_anybody_else_is_asked_by_the_brand_itself(path: str, user_agent: str, site: Site) -> None:
    answer = await site.browser.get(path, headers={"User-Agent": user_agent})
    assert urlsplit(answer.headers["location"]).netloc.endswith(".example")
    assert dict(parse_qsl(urlsplit(answer.headers["location"]).query))
