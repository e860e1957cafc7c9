"""One opening at a time, closed whenever the app likes, with nothing left behind."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page
from playwright.sync_api import Route as Asked

from tests.support.browsers.modes import PHONE
from tests.support.browsers.openings import (
    ENTER,
    HELP,
    USED,
    cancelled,
    ended,
    ended_in_time,
    heard,
    shown,
    start,
    told_why,
    why,
)
from tests.support.houses.site import Site

# Counts the page's listeners and timers, and what else an opening changes.
WATCH = """() => {
    const counts = { listeners: 0, timers: 0 };
    for (const target of [EventTarget.prototype]) {
        const { addEventListener, removeEventListener } = target, known = new Map();
        const key = (type, f) => known.get(f) || (known.set(f, new Set()), known.get(f));
        target.addEventListener = function (type, f, options) {
            const held = this === window || this === document || this === window.visualViewport
                || this instanceof AbortSignal;
            if (held && f && !key(type, f).has(type)) { key(type, f).add(type); counts.listeners += 1; }
            return addEventListener.call(this, type, f, options);
        };
        target.removeEventListener = function (type, f, options) {
            if (f && key(type, f).delete(type)) counts.listeners -= 1;
            return removeEventListener.call(this, type, f, options);
        };
    }
    for (const [set, clear] of [['setTimeout', 'clearTimeout'], ['setInterval', 'clearInterval']]) {
        const open = new Set(), [begin, end] = [window[set], window[clear]];
        window[set] = (f, ms) => {
            const id = begin(() => { if (set === 'setTimeout' && open.delete(id)) counts.timers -= 1; f(); }, ms);
            open.add(id); counts.timers += 1;
            return id;
        };
        window[clear] = (id) => { if (open.delete(id)) counts.timers -= 1; end(id); };
    }
    window.standing = () => ({ ...counts, nodes: document.querySelectorAll('*').length,
        style: document.documentElement.getAttribute('style') || '', state: history.state,
        entry: navigation.currentEntry.index, focus: document.activeElement.tagName });
}"""


@pytest.fixture
def fresh(new_context: Any, app: str) -> Page:
    """The app's page with its own clock."""
    page: Page = new_context(**PHONE).new_page()
    page.goto(app)
    page.wait_for_function("() => window.opened")
    return page


@pytest.mark.parametrize("mode", ["frame", "sheet"])
def test_twenty_openings_leave_nothing_behind(fresh: Page, bank: Site, mode: str) -> None:
    fresh.evaluate(WATCH)
    # The first one loads the part, which stays.
    shown(fresh, bank, mode=mode)
    fresh.evaluate("handle.close()")
    assert ended(fresh) == cancelled("app")
    before = fresh.evaluate("standing()")
    length = fresh.evaluate("history.length")
    for _ in range(20):
        shown(fresh, bank, mode=mode)
        fresh.evaluate("handle.close()")
        assert ended(fresh) == cancelled("app")
    assert fresh.evaluate("standing()") == before
    assert fresh.evaluate("history.length") == length
    assert fresh.evaluate("faults") == []


def test_an_app_that_mounts_and_unmounts_without_waiting_gets_its_page_back(fresh: Page, bank: Site) -> None:
    fresh.evaluate(WATCH)
    shown(fresh, bank)
    fresh.evaluate("handle.close()")
    ended(fresh)
    before = fresh.evaluate("standing()")
    results = fresh.evaluate(
        """async entry => {
            const results = [];
            for (let count = 0; count < 20; count += 1) {
                const handle = Sunbridge.open({entry, mode: 'frame'});
                if (count % 2) await new Promise((done) => requestAnimationFrame(done));
                handle.close();
                results.push(handle.result);
            }
            return Promise.all(results);
        }""",
        bank.base_url + HELP,
    )
    assert results == [cancelled("app")] * 20
    assert fresh.evaluate("standing()") == before


def test_right_after_closing_it_may_be_opened_again(fresh: Page, bank: Site) -> None:
    shown(fresh, bank)
    before = fresh.evaluate("navigation.currentEntry.index")
    fresh.evaluate(
        """entry => { const first = handle; told.length = 0; first.close(); opened({entry});
            first.result.then((result) => { window.first = result; }); }""",
        bank.base_url + HELP,
    )
    fresh.wait_for_function("() => told.length")
    assert fresh.evaluate("first") == cancelled("app")
    assert fresh.evaluate("[navigation.currentEntry.index, ended]") == [before, None]
    fresh.evaluate("handle.close()")
    assert ended(fresh) == cancelled("app")


def test_a_second_opening_is_refused_and_the_first_goes_on(page: Page, bank: Site) -> None:
    shown(page, bank)
    error = page.evaluate(
        """entry => Sunbridge.open({entry, mode: 'frame'}).result.catch(
            (fault) => Object.assign({message: fault.message, isError: true}, fault))""",
        bank.base_url + HELP,
    )
    assert why(error) == ("already_open", "already_open", None)
    assert page.locator("dialog").count() == 1
    assert page.evaluate("ended") is None
    page.get_by_role("button", name="关闭").click()
    assert ended_in_time(page) == cancelled("customer")
    shown(page, bank)


