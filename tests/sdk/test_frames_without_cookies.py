"""In a frame without our cookies the customer lets us ask the browser for them, once, before the whole window opens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import FrameLocator, Page, expect
from playwright.sync_api import Route as Asked

from h5app.sdk.routes import versions
from tests.support.browsers.modes import PHONE
from tests.support.browsers.partners_page import partners_page
from tests.support.houses.site import Site, served

AXE = (Path(__file__).parents[2] / "tests/vendor/axe.min.js").read_text("utf-8")
# What comes after our cookie was set and did not come back.
LOST = "/lyg/enter?embed=frame&tried=1"
OPEN = """([address, nonce]) => {
  window.heard = [];
  addEventListener("message", ({ data }) => heard.push(data));
  const frame = Object.assign(document.createElement("iframe"), { name: `sunbridge-${nonce}`, src: address });
  frame.style.cssText = "position:fixed;top:0;left:0;border:0;width:100%;height:100%";
  document.body.append(frame);
}"""
TOLD = "heard.filter(({type}) => type !== 'gone')"
ABSENT = "delete Document.prototype.requestStorageAccess"
# As where the customer blocks everything that sites store.
NOT_STORED = "Object.defineProperty(window, 'sessionStorage', {get() { throw new Error('denied'); }})"


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    with partners_page() as address:
        yield address


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory, app: str) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("bank"), framed_by=[app]) as site:
        yield site


@pytest.fixture
def page(new_context: Any, app: str) -> Page:
    opened: Page = new_context(**PHONE).new_page()
    opened.goto(app)
    return opened


def allow(page: Page) -> None:
    """As a customer who says yes. Without it this browser refuses, as it does where our site was never used itself."""
    page.context.grant_permissions(["storage-access"])


def opening(page: Page, bank: Site, path: str = LOST) -> FrameLocator:
    """One opening by the SDK: the frame's name is its secret."""
    page.evaluate(OPEN, [bank.base_url + path, "a" * 32])
    return page.frame_locator("iframe")


def heard(page: Page, *types: str) -> list[dict[str, Any]]:
    """What the frame told, once it told all these. That a page is left says nothing of where the customer is."""
    page.wait_for_function(f"types => {TOLD}.map(({{type}}) => type).join() === types", arg=",".join(types))
    told: list[dict[str, Any]] = page.evaluate(TOLD)
    return told


def test_a_browser_that_can_be_asked_is_asked_at_a_tap_and_the_login_goes_on_in_the_frame(
    page: Page, bank: Site
) -> None:
    allow(page)
    inside = opening(page, bank)
    stay = inside.get_by_role("button", name="在这里继续")
    expect(stay).to_be_visible()
    expect(inside.get_by_role("alert")).to_be_hidden()
    # The page around waits meanwhile.
    assert heard(page, "entering")[0]["title"].startswith("在这里不能保持登录")
    stay.click()
    # The browser itself agrees, and the login begins. Its host does not answer here.
    assert heard(page, "entering", "failed")[1]["code"] == "login.unavailable"
    assert page.url.startswith("http://127.0.0.1")


@pytest.mark.parametrize("stored", ["", NOT_STORED])
def test_a_browser_that_refuses_opens_the_whole_window(page: Page, bank: Site, stored: str) -> None:
    page.add_init_script(stored)
    inside = opening(page, bank)
    inside.get_by_role("button", name="在这里继续").click()
    expect(inside.get_by_role("alert")).to_have_text("手机没有允许，在这里不能继续。请在整页中打开。")
    blocked = heard(page, "entering", "blocked")[1]
    assert blocked["reference"]
    # The plain link stays, and is the main button again.
    expect(inside.get_by_role("button", name="在这里继续")).to_be_hidden()
    assert inside.get_by_role("link", name="在整页中打开").get_attribute("class") == "button"


def test_a_browser_that_cannot_be_asked_opens_the_whole_window_without_a_tap(page: Page, bank: Site) -> None:
    page.add_init_script(ABSENT)
    opening(page, bank)
    heard(page, "entering", "blocked")


