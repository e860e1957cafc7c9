"""Back after leaving, or after the session ended, shows nothing personal, also from the browser's memory of pages.

Back to a form that met an error shows its page, and sends nothing again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.browsers.remembering import remembering_chromium
from tests.support.browsers.stranger import stranger
from tests.support.browsers.tab import LEGIBLE, Tab
from tests.support.browsers.webkit import webkit
from tests.support.houses.site import PERSON, Site, served
from tests.support.pages.scripts import everything

# Notes on a page's return whether it came from memory, and whether it was legible then. The page's own listener has
# run, and has no answer yet.
NOTE = """addEventListener("pageshow", function (event) {
  sessionStorage.setItem("returned", [event.persisted, getComputedStyle(document.body).visibility]);
})"""
RETURNED = "sessionStorage.getItem('returned')"
AT_OWN_PAGE = "location.pathname.endsWith('/lyg/me')"
AT_LOGIN = "location.pathname.endsWith('/enter')"
LEFT = f"{LEGIBLE}.includes('可以关闭本页了')"


@pytest.fixture(params=["chromium", pytest.param("webkit", marks=pytest.mark.whole)])
def tab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tab]:
    """A tab of a browser that keeps pages in memory. `make test` asks Chromium alone."""
    home = tmp_path / "browser"
    home.mkdir()
    with remembering_chromium(home) if request.param == "chromium" else webkit(home) as opened:
        assert_it_remembers(opened)
        yield opened


def assert_it_remembers(tab: Tab) -> None:
    """The control: a page without our headers comes back from memory, or these tests would prove nothing."""
    with stranger("<p>plain</p>") as control:
        tab.open(control)
        tab.ask(NOTE)
        tab.open(f"{control}other")
        go_back(tab)
        tab.becomes(RETURNED)
        assert tab.ask(RETURNED) == "true,visible"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Site]:
    with served(tmp_path) as running:
        everything(running.core)
        yield running


def log_in(tab: Tab, pages: Site) -> None:
    tab.open(f"{pages.base_url}/healthz")
    with ThreadPoolExecutor() as aside:  # Playwright's loop may run in this thread
        tab.set_cookie(pages.cookie, aside.submit(asyncio.run, pages.log_in()).result())


def read_own_page(tab: Tab, pages: Site, then: str) -> None:
    """Open a personal page, which is noted when it returns, and go on from it."""
    tab.open(f"{pages.base_url}/lyg/me")
    assert PERSON.name_masked in tab.read()
    tab.ask(f"sessionStorage.clear(), {NOTE}")
    tab.open(f"{pages.base_url}/lyg/{then}")


def go_back(tab: Tab, pages: int = 1) -> None:
    tab.ask(f"setTimeout(function () {{ history.go(-{pages}); }}, 20)")


@pytest.mark.whole
def test_back_after_leaving_shows_nothing_personal(tab: Tab, pages: Site) -> None:
    log_in(tab, pages)
    read_own_page(tab, pages, then="leave")
    asked = tab.ask("history.length")
    tab.ask("document.querySelector('main form button').click()")
    tab.becomes(LEFT)
    # Some browsers put the answer to a form in the place of the form's page.
    go_back(tab, tab.ask("history.length") - asked + 1)
    assert PERSON.name_masked not in tab.becomes(f"{AT_OWN_PAGE} && {LEFT}")


def test_back_shows_nothing_personal_once_the_session_has_ended(tab: Tab, pages: Site) -> None:
    log_in(tab, pages)
    read_own_page(tab, pages, then="me/help")
    pages.clock.advance(timedelta(hours=1))
    go_back(tab)
    assert PERSON.name_masked not in tab.becomes(AT_LOGIN)
    assert tab.ask(RETURNED) == "true,hidden"


@pytest.mark.whole
def test_back_shows_the_page_again_while_the_session_is_open(tab: Tab, pages: Site) -> None:
    log_in(tab, pages)
    read_own_page(tab, pages, then="me/help")
    go_back(tab)
    tab.becomes(f"{AT_OWN_PAGE} && {RETURNED}")
    assert PERSON.name_masked in tab.becomes("!document.documentElement.classList.contains('asking')")
    assert tab.ask(RETURNED) == "true,hidden"


SLEEP = """ms => {
  Object.defineProperty(document, "hidden", {get: () => true, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
  const now = Date.now; Date.now = () => now() + ms;
  Object.defineProperty(document, "hidden", {get: () => false});
  document.dispatchEvent(new Event("visibilitychange"));
}"""
# A glance at another app is not a sleep.
GLANCE_MS, SLEPT_MS = 1_000, 31_000


def test_a_page_that_slept_asks_for_the_truth_when_it_is_seen_again(page: Page, pages: Site) -> None:
    with ThreadPoolExecutor() as aside:
        secret = aside.submit(asyncio.run, pages.log_in()).result()
    page.context.add_cookies([{"name": pages.cookie, "value": secret, "url": pages.base_url}])
    page.goto(f"{pages.base_url}/lyg/lines/ln-1/draw")
    page.fill("[name=amount]", "12")
    with page.expect_response("**/lyg/alive?of=*", timeout=1000) as answer:
        page.evaluate(SLEEP, SLEPT_MS)
    assert answer.value.status == 204
    assert page.input_value("[name=amount]") == "12"
    page.goto(f"{pages.base_url}/lyg/me")
    pages.clock.advance(timedelta(hours=1))
    page.evaluate(SLEEP, GLANCE_MS)
    with page.expect_request("**/lyg/enter?next=*", timeout=1000):
        page.evaluate(SLEEP, SLEPT_MS)


def test_back_to_a_form_that_met_an_error_shows_it_empty_and_sends_nothing(page: Page, pages: Site) -> None:
    with ThreadPoolExecutor() as aside:
        secret = aside.submit(asyncio.run, pages.log_in()).result()
    page.context.add_cookies([{"name": pages.cookie, "value": secret, "url": pages.base_url}])
    page.goto(f"{pages.base_url}/lyg/me/address")
    page.fill("[name=address]", "x")
    page.click("main form button[type=submit]")
    assert page.get_by_role("alert").is_visible()
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    # What was typed may be put right, and left: either way the form's address is asked for, and not the form sent.
    page.goto(f"{pages.base_url}/lyg/me/help")
    page.go_back()
    assert page.url.endswith("/lyg/me/address")
    assert page.locator("[name=address]").is_visible()
    page.reload()
    assert not page.get_by_role("alert").count()
    assert not posted
