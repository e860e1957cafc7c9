"""`Sunbridge.open` settles whatever goes wrong, within 10 s of it, by a stable code and our request id."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import Route as Asked
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from h5app.page import render
from partner_adapters.kit.observed.request_id import current_request_id
from tests.support.browsers.app_page import app_page
from tests.support.browsers.modes import PHONE
from tests.support.houses.site import Site, served

LIMIT_MS, STEP_MS, STEP_TAKES_MS = 10_000, 500, 60
HELP = "/lyg/me/help"  # a page of ours that needs no login
ENTER = "/lyg/enter"  # whose host does not answer here
AWAY = "/lyg/away"  # leads to the app's own login page
BRIDGE = "/lyg/bridge"  # asks the app for a ticket


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    with app_page() as address:
        yield address


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory, app: str) -> Iterator[Site]:
    async def away(_request: Request) -> Response:
        return RedirectResponse(f"{app}/login", 303)

    async def bridge(request: Request) -> Response:
        asked = {
            "action": BRIDGE,
            "fields": {},
            "ticket_field": "ticket",
            "ability": "authTicket",
            "app_id": "",
        }
        absent = dict.fromkeys(("hosts_page", "bridge_script", "bridge_names", "back", "without_face"))
        return render(request, "login/bridge.html", **asked, **absent, reference=current_request_id())

    with served(tmp_path_factory.mktemp("bank"), framed_by=[app]) as site:
        site.app.router.routes[:0] = [Route(AWAY, away), Route(BRIDGE, bridge)]
        yield site


@pytest.fixture(scope="module")
def phone(browser: Any, app: str) -> Iterator[Page]:
    """One page for every test; its clock is the test's."""
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.clock.install()
    yield page
    context.close()


@pytest.fixture
def page(phone: Page, app: str) -> Iterator[Page]:
    phone.goto(app)
    phone.wait_for_function("() => window.opened")
    yield phone
    phone.unroute_all()
    phone.context.set_offline(False)
    phone.context.clear_cookies()


def start(page: Page, entry: str, **options: Any) -> None:
    page.evaluate("options => opened(options)", {"entry": entry, **options})


def loaded(page: Page, count: int = 1) -> None:
    """The frame has loaded something, its own page or an error's."""
    page.wait_for_function("count => loads >= count", arg=count)


def ended(page: Page) -> dict[str, Any]:
    """How it ended, without any more time passing on the page's clock."""
    page.wait_for_function("() => ended")
    result: dict[str, Any] = page.evaluate("ended")
    assert page.locator("dialog, iframe").count() == 0
    assert page.evaluate("document.documentElement.style.overflow") == ""
    return result


def ended_in_time(page: Page) -> dict[str, Any]:
    """How it ended while time passed; AssertionError where it took longer than the promise."""
    for _ in range(0, LIMIT_MS, STEP_MS):
        if page.evaluate("ended"):
            break
        page.clock.run_for(STEP_MS)
        page.wait_for_timeout(STEP_TAKES_MS)
    assert page.evaluate("ended"), "not settled within 10 s"
    return ended(page)


def heard(page: Page) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = page.evaluate("told")
    return told


def error(code: str, request_id: str | None = None) -> dict[str, Any]:
    return {"type": "error", "code": code, "request_id": request_id}


def shown(page: Page, bank: Site, **options: Any) -> None:
    start(page, bank.base_url + HELP, **options)
    page.wait_for_function("() => told.length")
    assert [event["type"] for event in heard(page)] == ["ready"]


def test_a_bank_that_is_not_there_is_unreachable(page: Page) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        start(page, f"http://localhost:{closed.getsockname()[1]}/lyg/enter")
        loaded(page)
        assert ended_in_time(page) == error("unreachable")
    assert heard(page) == [error("unreachable")]


def test_a_bank_that_takes_the_call_and_never_answers_is_unreachable(page: Page) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        start(page, f"http://127.0.0.1:{silent.getsockname()[1]}/lyg/enter")
        assert ended_in_time(page) == error("unreachable")


