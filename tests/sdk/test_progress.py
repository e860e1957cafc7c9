"""`Sunbridge.progress` shows the page of a progress view in an element of the app's page, and always settles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect
from playwright.sync_api import Route as Asked

from h5app import progress_views
from h5app.progress_views import ProgressView
from partner_adapters.core_bank.events import EventList
from partner_adapters.core_bank.statuses import StatusList
from tests.support.browsers.app_page import app_page
from tests.support.browsers.modes import PHONE
from tests.support.houses.site import PARTNER, Site, served
from tests.support.pages.rooms import requests

LIMIT_MS, STEP_MS, STEP_TAKES_MS = 10_000, 500, 60
# `shown(options, where)` begins one and notes what it tells and how it ends.
# The last value must not be a function, which Playwright would call.
READY = """
window.holder = document.body.appendChild(document.createElement("div"));
const plain = (fault) => Object.assign({}, fault, { rejected: true });
window.shown = (options, where = holder) => {
  Object.assign(window, { ended: null, told: [] });
  const onEvent = (event) => told.push(event.error ? Object.assign({}, event, { error: plain(event.error) }) : event);
  window.handle = Sunbridge.progress(where, Object.assign({ onEvent }, options));
  handle.result.then((result) => { ended = result; }, (fault) => { ended = plain(fault); });
};
null;
"""


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    with app_page() as address:
        yield address


@dataclass(frozen=True)
class View:
    """One view, and the bank whose page it is."""

    bank: Site
    url: str

    def knows(self, about: str) -> None:
        """Let the bank tell this of the request."""
        statuses, told = requests()[about]
        self.bank.core.says("GET", "/statuses", StatusList(items=statuses, next=None))
        self.bank.core.says("GET", "/events", EventList(items=told, last=9))


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory, app: str) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("bank"), framed_by=[app]) as site:
        yield site


@pytest.fixture
def view(bank: Site) -> View:
    """A new view of a loan that was paid out."""
    secret, now = token_hex(16), bank.clock.wall()
    row = ProgressView("city-7", None)
    bank.services.store.write_now(
        lambda conn: progress_views.add(conn, PARTNER, f"prv_{secret[:12]}", secret, row, now)
    )
    made = View(bank, f"{bank.base_url}/{PARTNER}/progress?view={secret}")
    made.knows("drawn")
    return made


@pytest.fixture(scope="module")
def phone(browser: Any) -> Iterator[Page]:
    """One page for every test. Its clock is the test's."""
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.clock.install()
    yield page
    context.close()


@pytest.fixture
def page(phone: Page, app: str) -> Iterator[Page]:
    begin(phone, app)
    yield phone
    phone.unroute_all()
    phone.context.set_offline(False)


