"""A launch with a person, opened in a frame by the module: in the frame where cookies are kept, else in the window."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import Route as Asked

from h5app import handovers
from h5app.login import arrivals
from h5app.login.records import ReturnTarget
from h5app.sdk.routes import versions
from partner_adapters.core_bank.consents import ConsentTexts
from tests.support.browsers.modes import PHONE
from tests.support.browsers.partners_page import partners_page
from tests.support.houses.site import Site, served
from tests.support.pages import samples
from tests.support.pages.rooms import login

# Each call makes a launch at the partner's server.
OPEN = """async ([origin, version, url]) => {
  const { Sunbridge } = await import(`${origin}/sdk/${version}/sunbridge.js`);
  window.events = [];
  window.asked = 0;
  const launchUrl = async () => { asked += 1; return url; };
  Sunbridge.open({ launchUrl, mode: "frame", onEvent: (event) => events.push(event) });
}"""
ASKS = "先问您同不同意"


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    with partners_page() as address:
        yield address


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory, app: str) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("bank"), framed_by=[app]) as site:
        text = samples.consent_text(handovers.CONSENT)
        site.core.says("GET", "/consent-texts", ConsentTexts(items=[text]))
        yield site


@pytest.fixture
def launch(bank: Site, request: pytest.FixtureRequest) -> str:
    """The address of a launch that a partner's server made for a person just now."""
    made = arrivals.record(
        bank.services,
        "lyg",
        request.node.name,
        login("sub-7"),
        ReturnTarget("/lyg/", None, None),
        binding=None,
    )
    # Playwright's own loop runs in this thread.
    with ThreadPoolExecutor(1) as thread:
        secret = thread.submit(asyncio.run, made).result()
    return f"{bank.base_url}/lyg/arrive?launch={secret}"


@pytest.fixture
def page(new_context: Any, app: str) -> Page:
    opened: Page = new_context(**PHONE).new_page()
    opened.goto(app)
    return opened


def test_a_browser_that_keeps_cookies_opens_it_in_the_frame(page: Page, bank: Site, launch: str) -> None:
    page.evaluate(OPEN, [bank.base_url, versions()[-1], launch])
    expect(page.frame_locator("dialog iframe").get_by_role("heading", level=1)).to_have_text(ASKS)
    page.wait_for_function("() => events.length")
    assert page.evaluate("[events[0].name, asked]") == ["ready", 1]


@pytest.mark.parametrize("can_ask", [True, False])
def test_a_browser_that_keeps_none_opens_the_same_launch_in_the_whole_window(
    page: Page, bank: Site, launch: str, can_ask: bool
) -> None:
    def forget(asked: Asked) -> None:
        if "embed=frame" not in asked.request.url:
            return asked.fallback()
        got = httpx.get(asked.request.url, headers={"Sec-Fetch-Dest": "iframe"})
        dropped = {"set-cookie", "content-length", "content-encoding"}
        headers = {name: value for name, value in got.headers.items() if name not in dropped}
        return asked.fulfill(status=got.status_code, body=got.text, headers=headers)

    page.route("**/arrive?**", forget)
    if not can_ask:
        page.add_init_script("delete Document.prototype.requestStorageAccess")
    page.evaluate(OPEN, [bank.base_url, versions()[-1], launch])
    if can_ask:
        page.frame_locator("dialog iframe").get_by_role("button", name="在这里继续").click()
    page.wait_for_url(f"{bank.base_url}/lyg/arrive")
    expect(page.get_by_role("heading", level=1)).to_have_text(ASKS)


@pytest.mark.parametrize("way_in", ["enter", "arrive"])
def test_a_used_launch_is_asked_for_again_and_never_shows_an_earlier_customers_session(
    page: Page, bank: Site, launch: str, way_in: str
) -> None:
    with ThreadPoolExecutor(1) as thread:
        session = thread.submit(asyncio.run, bank.log_in()).result()
    # As our pages set it in a frame.
    kept: Any = {"name": bank.cookie, "value": session, "domain": "localhost", "path": "/"}
    framed = {"sameSite": "None", "secure": True, "partitionKey": "http://127.0.0.1"}
    page.context.add_cookies([kept | framed])
    sent = []
    page.on("request", lambda asked: sent.append(asked.all_headers().get("cookie", "")))
    page.evaluate(
        OPEN.replace("return url", f"return asked === 1 ? '{bank.base_url}/lyg/{way_in}?launch=used' : url"),
        [bank.base_url, versions()[-1], launch],
    )
    shown = page.frame_locator("dialog iframe")
    expect(shown.get_by_role("heading", level=1)).to_have_text(ASKS)
    page.wait_for_function("() => events.length")
    assert page.evaluate("[events[0].name, asked]") == ["ready", 2]
    assert [cookie for cookie in sent if session in cookie]