def test_a_page_that_hangs_at_a_bank_that_answers_is_late(page: Page, bank: Site) -> None:
    waiting: list[Asked] = []
    page.route("**/enter?**", lambda asked: waiting.append(asked))
    start(page, bank.base_url + ENTER)
    with page.expect_response("**/sdk/probe?**") as probe:
        page.clock.run_for(6_000)
    late = ended_in_time(page)
    assert late == error("timeout", probe.value.headers["x-request-id"])
    waiting[0].abort()


def test_an_app_whose_policy_forbids_the_frame_is_told_at_once(page: Page, bank: Site, app: str) -> None:
    page.goto(f"{app}?csp=frame-src 'none'")
    start(page, bank.base_url + HELP)
    assert ended(page) == error("policy")


def test_a_policy_that_only_reports_forbids_nothing(page: Page, bank: Site, app: str) -> None:
    page.goto(app)
    page.evaluate(
        """origin => document.dispatchEvent(Object.assign(new Event('securitypolicyviolation'),
            {effectiveDirective: 'frame-src', blockedURI: origin, disposition: 'report'}))""",
        bank.base_url,
    )
    shown(page, bank)


def test_a_login_page_that_the_policy_forbids_is_told_too(page: Page, bank: Site, app: str) -> None:
    page.goto(f"{app}?csp=frame-src {bank.base_url}")
    start(page, bank.base_url + AWAY)
    assert ended_in_time(page)["code"] == "policy"


@pytest.mark.parametrize(
    ("name", "partner", "code"),
    [("127.0.0.1", "nosuch", "partner_unknown"), ("other.localhost", "lyg", "origin_not_allowed")],
)
def test_what_only_our_server_knows_is_told_with_the_id_of_its_request(
    page: Page, bank: Site, app: str, name: str, partner: str, code: str
) -> None:
    page.goto(app.replace("127.0.0.1", name))
    start(page, f"{bank.base_url}/{partner}/enter")
    loaded(page)
    with page.expect_response("**/sdk/probe?**") as probe:
        page.clock.run_for(2_000)
    assert ended(page) == error(code, probe.value.headers["x-request-id"])
    assert heard(page) == [error(code, probe.value.headers["x-request-id"])]


def test_a_phone_without_a_network_is_told_so_before_anything_opens(page: Page, bank: Site) -> None:
    page.context.set_offline(True)
    for mode in ("frame", "page"):
        start(page, bank.base_url + HELP, mode=mode)
        assert ended(page) == error("offline")


def test_a_network_that_is_lost_on_the_way_ends_it(page: Page, bank: Site) -> None:
    shown(page, bank)
    page.clock.run_for(5_000)
    count = page.evaluate("loads")
    page.context.set_offline(True)
    page.frames[1].evaluate("location.reload()")
    loaded(page, count + 1)
    assert ended_in_time(page) == error("offline")


def test_pages_of_the_app_in_the_frame_may_take_their_time(page: Page, bank: Site, app: str) -> None:
    """A login page tells us nothing: our server says that all is well, and the person may take as long as needed."""
    start(page, bank.base_url + AWAY)
    loaded(page)
    with page.expect_response("**/sdk/probe?**"):
        page.clock.run_for(2_000)
    page.frames[1].wait_for_load_state()
    page.wait_for_timeout(100)
    page.clock.run_for(120_000)
    assert page.evaluate("ended") is None
    assert heard(page) == []
    page.get_by_role("button", name="关闭").click()
    page.clock.run_for(1_000)
    assert ended(page) == {"type": "closed"}


@pytest.mark.parametrize(
    "gone", ["document.querySelector('dialog').remove()", "document.body.innerHTML = ''"]
)
def test_a_dialog_that_the_app_removes_ends_it(page: Page, bank: Site, gone: str) -> None:
    shown(page, bank)
    page.evaluate(gone)
    assert ended_in_time(page) == error("removed")


def test_a_dialog_that_the_app_closes_ends_it(page: Page, bank: Site) -> None:
    shown(page, bank)
    page.evaluate("document.querySelector('dialog').close()")
    assert ended_in_time(page) == error("removed")


