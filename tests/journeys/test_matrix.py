"""Whatever happens to phone or bank at the tap × every command: the effect stands once, no page says otherwise.

Without scripts, so that nothing of ours in the browser helps; double taps also with.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, StorageState, expect

from mock_partners.worlds.faults import Fault
from partner_adapters.web.http_client import HttpClient
from tests.faults.deeds import DEEDS, DRAW_FEN, PART_FEN, TOP_UP_FEN
from tests.faults.troubles import CORE_PATH, OUTSIDE
from tests.journeys.house import House, house
from tests.journeys.stages import WHO, Stages
from tests.journeys.way import Way

pytestmark = pytest.mark.slow

READING_S = 6
PATIENCE_S, LATE_S = 1.0, 2.5
FRESH_S = 150
"""A login serves this long: well below the five minutes for which the bank believes a face check."""
SUCCESS = re.compile("充值成功|借款到账了|还款成功|电子账户开通了|合同签好了")
WAITING = re.compile("银行正在处理这笔充值|银行正在为您开户|正在为您签署合同")
SILENT = "银行暂时没有回应"
NOTHING = re.compile("这一笔没有办成|什么都没有办")


class Hurried(HttpClient):
    """h5app's client, whose patience with a command ends after one second instead of five."""

    async def send(self, method: str, url: str, **options: Any) -> httpx.Response:  # type: ignore[override]
        path = httpx.URL(url).path
        if method == "POST" and any(fnmatchcase(path, f"*{command}") for command in CORE_PATH.values()):
            options["deadline_s"] = PATIENCE_S
        return await super().send(method, url, **options)


@dataclass
class Scene:
    """The house, with one person logged in on one phone."""

    house: House
    stages: Stages
    phone: StorageState = field(default_factory=dict)  # type: ignore[assignment]
    since: float = float("-inf")

    def log_in(self, browser: Browser) -> None:
        """On a new phone, the account's opening filled up to its last screen. Kept for every test that follows."""
        if time.monotonic() - self.since < FRESH_S:
            return
        self.stages.back_to("arrived")
        context = browser.new_context(java_script_enabled=False, locale="zh-CN")
        way = Way(context.new_page(), self.house, WHO)
        way.take_phone()
        way.enter()
        way.give_particulars()
        way.bind_card(WHO.cards[0].number)
        self.phone, self.since = context.storage_state(), time.monotonic()
        context.close()
        self.stages.keep_session()

    def url(self, path: str) -> str:
        return f"{self.house.h5app}/{WHO.partner}{path}"


@dataclass(frozen=True)
class Form:
    """One command's form: where it is, how it is filled, its button, and what stands there once it is."""

    stage: str
    path: Callable[[Scene], str]
    fill: Callable[[Page], None]
    button: str
    filled: Callable[[Page], None]


def _tick(page: Page) -> None:
    for box in page.get_by_role("checkbox").all():
        box.check()


def _ticked(page: Page) -> None:
    boxes = page.get_by_role("checkbox").all()
    assert boxes
    for box in boxes:
        expect(box).to_be_checked()


def _nothing_to_fill(_page: Page) -> None:
    """The question was the page before."""


def _shows(text: str) -> Callable[[Page], None]:
    return lambda page: expect(page.get_by_text(text).first).to_be_visible()


def _contract(scene: Scene) -> str:
    return f"/contracts/{scene.stages.at['offered'].applications[0].contract_id}/costs"


def _draw(scene: Scene) -> str:
    line = scene.stages.at["standing"].lines[0]
    return f"/lines/{line.line_id}/draw?amount={DRAW_FEN // 100}&term=12&method={line.methods[0]}"


def _repay(scene: Scene) -> str:
    return f"/loans/{scene.stages.at['lent'].loans[0].loan_id}/repay?kind=part&amount={PART_FEN // 100}"