def test_a_browser_that_agrees_and_still_keeps_no_cookie_is_asked_once(page: Page, bank: Site) -> None:
    def forget(asked: Asked) -> None:
        got = httpx.get(asked.request.url, headers={"Sec-Fetch-Dest": "iframe"})
        dropped = {"set-cookie", "content-length", "content-encoding"}
        headers = {name: value for name, value in got.headers.items() if name not in dropped}
        asked.fulfill(status=got.status_code, body=got.text, headers=headers)

    allow(page)
    inside = opening(page, bank)
    page.route("**/enter?**", forget)
    inside.get_by_role("button", name="在这里继续").click()
    heard(page, "entering", "blocked")
    expect(inside.get_by_role("button", name="在这里继续")).to_have_count(0)


def test_a_second_loss_in_the_same_opening_asks_no_more(page: Page, bank: Site) -> None:
    allow(page)
    inside = opening(page, bank)
    inside.get_by_role("button", name="在这里继续").click()
    heard(page, "entering", "failed")
    page.context.clear_cookies()
    page.frames[1].evaluate("address => location.replace(address)", LOST)
    heard(page, "entering", "failed", "entering", "blocked")


def test_without_scripts_the_plain_link_is_the_only_button(new_context: Any, bank: Site, app: str) -> None:
    page = new_context(**PHONE, java_script_enabled=False).new_page()
    page.goto(f"{app}?{urlencode({'frame': bank.base_url + LOST})}")
    inside = page.frame_locator("iframe")
    link = inside.get_by_role("link", name="在整页中打开")
    expect(link).to_be_visible()
    expect(inside.get_by_role("button", name="在这里继续")).to_have_count(0)
    assert link.get_attribute("class") == "button"
    link.click()
    page.wait_for_url(f"{bank.base_url}/lyg/**")


@pytest.mark.parametrize("look", ["", "&ui=elder", "&ui=largest", "&lang=en", "&lang=en&ui=elder"])
def test_the_page_fits_a_phone_and_passes_the_accessibility_rules(page: Page, bank: Site, look: str) -> None:
    inside = opening(page, bank, LOST + look)
    button = inside.locator("#stay")
    expect(button).to_be_visible()
    frame = page.frames[1]
    assert frame.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    frame.evaluate(AXE)
    found = frame.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    assert [(item["id"], item["nodes"][0]["html"]) for item in found] == []
    assert inside.locator(".button:visible").count() == 2
    if "elder" in look:
        assert button.bounding_box()["height"] >= 60  # type: ignore[index]


# A page of a partner's opens us with the module, as it is served.
WITH_SDK = """async ([origin, version, path]) => {
  const { Sunbridge } = await import(`${origin}/sdk/${version}/sunbridge.js`);
  window.events = [];
  Sunbridge.open({ entry: origin + path, mode: "frame", onEvent: (event) => events.push(event) })
    .result.catch((error) => { window.ended = error.code; });
}"""


def with_sdk(page: Page, bank: Site) -> FrameLocator:
    page.evaluate(WITH_SDK, [bank.base_url, versions()[-1], "/lyg/enter?tried=1"])
    return page.frame_locator("dialog iframe")


def test_the_sdk_waits_while_the_customer_decides_and_goes_on_in_the_frame(page: Page, bank: Site) -> None:
    allow(page)
    stay = with_sdk(page, bank).get_by_role("button", name="在这里继续")
    expect(stay).to_be_visible()
    assert page.evaluate("events") == []
    stay.click()
    page.wait_for_function("() => events.length")
    event = page.evaluate("events.map(({name, error}) => [name, error.reason])")
    assert event == [["error", "login.unavailable"]]
    expect(page.locator("dialog")).to_be_visible()


def test_the_sdk_opens_the_whole_window_where_the_browser_refuses(page: Page, bank: Site) -> None:
    inside = with_sdk(page, bank)
    inside.get_by_role("button", name="在这里继续").click()
    # The address that was opened, and not that of a trial in the frame.
    page.wait_for_url(f"{bank.base_url}/lyg/enter?tried=1")
    assert page.frames == [page.main_frame]