def test_a_listener_that_throws_is_the_apps_own_fault_and_stops_nothing(
    new_context: Any, bank: Site, app: str
) -> None:
    # Without a clock of the test's own, which would keep what a timer throws to itself.
    page = new_context(**PHONE).new_page()
    page.goto(app)
    page.wait_for_function("() => window.opened")
    page.evaluate(
        """entry => {
            const onEvent = (event) => { told.push(event); throw new Error('the app itself: ' + event.type); };
            Sunbridge.open({entry, mode: 'frame', onEvent}).then((result) => { ended = result; });
        }""",
        bank.base_url + HELP,
    )
    page.wait_for_function("() => told.length")
    name = page.locator("dialog iframe").get_attribute("name") or ""
    page.frames[1].evaluate(
        "nonce => parent.postMessage({sunbridge: 1, nonce, type: 'left'}, '*')",
        name.removeprefix("sunbridge-"),
    )
    assert ended(page) == {"type": "left"}
    assert [fault.split(": ", 1)[1] for fault in page.evaluate("faults")] == [
        "the app itself: ready",
        "the app itself: left",
    ]


def test_escape_works_from_inside_the_frame(page: Page, bank: Site) -> None:
    shown(page, bank)
    inside = page.frame_locator("dialog iframe").get_by_role("heading", level=1)
    inside.press("Escape")
    assert ended_in_time(page) == {"type": "closed"}


def test_escape_that_ends_the_input_of_a_word_stays_inside(page: Page, bank: Site) -> None:
    shown(page, bank)
    page.frames[1].evaluate(
        """() => document.body.dispatchEvent(
            new KeyboardEvent('keydown', {key: 'Escape', isComposing: true, bubbles: true}))"""
    )
    page.clock.run_for(1_000)
    expect(page.locator("dialog")).to_be_visible()


def test_a_failed_login_is_not_ready_and_says_why(page: Page, bank: Site) -> None:
    # The first request sets the cookie and is asked for again.
    with page.expect_response(lambda answer: "tried=1" in answer.url) as refused:
        start(page, bank.base_url + ENTER)
    page.wait_for_function("() => told.length")
    why = {"code": "login.unavailable", "request_id": refused.value.headers["x-request-id"]}
    assert heard(page) == [{"type": "error", **why}]
    # The page stays, for the person to read and to try again.
    expect(page.frame_locator("dialog iframe").get_by_role("heading", level=1)).to_have_text(
        "暂时不能确认身份"
    )
    expect(page.frame_locator("dialog iframe").get_by_text(why["request_id"])).to_be_visible()
    page.get_by_role("button", name="关闭").click()
    assert ended_in_time(page) == {"type": "closed", **why}


def test_a_page_that_only_asks_the_app_is_not_ready_either_and_says_why_it_got_no_answer(
    page: Page, bank: Site
) -> None:
    with page.expect_response(f"**{BRIDGE}?**") as shown:
        start(page, bank.base_url + BRIDGE)
    loaded(page)
    page.clock.run_for(2_000)
    page.wait_for_function("() => told.length")
    assert heard(page) == [error("login.unsupported", shown.value.headers["x-request-id"])]
    expect(page.frame_locator("dialog iframe").get_by_role("heading", level=1)).to_have_text(
        "要从 App 里打开"
    )


def test_an_error_page_of_ours_is_an_error_and_the_next_page_is_none(page: Page, bank: Site) -> None:
    start(page, f"{bank.base_url}/lyg/nowhere")
    page.wait_for_function("() => told.length")
    assert heard(page)[0]["code"] == "page.not_found"
    page.frames[1].evaluate("location.replace('/lyg/me/help')")
    page.wait_for_function("() => told.length === 2")
    assert heard(page)[1]["type"] == "ready"
    page.get_by_role("button", name="关闭").click()
    assert ended_in_time(page) == {"type": "closed"}