FORMS = {
    "top_up": Form(
        "standing",
        lambda _: "/top-up",
        lambda page: page.get_by_label("充值金额").fill(f"{TOP_UP_FEN // 100}"),
        "确认充值",
        lambda page: expect(page.get_by_label("充值金额")).to_have_value(f"{TOP_UP_FEN // 100}"),
    ),
    "opening": Form("arrived", lambda _: "/account/open/confirm", _tick, "确认开通", _ticked),
    "signing": Form("offered", _contract, _tick, "同意并签署", _ticked),
    "drawdown": Form("standing", _draw, _nothing_to_fill, "确认借款", _shows("¥10,000.00")),
    "repayment": Form("lent", _repay, _nothing_to_fill, "确认还款", _shows("¥1,000.00")),
}


@dataclass
class Try:
    """One command by one person on one phone."""

    scene: Scene
    deed: str
    page: Page
    before: Mapping[tuple[str, str], int]

    @property
    def form(self) -> Form:
        return FORMS[self.deed]

    @property
    def way(self) -> Way:
        return Way(self.page, self.scene.house, WHO)

    def open(self, page: Page | None = None) -> None:
        """The form, filled and read."""
        shown = page or self.page
        shown.goto(self.scene.url(self.form.path(self.scene)))
        self.form.fill(shown)
        self.read()

    def read(self) -> None:
        self.scene.house.clock.by += timedelta(seconds=READING_S)

    def tap(self, page: Page | None = None) -> None:
        (page or self.page).get_by_role("button", name=self.form.button).click()

    def core(self, fault: Fault) -> None:
        self.scene.house.world.faults["core_bank"].add(fault)

    def tap_again_if_there(self) -> None:
        """Whoever sees the form again and does not know better fills it and taps."""
        if self.page.get_by_role("button", name=self.form.button).count():
            self.form.fill(self.page)
            self.read()
            self.tap()

    def look(self) -> None:
        """What the page claims is so at this moment."""
        said = self.page.locator("main").inner_text()
        heading = self.page.get_by_role("heading", level=1).first.inner_text()
        if SUCCESS.search(heading):
            assert self.scene.stages.moved(self.deed, self.before) == 1
        if NOTHING.search(said):
            assert self.scene.stages.moved(self.deed, self.before) == 0

    def until_done(self) -> None:
        """The order's page says so, and so it is."""
        self.way.until_done(SUCCESS)
        self.look()


def double_tap(one: Try) -> None:
    one.open()
    one.page.get_by_role("button", name=one.form.button).dblclick()
    one.until_done()


def back_button(one: Try) -> None:
    one.open()
    one.tap()
    one.until_done()
    one.page.go_back()
    one.look()
    one.page.go_forward()
    one.until_done()


def reload(one: Try) -> None:
    one.open()
    one.tap()
    one.page.wait_for_url("**/orders/*")
    for _ in range(2):
        one.page.reload()
        one.look()
    one.until_done()


def two_tabs(one: Try) -> None:
    other = one.page.context.new_page()
    one.open()
    one.open(other)
    one.tap()
    one.tap(other)
    one.look()
    one.until_done()
    Try(one.scene, one.deed, other, one.before).look()


def network_lost_after_the_tap(one: Try) -> None:
    """The bank has done it, the answer never comes; the person opens the form again and, seeing it, taps again."""

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.abort("internetdisconnected")
        else:
            route.continue_()

    one.open()
    one.page.route("**", lose)
    one.tap()
    one.page.wait_for_url("chrome-error://**")
    one.page.unroute("**")
    one.page.goto(one.scene.url(one.form.path(one.scene)))
    one.look()
    one.tap_again_if_there()
    one.look()
    one.page.goto(one.scene.url("/"))
    one.look()


def session_ends_in_mid_form(one: Try) -> None:
    one.open()
    one.scene.house.age_sessions("last_seen_at", timedelta(minutes=16))
    one.scene.house.clock.by = timedelta()  # the partner's clock is the true one
    one.tap()
    one.way.pass_face()
    assert one.scene.stages.moved(one.deed, one.before) == 0
    one.form.filled(one.page)
    one.read()
    one.tap()
    one.until_done()


