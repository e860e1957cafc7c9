"""Back after leaving, or after the session ended, shows nothing personal, also from the browser's memory of pages."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect
from playwright.sync_api import Error as PlaywrightError

from tests.support.browsers.chromium import remembering_options
from tests.support.houses.site import PERSON, Site, served
from tests.support.pages.scripts import everything

# Noted before our own listeners run: whether the page came from memory, and whether it was legible then.
NOTE = """
window.addEventListener("pageshow", function (event) {
  if (event.persisted) { sessionStorage.setItem("persisted", "yes"); }
});
"""


@pytest.fixture(scope="module")
def remembering(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(**remembering_options())
    yield browser
    browser.close()


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Site]:
    with served(tmp_path) as running:
        everything(running.core)
        yield running


def go_back(page: Page) -> None:
    """Go back to a page that the browser keeps in memory. Playwright's `go_back()` hangs on such a page."""
    page.evaluate("sessionStorage.removeItem('persisted'); setTimeout(() => history.back(), 20)")
    deadline, came = time.monotonic() + 5, None
    while came != "yes":
        assert time.monotonic() < deadline, "the page did not come from memory"
        page.wait_for_timeout(30)
        with suppress(PlaywrightError):  # between two pages
            came = page.evaluate("sessionStorage.getItem('persisted')")


# In `make walk` only: Playwright once hung for ever when it closed a page that came from memory.
@pytest.mark.whole
def test_back_shows_nothing_personal_once_the_session_has_ended(remembering: Browser, pages: Site) -> None:
    context = remembering.new_context()
    context.add_init_script(NOTE)
    page = context.new_page()
    # The control: a page without our headers comes back from memory in this browser, or this test would prove nothing.
    page.route("**/control", lambda route: route.fulfill(body="<p>plain</p>", content_type="text/html"))
    page.goto(f"{pages.base_url}/control")
    page.goto(f"{pages.base_url}/healthz")
    go_back(page)
    assert page.inner_text("p") == "plain"

    with ThreadPoolExecutor() as aside:  # Playwright's loop runs in this thread
        secret = aside.submit(asyncio.run, pages.log_in()).result()
    context.add_cookies([{"name": pages.cookie, "value": secret, "url": pages.base_url}])
    page.goto(f"{pages.base_url}/lyg/me")
    assert PERSON.name_masked in page.inner_text("main")
    page.goto(f"{pages.base_url}/lyg/me/help")
    # The session is open: the page asks, and is legible again.
    go_back(page)
    expect(page.locator("html")).not_to_have_class(re.compile("asking"))
    assert PERSON.name_masked in page.inner_text("main")
    # A page that has asked is not kept a second time, so a new one.
    page.goto(f"{pages.base_url}/lyg/me")
    page.goto(f"{pages.base_url}/lyg/me/help")
    # The session has ended meanwhile: not legible while it asks, then gone to the login.
    pages.clock.advance(timedelta(hours=1))
    page.route("**/alive*", lambda route: None)  # no answer comes
    go_back(page)
    assert page.evaluate("getComputedStyle(document.body).visibility") == "hidden"
    context.close()


@pytest.mark.whole
def test_a_page_from_memory_whose_session_has_ended_goes_to_the_login(
    remembering: Browser, pages: Site
) -> None:
    page = remembering.new_context().new_page()
    with ThreadPoolExecutor() as aside:
        secret = aside.submit(asyncio.run, pages.log_in()).result()
    page.context.add_cookies([{"name": pages.cookie, "value": secret, "url": pages.base_url}])
    page.goto(f"{pages.base_url}/lyg/me")
    page.goto(f"{pages.base_url}/lyg/me/help")
    pages.clock.advance(timedelta(hours=1))
    with page.expect_request("**/lyg/alive?of=*"), page.expect_request("**/lyg/enter?next=*"):
        page.evaluate("setTimeout(() => history.back(), 20)")
    page.context.close()


def test_a_page_that_slept_asks_for_the_truth_when_it_is_seen_again(page: Page, pages: Site) -> None:
    with ThreadPoolExecutor() as aside:
        secret = aside.submit(asyncio.run, pages.log_in()).result()
    page.context.add_cookies([{"name": pages.cookie, "value": secret, "url": pages.base_url}])
    page.goto(f"{pages.base_url}/lyg/me")
    pages.clock.advance(timedelta(hours=1))
    sleep = """ms => {
      Object.defineProperty(document, "hidden", {get: () => true, configurable: true});
      document.dispatchEvent(new Event("visibilitychange"));
      const now = Date.now; Date.now = () => now() + ms;
      Object.defineProperty(document, "hidden", {get: () => false});
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(sleep, 1000)  # a glance at another app is not a sleep
    with page.expect_request("**/lyg/enter?next=*", timeout=1000):
        page.evaluate(sleep, 31_000)