def test_a_mistake_of_the_app_rejects_and_opens_nothing(page: Page) -> None:
    entry = "entry: 'https://h5.bank.example/lyg/enter'"
    for options, code in (
        ("undefined", "entry_invalid"),
        ("null", "entry_invalid"),
        ("{entry: '/lyg/enter'}", "entry_invalid"),
        ("{entry: 'http://h5.bank.example/lyg/enter'}", "entry_invalid"),
        ("{entry: 'javascript:alert(1)//'}", "entry_invalid"),
        (f"{{{entry}, partner: 'haian'}}", "partner_mismatch"),
        (f"{{{entry}, mode: 'popup'}}", "mode_invalid"),
        (f"{{{entry}, onEvent: 'tell'}}", "option_invalid"),
        (f"{{{entry}, provide: null}}", "option_invalid"),
    ):
        rejected = page.evaluate(
            f"() => Sunbridge.open({options}).catch((fault) => [fault.code, fault instanceof TypeError])"
        )
        assert rejected == [code, True], options
    assert page.locator("dialog").count() == 0


def test_a_second_opening_is_refused_until_the_first_has_ended(page: Page, bank: Site) -> None:
    shown(page, bank)
    again = "entry => Sunbridge.open({entry, mode: 'frame'}).catch((fault) => fault.code)"
    assert page.evaluate(again, bank.base_url + HELP) == "already_open"
    assert page.locator("dialog").count() == 1
    page.get_by_role("button", name="关闭").click()
    assert ended_in_time(page) == {"type": "closed"}
    page.evaluate("told.length = 0")
    shown(page, bank)


def test_in_page_mode_an_app_that_lets_nothing_replace_its_page_is_told_so(page: Page, bank: Site) -> None:
    page.route("**/enter", lambda asked: asked.fulfill(status=204))
    start(page, bank.base_url + ENTER, mode="page")
    assert ended_in_time(page) == error("timeout")


def test_a_browser_without_cookies_in_frames_opens_the_whole_page_or_says_that_it_could_not(
    page: Page, bank: Site
) -> None:
    # The app does not let its page be replaced either.
    page.route("**/enter?tried=1&asked=1", lambda asked: asked.fulfill(status=204))
    with page.expect_response(lambda answer: "embed=frame" in answer.url) as blocked:
        start(page, f"{bank.base_url}{ENTER}?tried=1&asked=1")
        page.wait_for_function("() => told.length")
    assert heard(page) == [error("blocked", blocked.value.headers["x-request-id"])]
    assert ended_in_time(page) == error("timeout")


def test_where_a_frame_fails_the_link_is_a_plain_link_again(page: Page, bank: Site) -> None:
    address = f"{bank.base_url}/nosuch/enter"
    page.evaluate("address => { document.querySelector('a').href = address; }", address)
    page.get_by_role("link", name="tile").click()
    loaded(page)
    page.clock.run_for(2_000)
    page.wait_for_url(address)
    # One step back is the app's page.
    assert page.evaluate("history.length") >= 2


def test_an_app_that_says_it_itself_keeps_its_page(page: Page, bank: Site, app: str) -> None:
    address = f"{bank.base_url}/nosuch/enter"
    page.evaluate(
        """address => {
            document.querySelector('a').href = address;
            addEventListener('sunbridge-end', (event) => { event.preventDefault(); ended = event.detail; });
        }""",
        address,
    )
    page.get_by_role("link", name="tile").click()
    loaded(page)
    page.clock.run_for(2_000)
    assert ended(page)["code"] == "partner_unknown"
    assert page.url == f"{app}/"


def test_the_question_to_our_server_needs_nothing_but_the_frames_own_origin(
    page: Page, bank: Site, app: str
) -> None:
    """The policy that we publish for partners: with scripts of the app's own, it meets no violation."""
    page.goto(f"{app}?csp=default-src 'none'; script-src 'self' 'unsafe-inline'; frame-src {bank.base_url}")
    page.evaluate(
        "() => document.addEventListener('securitypolicyviolation', (event) => faults.push(event.blockedURI))"
    )
    start(page, f"{bank.base_url}/nosuch/enter")
    loaded(page)
    page.clock.run_for(2_000)
    assert ended(page)["code"] == "partner_unknown"
    assert page.evaluate("faults") == []