def core_down(one: Try) -> None:
    one.open()
    one.core(Fault(kind="down", times=None))
    one.tap()
    one.look()
    said = one.page.get_by_role("heading", level=1).inner_text()
    assert said in (SILENT, "银行正在处理"), "what never left is called so, what may have arrived unknown"
    assert one.scene.stages.moved(one.deed, one.before) == 0
    one.scene.house.world.faults["core_bank"].clear()
    if said == SILENT:
        one.way.tap("再试一次")
        one.form.filled(one.page)
        one.read()
        one.tap()
    else:
        one.open()
        one.tap()
    one.until_done()


def core_too_late(one: Try) -> None:
    """Its answer comes after h5app has given up waiting: the order's page asks, and knows."""
    one.open()
    one.core(Fault(kind="late_answer", method="POST", path=CORE_PATH[one.deed], seconds=LATE_S))
    one.tap()
    one.look()
    one.until_done()


def core_answer_lost(one: Try) -> None:
    one.open()
    one.core(Fault(kind="drop_response", method="POST", path=CORE_PATH[one.deed], times=3))
    one.tap()
    one.look()
    one.until_done()


def outside_party_down(one: Try) -> None:
    """The bank has the command and cannot finish it: the page says so for as long as it is so, and not longer."""
    (party,) = OUTSIDE[one.deed].keys() - {"messages"}
    faults = one.scene.house.world.faults[party]
    one.open()
    faults.add(Fault(kind="down", times=None))
    one.tap()
    for _ in range(2):
        expect(one.page.get_by_role("heading", level=1)).to_have_text(WAITING)
        assert one.scene.stages.moved(one.deed, one.before) == 0
        one.page.reload()
    faults.clear()
    one.until_done()


@pytest.fixture(scope="module")
def scene(home: Path) -> Iterator[Scene]:
    with house(home, http=Hurried()) as running:
        yield Scene(running, Stages(running))


@pytest.fixture
def phone(scene: Scene, browser: Browser) -> None:
    scene.house.clock.by = timedelta()
    scene.log_in(browser)


def _on_the_phone(scene: Scene, browser: Browser, *, scripts: bool) -> BrowserContext:
    return browser.new_context(
        storage_state=scene.phone,
        java_script_enabled=scripts,
        viewport={"width": 360, "height": 740},
        locale="zh-CN",
    )


@pytest.mark.usefixtures("phone")
@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize(
    "interruption",
    [
        double_tap,
        back_button,
        reload,
        two_tabs,
        network_lost_after_the_tap,
        session_ends_in_mid_form,
        core_down,
        core_too_late,
        core_answer_lost,
    ],
    ids=lambda value: value.__name__,
)
def test_it_is_done_once_and_the_page_says_so(
    scene: Scene, browser: Browser, deed: str, interruption: Callable[[Try], None]
) -> None:
    _tried(scene, browser, deed, interruption, scripts=False)


@pytest.mark.usefixtures("phone")
@pytest.mark.parametrize("deed", [deed for deed in DEEDS if deed != "signing"])
def test_a_double_tap_where_scripts_help(scene: Scene, browser: Browser, deed: str) -> None:
    """A signature's button waits by the browser's own clock; `test_the_way` does that."""
    _tried(scene, browser, deed, double_tap, scripts=True)


@pytest.mark.usefixtures("phone")
@pytest.mark.parametrize("deed", ["top_up", "opening", "signing"])
def test_it_waits_for_an_outside_party_and_is_done_once(scene: Scene, browser: Browser, deed: str) -> None:
    """The other two need nobody outside."""
    _tried(scene, browser, deed, outside_party_down, scripts=False)


def _tried(
    scene: Scene, browser: Browser, deed: str, interruption: Callable[[Try], None], *, scripts: bool
) -> None:
    scene.stages.back_to(FORMS[deed].stage)
    context = _on_the_phone(scene, browser, scripts=scripts)
    try:
        one = Try(scene, deed, context.new_page(), scene.stages.numbers(deed))
        interruption(one)
        assert scene.stages.moved(deed, one.before) == 1
        scene.house.proves()
    finally:
        for faults in scene.house.world.faults.values():
            faults.clear()
        context.close()
