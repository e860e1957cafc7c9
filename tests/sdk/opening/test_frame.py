"""`Sunbridge.open` in a frame settles whatever goes wrong, within 10 s of it, by a code and our request id."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import Route as Asked

from tests.support.browsers.app_page import RELEASE
from tests.support.browsers.modes import PHONE
from tests.support.browsers.openings import (
    AWAY,
    BRIDGE,
    ENTER,
    HELP,
    cancelled,
    ended,
    ended_in_time,
    framed,
    heard,
    say,
    shown,
    start,
    told_why,
    why,
)
from tests.support.houses.site import Site


def with_parts(page: Page) -> None:
    """The browser has the parts of this release from an earlier visit."""
    page.route(
        f"**/sdk/{RELEASE.name}/*.js",
        lambda asked: asked.fulfill(
            path=RELEASE / asked.request.url.rpartition("/")[2],
            headers={"access-control-allow-origin": "*"},
        ),
    )


def test_a_bank_that_is_not_there_is_unreachable(page: Page) -> None:
    with_parts(page)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        start(page, f"http://localhost:{closed.getsockname()[1]}/lyg/enter")
        framed(page)
        assert why(ended_in_time(page)) == ("load_failed", "unreachable", None)
    assert told_why(page) == [("load_failed", "unreachable", None)]


def test_a_bank_that_takes_the_call_and_never_answers_is_unreachable(page: Page) -> None:
    with_parts(page)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        start(page, f"http://127.0.0.1:{silent.getsockname()[1]}/lyg/enter")
        assert why(ended_in_time(page)) == ("load_failed", "unreachable", None)


def test_a_page_that_hangs_at_a_bank_that_answers_is_late(page: Page, bank: Site) -> None:
    waiting: list[Asked] = []
    page.route("**/enter?**", lambda asked: waiting.append(asked))
    start(page, bank.base_url + ENTER)
    page.locator("dialog").wait_for()
    with page.expect_response("**/sdk/probe?**") as probe:
        page.clock.run_for(6_000)
    late = ended_in_time(page)
    assert why(late) == ("timeout", "timeout", probe.value.headers["x-request-id"])
    waiting[0].abort()


def test_an_app_that_waits_less_is_told_earlier(page: Page, bank: Site) -> None:
    page.route("**/enter?**", lambda asked: None)
    start(page, bank.base_url + ENTER, loadTimeout=1000)
    page.locator("dialog").wait_for()
    # Real time passes besides, so nothing is said of the time before.
    page.clock.run_for(1_100)
    assert why(ended(page))[0] == "timeout"


def test_an_app_whose_policy_forbids_the_frame_is_told_at_once_what_to_add(
    page: Page, bank: Site, app: str
) -> None:
    page.goto(f"{app}?csp=frame-src 'none'")
    start(page, bank.base_url + HELP)
    error = ended(page)
    assert why(error) == ("blocked_by_policy", "frame-src", None)
    assert f"给 frame-src 加上 {bank.base_url}。" in error["detail"]
    assert error["message"] == "在这里暂时打不开银行的页面。"


def test_a_policy_that_only_reports_forbids_nothing(page: Page, bank: Site, app: str) -> None:
    page.goto(app)
    page.evaluate(
        """origin => document.dispatchEvent(Object.assign(new Event('securitypolicyviolation'),
            {effectiveDirective: 'frame-src', blockedURI: origin, disposition: 'report'}))""",
        bank.base_url,
    )
    shown(page, bank)


def test_a_login_page_that_the_policy_forbids_is_named_too(page: Page, bank: Site, app: str) -> None:
    page.goto(f"{app}?csp=frame-src {bank.base_url}")
    start(page, bank.base_url + AWAY)
    error = ended_in_time(page)
    assert why(error)[:2] == ("blocked_by_policy", "frame-src")
    assert app in error["detail"]


@pytest.mark.parametrize(
    ("name", "partner", "code", "reason"),
    [
        ("127.0.0.1", "nosuch", "unknown_partner", "partner_unknown"),
        ("other.localhost", "lyg", "refused", "origin_not_allowed"),
    ],
)
def test_what_only_our_server_knows_is_told_with_the_id_of_its_request(
    page: Page, bank: Site, app: str, name: str, partner: str, code: str, reason: str
) -> None:
    page.goto(app.replace("127.0.0.1", name))
    start(page, f"{bank.base_url}/{partner}/enter")
    framed(page)
    with page.expect_response("**/sdk/probe?**") as probe:
        page.clock.run_for(2_000)
    told = (code, reason, probe.value.headers["x-request-id"])
    assert why(ended(page)) == told
    assert told_why(page) == [told]


def test_a_phone_without_a_network_is_told_so_before_anything_opens(page: Page, bank: Site) -> None:
    page.context.set_offline(True)
    for mode in ("frame", "sheet", "page"):
        start(page, bank.base_url + HELP, mode=mode)
        assert why(ended_in_time(page)) == ("load_failed", "offline", None)


def test_a_network_that_is_lost_on_the_way_ends_it(page: Page, bank: Site) -> None:
    shown(page, bank)
    page.clock.run_for(5_000)
    count = page.evaluate("loads")
    page.context.set_offline(True)
    page.frames[1].evaluate("location.reload()")
    framed(page, count + 1)
    assert why(ended_in_time(page)) == ("load_failed", "offline", None)


@pytest.mark.parametrize("after_ms", [0, 300, 1_400])
def test_a_server_that_goes_away_just_after_a_page_spoke_is_unreachable(
    page: Page, bank: Site, after_ms: int
) -> None:
    shown(page, bank)
    framed(page)
    page.clock.run_for(after_ms)
    page.route(f"{bank.base_url}/**", lambda asked: asked.abort("connectionrefused"))
    page.frames[1].evaluate("location.assign('/lyg/me')")
    framed(page, 2)
    assert why(ended_in_time(page)) == ("load_failed", "unreachable", None)


def test_pages_that_follow_one_another_quickly_ask_our_server_nothing_more(page: Page, bank: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    shown(page, bank)
    for count in (2, 3, 4):
        page.frames[1].evaluate("location.reload()")
        page.wait_for_function("count => told.length === count", arg=count)
        framed(page, count)
    for _ in range(20):
        page.clock.run_for(500)
        page.wait_for_timeout(10)
    assert not [url for url in asked if "/sdk/probe" in url]
    assert page.evaluate("ended") is None


def test_pages_of_the_app_in_the_frame_may_take_their_time(page: Page, bank: Site, app: str) -> None:
    """A login page tells us nothing: our server says that all is well, and the person may take as long as needed."""
    start(page, bank.base_url + AWAY)
    framed(page)
    with page.expect_response("**/sdk/probe?**"):
        page.clock.run_for(2_000)
    page.frames[1].wait_for_load_state()
    page.wait_for_timeout(100)
    page.clock.run_for(120_000)
    assert page.evaluate("ended") is None
    assert heard(page) == []
    page.get_by_role("button", name="关闭").click()
    page.clock.run_for(1_000)
    assert ended(page) == cancelled("customer")


@pytest.mark.parametrize(
    "gone",
    [
        "document.querySelector('dialog').remove()",
        "document.body.innerHTML = ''",
        "document.querySelector('dialog').close()",
    ],
)
def test_a_dialog_that_the_app_removes_or_closes_ends_it(page: Page, bank: Site, gone: str) -> None:
    shown(page, bank)
    page.evaluate(gone)
    assert ended_in_time(page) == cancelled("app")


def test_what_the_app_sets_while_it_is_open_stays_as_the_app_set_it(page: Page, bank: Site) -> None:
    shown(page, bank)
    assert page.evaluate("document.documentElement.style.overflow") == "hidden"
    page.evaluate("document.documentElement.style.overflow = 'clip'; handle.close()")
    page.clock.run_for(1_000)
    page.wait_for_function("() => ended")
    assert page.evaluate("document.documentElement.style.overflow") == "clip"


def test_a_listener_that_throws_is_the_apps_own_fault_and_stops_nothing(
    new_context: Any, bank: Site, app: str
) -> None:
    # Without a clock of the test's own, which would keep what a timer throws to itself.
    page = new_context(**PHONE).new_page()
    page.goto(app)
    page.wait_for_function("() => window.opened")
    page.evaluate(
        """entry => {
            const onEvent = (event) => { told.push(event); throw new Error('the app itself: ' + event.name); };
            Sunbridge.open({entry, mode: 'frame', onEvent}).result.then((result) => { ended = result; });
        }""",
        bank.base_url + HELP,
    )
    page.wait_for_function("() => told.length")
    say(page, {"type": "left"})
    assert ended(page) == {"status": "left"}
    assert [fault.split(": ", 1)[1] for fault in page.evaluate("faults")] == [
        "the app itself: ready",
        "the app itself: left",
    ]


def test_escape_works_from_inside_the_frame(page: Page, bank: Site) -> None:
    shown(page, bank)
    inside = page.frame_locator("dialog iframe").get_by_role("heading", level=1)
    inside.press("Escape")
    assert ended_in_time(page) == cancelled("customer")


def test_escape_that_ends_the_input_of_a_word_stays_inside(page: Page, bank: Site) -> None:
    shown(page, bank)
    page.frames[1].evaluate(
        """() => document.body.dispatchEvent(
            new KeyboardEvent('keydown', {key: 'Escape', isComposing: true, bubbles: true}))"""
    )
    page.clock.run_for(1_000)
    expect(page.locator("dialog")).to_be_visible()


def test_a_failed_login_is_not_ready_and_rejects_when_the_customer_closes_it(page: Page, bank: Site) -> None:
    # The first request sets the cookie and is asked for again.
    with page.expect_response(lambda answer: "tried=1" in answer.url) as refused:
        start(page, bank.base_url + ENTER)
    page.wait_for_function("() => told.length")
    told = ("login_failed", "login.unavailable", refused.value.headers["x-request-id"])
    assert told_why(page) == [told]
    # The page stays, for the person to read and to try again.
    inside = page.frame_locator("dialog iframe")
    expect(inside.get_by_role("heading", level=1)).to_have_text("暂时不能确认身份")
    expect(inside.get_by_text(refused.value.headers["x-request-id"])).to_be_visible()
    page.clock.run_for(20_000)
    assert page.evaluate("ended") is None
    page.get_by_role("button", name="关闭").click()
    assert why(ended_in_time(page)) == told


def test_a_page_that_only_asks_the_app_is_not_ready_either_and_says_why_it_got_no_answer(
    page: Page, bank: Site
) -> None:
    with page.expect_response(f"**{BRIDGE}?**") as asking:
        start(page, bank.base_url + BRIDGE)
    framed(page)
    page.clock.run_for(2_000)
    page.wait_for_function("() => told.length")
    assert told_why(page) == [("login_failed", "login.unsupported", asking.value.headers["x-request-id"])]
    expect(page.frame_locator("dialog iframe").get_by_role("heading", level=1)).to_have_text(
        "要从 App 里打开"
    )


def test_an_error_page_is_forgotten_once_a_good_page_stands(page: Page, bank: Site) -> None:
    start(page, f"{bank.base_url}/lyg/nowhere")
    page.wait_for_function("() => told.length")
    assert heard(page)[0]["error"]["reason"] == "page.not_found"
    assert heard(page)[0]["error"]["code"] == "refused"
    page.frames[1].evaluate("location.replace('/lyg/me/help')")
    page.wait_for_function("() => told.length === 2")
    assert heard(page)[1]["name"] == "ready"
    page.get_by_role("button", name="关闭").click()
    assert ended_in_time(page) == cancelled("customer")


def test_an_app_that_closes_an_error_page_itself_is_not_told_of_it_twice(page: Page, bank: Site) -> None:
    start(page, f"{bank.base_url}/lyg/nowhere")
    page.wait_for_function("() => told.length")
    page.evaluate("handle.close()")
    assert ended_in_time(page) == cancelled("app")


def test_an_order_that_was_carried_out_is_the_result_however_it_is_closed(page: Page, bank: Site) -> None:
    for close in ("handle.close()", "document.querySelector('dialog').remove()"):
        shown(page, bank)
        say(page, {"type": "done", "reference": "A-1"})
        page.wait_for_function("() => told.length === 2")
        assert heard(page)[1] == {"name": "done", "sequence": 2, "reference": "A-1"}
        page.evaluate(close)
        assert ended_in_time(page) == {"status": "done", "reference": "A-1"}


def test_what_a_page_says_that_we_do_not_know_is_ignored(page: Page, bank: Site) -> None:
    shown(page, bank)
    for kind in ("constructor", "toString", "tomorrow", "__proto__", None):
        say(page, {"type": kind})
    say(page, {"type": "left"})
    assert ended_in_time(page) == {"status": "left"}
    assert page.evaluate("faults") == []


def test_a_newer_release_is_told_once_a_page_load(page: Page, bank: Site) -> None:
    warned: list[str] = []
    page.on("console", lambda line: warned.append(line.text))
    shown(page, bank)
    for newest in (RELEASE.name, "1.9.9", "newest", None, 3, "2.10.0", "9.0.0"):
        say(page, {"type": "page", "title": "x", "newest": newest})
    page.wait_for_function("() => told.length === 9")
    told = [event for event in heard(page) if event["name"] == "outdated"]
    assert told == [{"name": "outdated", "sequence": 8, "newest": "2.10.0"}]
    assert warned == [f"Sunbridge {RELEASE.name}: 2.10.0 is out"]
    page.evaluate("handle.close()")
    ended_in_time(page)
    shown(page, bank)
    say(page, {"type": "page", "title": "x", "newest": "9.0.0"})
    page.wait_for_function("() => told.length === 2")
    assert heard(page)[1]["name"] == "page"


def test_a_browser_without_cookies_in_frames_opens_the_whole_page_or_says_that_it_could_not(
    page: Page, bank: Site
) -> None:
    # The app does not let its page be replaced either.
    page.route("**/enter?tried=1&asked=1", lambda asked: asked.fulfill(status=204))
    with page.expect_response(lambda answer: "embed=frame" in answer.url) as blocked:
        start(page, f"{bank.base_url}{ENTER}?tried=1&asked=1")
        page.wait_for_function("() => told.length")
    assert heard(page) == [
        {"name": "blocked", "sequence": 1, "reference": blocked.value.headers["x-request-id"]}
    ]
    assert why(ended_in_time(page))[0] == "timeout"


def test_a_browser_without_dialogs_opens_the_whole_page(page: Page, bank: Site) -> None:
    page.evaluate("delete window.HTMLDialogElement")
    start(page, bank.base_url + HELP)
    page.wait_for_url(bank.base_url + HELP)


def test_the_look_that_the_app_asks_for_is_handed_to_our_pages(page: Page, bank: Site) -> None:
    shown(page, bank, locale="en", uiStyle="elder")
    inside = page.frame_locator("dialog iframe").locator("html")
    expect(inside).to_have_attribute("lang", "en")
    expect(inside).to_have_class("elder scripted")
    button = page.get_by_role("button", name="Close")
    box = button.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 60


def test_the_bar_has_the_apps_colour_and_its_text_can_be_read(page: Page, bank: Site) -> None:
    for theme, colour, ink in (
        ("#0b6e6e", "rgb(11, 110, 110)", "rgb(255, 255, 255)"),
        ("#ffd54f", "rgb(255, 213, 79)", "rgb(28, 37, 38)"),
    ):
        shown(page, bank, theme=theme)
        found = page.evaluate(
            """() => { const style = getComputedStyle(document.querySelector('dialog > div'));
                return [style.backgroundColor, style.color]; }"""
        )
        assert found == [colour, ink]
        page.evaluate("handle.close()")
        ended_in_time(page)


def test_the_question_to_our_server_needs_nothing_but_the_policy_that_we_publish(
    page: Page, bank: Site, app: str
) -> None:
    """With scripts of the app's own beside it, that policy meets no violation."""
    policy = (
        f"default-src 'none'; script-src 'self' 'unsafe-inline' {bank.base_url}; frame-src {bank.base_url}"
    )
    page.goto(f"{app}?csp={policy}")
    page.evaluate(
        "() => document.addEventListener('securitypolicyviolation', (event) => faults.push(event.blockedURI))"
    )
    for mode in ("frame", "sheet"):
        page.evaluate("loads = 0")
        start(page, f"{bank.base_url}/nosuch/enter", mode=mode)
        framed(page)
        page.clock.run_for(2_000)
        assert ended(page)["code"] == "unknown_partner"
    assert page.evaluate("faults") == []