def test_a_page_that_loads_the_module_twice_has_one_of_it(page: Page, bank: Site) -> None:
    page.evaluate(
        """async () => {
            window.other = (await import('/sunbridge.js?again')).Sunbridge;
            const classic = document.createElement('script');
            classic.src = '/sunbridge.classic.js';
            const own = window.Sunbridge;
            await new Promise((done) => { classic.onload = done; document.head.append(classic); });
            window.third = window.Sunbridge;
            window.Sunbridge = own;
        }"""
    )
    assert page.evaluate("new Set([Sunbridge.open, other.open, third.open]).size") == 3
    shown(page, bank)
    for name in ("other", "third"):
        code = page.evaluate(
            f"entry => {name}.open({{entry, mode: 'frame'}}).result.catch((fault) => fault.code)",
            bank.base_url + HELP,
        )
        assert code == "already_open"
    page.evaluate("handle.close()")
    assert ended_in_time(page) == cancelled("app")
    # One tap on a link opens once.
    page.evaluate(
        """address => { const link = document.querySelector('a'); link.href = address;
            link.addEventListener('sunbridge', (event) => told.push(event.detail)); told.length = 0; }""",
        bank.base_url + HELP,
    )
    page.get_by_role("link", name="tile").click()
    page.wait_for_function("() => told.length")
    assert page.locator("dialog").count() == 1
    assert [event["name"] for event in heard(page)] == ["ready"]


def test_closing_is_safe_at_any_time(page: Page, bank: Site) -> None:
    page.evaluate("handle_of = Sunbridge.open({}); handle_of.result.catch(() => {}); handle_of.close()")
    shown(page, bank)
    page.evaluate("handle.close(); handle.close()")
    assert ended_in_time(page) == cancelled("app")
    page.evaluate("handle.close()")
    shown(page, bank)
    assert page.locator("dialog").count() == 1


@pytest.mark.parametrize("mode", ["page", "sheet", "frame"])
def test_an_abort_signal_ends_it_and_one_from_before_opens_nothing(
    fresh: Page, bank: Site, mode: str
) -> None:
    before = fresh.evaluate("navigation.currentEntry.index")
    fresh.evaluate(
        "([entry, mode]) => opened({entry, mode, signal: AbortSignal.abort()})", [bank.base_url + HELP, mode]
    )
    assert ended(fresh) == cancelled("app")
    fresh.route("**/lyg/me/help*", lambda _asked: None)
    # Playwright waits for a page that is about to be replaced: the page itself aborts.
    fresh.evaluate(
        """([entry, mode]) => { const aborter = new AbortController();
            opened({entry, mode, signal: aborter.signal}); setTimeout(() => aborter.abort(), 500); }""",
        [bank.base_url + HELP, mode],
    )
    if mode != "page":
        fresh.locator("dialog").wait_for()
    assert ended(fresh) == cancelled("app")
    assert heard(fresh) == []
    assert fresh.evaluate("navigation.currentEntry.index") == before


def test_a_whole_page_that_was_cancelled_does_not_open_later(fresh: Page, bank: Site, app: str) -> None:
    held: list[Asked] = []
    fresh.route("**/lyg/me/help", lambda asked: held.append(asked))
    # Playwright waits for a page that is about to be replaced: the page itself closes.
    with fresh.expect_request("**/lyg/me/help"):
        fresh.evaluate(
            "entry => { opened({entry, mode: 'page'}); setTimeout(() => handle.close(), 500); }",
            bank.base_url + HELP,
        )
    assert ended(fresh) == cancelled("app")
    assert held
    assert fresh.url == f"{app}/"


def test_in_page_mode_an_app_that_lets_nothing_replace_its_page_is_told_so(page: Page, bank: Site) -> None:
    page.route("**/enter", lambda asked: asked.fulfill(status=204))
    start(page, bank.base_url + ENTER, mode="page")
    assert why(ended_in_time(page))[0] == "timeout"


def test_back_closes_it_and_is_one_step(page: Page, bank: Site) -> None:
    before = page.evaluate("navigation.currentEntry.index")
    shown(page, bank)
    page.evaluate("history.back()")
    assert ended_in_time(page) == cancelled("customer")
    assert page.evaluate("navigation.currentEntry.index") == before


def test_an_address_from_the_apps_server_is_fetched_again_once_where_it_has_expired(
    page: Page, bank: Site
) -> None:
    page.evaluate(
        """([used, good]) => { window.asked = 0;
            opened({launchUrl: async () => (asked += 1) === 1 ? used : good}); }""",
        [bank.base_url + USED, bank.base_url + HELP],
    )
    page.wait_for_function("() => told.length")
    assert [event["name"] for event in heard(page)] == ["ready"]
    assert page.evaluate("asked") == 2


def test_an_address_that_has_expired_again_is_told(page: Page, bank: Site) -> None:
    page.evaluate(
        "used => { window.asked = 0; opened({launchUrl: () => { asked += 1; return used; }}); }",
        bank.base_url + USED,
    )
    page.wait_for_function("() => told.length")
    assert [(code, reason) for code, reason, _ in told_why(page)] == [
        ("session_expired", "login.launch_used")
    ]
    assert page.evaluate("asked") == 2
    page.get_by_role("button", name="关闭").click()
    assert why(ended_in_time(page))[0] == "session_expired"


def test_an_address_given_as_text_is_not_fetched_again(page: Page, bank: Site) -> None:
    page.evaluate("used => opened({launchUrl: used})", bank.base_url + USED)
    page.wait_for_function("() => told.length")
    assert told_why(page)[0][0] == "session_expired"


def test_a_server_of_the_app_that_gives_no_address_is_told(page: Page, bank: Site) -> None:
    page.evaluate("opened({launchUrl: () => { throw new Error('our own server'); }})")
    assert why(ended_in_time(page)) == ("load_failed", "launch_url", None)
    page.evaluate("opened({launchUrl: () => new Promise(() => {})})")
    assert why(ended_in_time(page)) == ("timeout", "timeout", None)