def begin(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_function("() => window.opened")
    page.evaluate(READY)


def show(page: Page, view: View, **options: Any) -> Frame:
    """Begin, and wait until the page in the frame has spoken."""
    page.evaluate("options => shown(options)", {"url": view.url, **options})
    page.wait_for_function("() => told.length")
    return frame_of(page)


def frame_of(page: Page) -> Frame:
    (handle,) = page.query_selector_all("iframe:not([hidden])")
    frame = handle.content_frame()
    assert frame is not None
    return frame


def told(page: Page) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = page.evaluate("told")
    return events


def ended(page: Page) -> dict[str, Any]:
    """How it ended, with nothing left of it in the page."""
    page.wait_for_function("() => ended")
    result: dict[str, Any] = page.evaluate("ended")
    assert page.locator("iframe").count() == 0
    return result


def ended_in_time(page: Page) -> dict[str, Any]:
    """How it ended while time passed."""
    for _ in range(0, LIMIT_MS, STEP_MS):
        if page.evaluate("ended"):
            break
        page.clock.run_for(STEP_MS)
        page.wait_for_timeout(STEP_TAKES_MS)
    assert page.evaluate("ended"), "not settled within 10 s"
    return ended(page)


def fits(page: Page) -> int:
    """The height of the frame once its page has nothing to scroll."""
    page.wait_for_function(
        "() => { const frame = document.querySelector('iframe'); return frame.style.height !== '240px'; }"
    )
    height = round(page.locator("iframe").bounding_box()["height"])  # type: ignore[index]
    inside = frame_of(page).evaluate("document.documentElement.getBoundingClientRect().height")
    assert abs(height - inside) <= 1
    return height


def test_the_frame_has_a_title_is_as_high_as_its_page_and_says_that_it_is_ready(
    page: Page, view: View
) -> None:
    frame = show(page, view)
    title = "办理进度 · 海州湾农村商业银行"
    assert told(page) == [{"name": "ready", "sequence": 1, "title": title}]
    expect(page.locator("iframe")).to_have_attribute("title", title)
    expect(frame.get_by_role("heading", level=1)).to_have_text("借款已经到账")
    plain = fits(page)
    assert page.context.cookies() == []
    page.evaluate("handle.close()")
    assert ended(page) == {"status": "cancelled", "by": "app"}
    elder = show(page, view, uiStyle="elder", locale="en")
    expect(elder.get_by_role("heading", level=1)).to_have_text("The loan has been paid out")
    assert fits(page) > plain
    page.evaluate("handle.close()")


def test_the_frame_grows_and_shrinks_with_what_is_in_it(page: Page, view: View) -> None:
    frame = show(page, view)
    whole = fits(page)
    view.knows("declined")
    frame.get_by_role("link", name="刷新").click()
    page.wait_for_function("() => told.length === 2")
    page.wait_for_function(
        "before => parseInt(document.querySelector('iframe').style.height) < before", arg=whole
    )
    fits(page)
    assert [event["name"] for event in told(page)] == ["ready", "page"]
    page.evaluate("handle.close()")


def test_its_button_opens_the_banks_pages_in_the_whole_window_and_says_nothing_more(
    page: Page, view: View
) -> None:
    frame = show(page, view)
    with page.expect_request(f"**/{PARTNER}/enter") as asked:
        frame.get_by_role("link", name="打开银行的页面").click()
    page.wait_for_url(f"{view.bank.base_url}/**")
    assert asked.value.url == f"{view.bank.base_url}/{PARTNER}/enter"
    assert "referer" not in asked.value.headers


def test_a_page_that_is_seen_again_asks_anew_and_nothing_else_does(page: Page, view: View) -> None:
    frame = show(page, view)
    see = (
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange')); }"
    )

    def loads() -> int:
        return len([call for call in view.bank.core.calls if call.path == "/statuses"])

    before = loads()
    frame.evaluate(see, True)
    page.clock.run_for(20_000)
    frame.evaluate(see, False)
    page.clock.run_for(120_000)
    assert (loads(), len(told(page))) == (before, 1)
    frame.evaluate(see, True)
    page.clock.run_for(40_000)
    frame.evaluate(see, False)
    page.wait_for_function("() => told.length === 2")
    assert loads() == before + 1
    page.evaluate("handle.close()")


@pytest.mark.parametrize(
    ("about", "changed", "code", "reason"),
    [("drawn", "x", "session_expired", "page.expired"), ("nothing", "", "refused", "page.not_found")],
)
def test_a_page_without_progress_is_told_with_its_code_and_stays(
    page: Page, view: View, about: str, changed: str, code: str, reason: str
) -> None:
    view.knows(about)
    frame = show(page, view, url=view.url + changed)
    ((event),) = told(page)
    error = event["error"]
    assert (event["name"], error["code"], error["reason"]) == ("error", code, reason)
    assert error["docs"] == f"{view.bank.base_url}/sdk/errors?lang=zh#{code}"
    assert error["request_id"]
    expect(frame.get_by_role("link", name="打开银行的页面")).to_be_visible()
    assert page.evaluate("ended") is None
    fits(page)
    page.evaluate("handle.close()")
    assert ended(page) == {"status": "cancelled", "by": "app"}


def test_what_the_apps_page_removes_has_ended(page: Page, view: View) -> None:
    for removal in ("document.querySelector('iframe').remove()", "holder.remove()"):
        show(page, view)
        page.evaluate(removal)
        assert ended_in_time(page) == {"status": "cancelled", "by": "app"}


def test_an_abort_ends_it_and_twenty_of_them_leave_nothing(page: Page, view: View) -> None:
    page.evaluate(
        "url => { window.aborter = new AbortController(); shown({ url, signal: aborter.signal }); }",
        view.url,
    )
    page.wait_for_function("() => told.length")
    page.evaluate("aborter.abort()")
    assert ended(page) == {"status": "cancelled", "by": "app"}
    nodes = page.evaluate("document.querySelectorAll('*').length")
    for _ in range(20):
        page.evaluate("options => { shown(options); handle.close(); handle.close(); }", {"url": view.url})
        assert ended(page) == {"status": "cancelled", "by": "app"}
    assert page.evaluate("document.querySelectorAll('*').length") == nodes


@pytest.mark.parametrize(
    ("options", "option", "reason"),
    [
        ({}, "url", "wrong_option"),
        ({"url": "http://bank.example/lyg/progress?view=x"}, "url", "wrong_option"),
        ({"url": "BANK/lyg/enter"}, "url", "wrong_option"),
        ({"url": "BANK/lyg/progress?view=x", "uiStyle": "huge"}, "uiStyle", "wrong_option"),
        ({"url": "BANK/lyg/progress?view=x", "mode": "frame"}, "mode", "unknown_option"),
        ({"url": "BANK/lyg/progress?view=x", "size": 3}, "size", "unknown_option"),
    ],
)
def test_a_wrong_option_is_named(
    page: Page, view: View, options: dict[str, Any], option: str, reason: str
) -> None:
    if "url" in options:
        options = options | {"url": options["url"].replace("BANK", view.bank.base_url)}
    page.evaluate("options => shown(options)", options)
    fault = ended(page)
    assert (fault["code"], fault["reason"], fault["option"]) == ("wrong_option", reason, option)


def test_something_that_is_not_an_element_is_named(page: Page, view: View) -> None:
    page.evaluate("url => shown({ url }, '#progress')", view.url)
    fault = ended(page)
    assert (fault["code"], fault["option"]) == ("wrong_option", "element")
    assert "应该是您页面里的一个元素" in fault["detail"]


def test_a_page_of_another_origin_is_refused(phone: Page, app: str, view: View) -> None:
    begin(phone, app.replace("127.0.0.1", "other.localhost"))
    phone.evaluate("options => shown(options)", {"url": view.url})
    fault = ended_in_time(phone)
    assert (fault["code"], fault["reason"]) == ("refused", "origin_not_allowed")
    assert fault["request_id"]


def test_a_policy_that_forbids_the_frame_is_named(phone: Page, app: str, view: View) -> None:
    begin(phone, f"{app}?csp=frame-src 'none'")
    phone.evaluate("options => shown(options)", {"url": view.url})
    fault = ended_in_time(phone)
    assert (fault["code"], fault["reason"]) == ("blocked_by_policy", "frame-src")


def test_a_page_that_hangs_and_a_bank_that_is_gone_settle_in_time(page: Page, view: View) -> None:
    hanging: list[Asked] = []
    page.route("**/progress?**", lambda asked: hanging.append(asked))
    page.evaluate("options => shown(options)", {"url": view.url})
    page.wait_for_selector("iframe", state="attached")
    fault = ended_in_time(page)
    assert (fault["code"], bool(fault["request_id"])) == ("timeout", True)
    page.route("**/sdk/probe?**", lambda asked: hanging.append(asked))
    page.evaluate("options => shown(options)", {"url": view.url})
    page.wait_for_selector("iframe", state="attached")
    assert ended_in_time(page)["reason"] == "unreachable"
    page.context.set_offline(True)
    page.evaluate("options => shown(options)", {"url": view.url})
    assert ended(page)["reason"] == "offline"


def test_a_bank_that_goes_away_just_after_its_page_spoke_is_unreachable(page: Page, view: View) -> None:
    frame = show(page, view)
    fits(page)
    page.clock.run_for(300)
    page.route(f"{view.bank.base_url}/**", lambda asked: asked.abort("connectionrefused"))
    frame.get_by_role("link", name="刷新").click()
    fault = ended_in_time(page)
    assert (fault["code"], fault["reason"]) == ("load_failed", "unreachable")


def test_another_frame_cannot_speak_for_it(page: Page, view: View) -> None:
    show(page, view)
    height = fits(page)
    page.evaluate(
        "origin => { const name = document.querySelector('iframe').name.slice(10);"
        "window.postMessage({ sunbridge: 1, nonce: name, type: 'size', height: 3000 }, '*'); }",
        view.bank.base_url,
    )
    page.wait_for_timeout(50)
    assert fits(page) == height
    page.evaluate("handle.close()")


@pytest.mark.parametrize(("width", "ui"), [(320, "largest"), (360, "elder"), (560, "standard")])
def test_it_shows_everything_without_scripts_and_without_scrolling_sideways(
    new_context: Any, view: View, width: int, ui: str
) -> None:
    plain = new_context(viewport={"width": width, "height": 640}, java_script_enabled=False).new_page()
    plain.goto(f"{view.url}&ui={ui}&lang=en")
    expect(plain.get_by_role("listitem")).to_have_count(5)
    expect(plain.get_by_role("link", name="Refresh")).to_be_visible()
    scripted = new_context(viewport={"width": width, "height": 640}).new_page()
    for about in requests():
        view.knows(about)
        scripted.goto(f"{view.url}&ui={ui}&lang=en")
        assert scripted.evaluate("document.documentElement.scrollWidth") <= width, about


def test_an_expired_view_says_so_when_it_is_seen_again(page: Page, view: View) -> None:
    frame = show(page, view)
    view.bank.clock.advance(timedelta(minutes=15))
    frame.get_by_role("link", name="刷新").click()
    page.wait_for_function("() => told.length === 2")
    assert [event["name"] for event in told(page)] == ["ready", "error"]
    assert told(page)[1]["error"]["reason"] == "page.expired"
