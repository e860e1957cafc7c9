"""One command by one person on one phone, who then looks: no page may say what is not so."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

from mock_partners.testing.worlds.faults import Fault
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.faults.troubles import ALL_CASES
from tests.faults.words import DONE, NOTHING, WAITING
from tests.support.browsers.modes import PHONE
from tests.support.cases import DRAW_FEN, EACH_FEN, PART_FEN, TOP_UP_FEN, WITHDRAW_FEN
from tests.support.houses.journey import House
from tests.support.people.stages import WHO, Stages
from tests.support.people.way import Way

READING_S = 6
PATIENCE_S, LATE_S = 1.0, 2.5
# A login serves this long: well below the five minutes for which the bank believes a face check.
FRESH_S = 150
SILENT, UNCLEAR = "银行暂时没有回应", "银行还没有回应，结果还不知道"


class Hurried(HttpClient):
    """h5app's client, whose patience with a command ends after one second instead of five."""

    async def send(self, method: str, url: str, **options: Any) -> httpx.Response:  # type: ignore[override]
        path = httpx.URL(url).path
        if method == "POST" and any(fnmatchcase(path, f"*{case.path}") for case in ALL_CASES.values()):
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
        self.house.clock.by = timedelta()
        if time.monotonic() - self.since < FRESH_S:
            return
        self.stages.back_to("arrived")
        context = browser.new_context(java_script_enabled=False, locale="zh-CN")
        way = Way(context.new_page(), self.house, WHO)
        way.take_phone()
        way.enter()
        way.give_particulars()
        way.bind_card(WHO.cards[0].number)
        way.photograph_card()
        self.phone, self.since = context.storage_state(), time.monotonic()
        context.close()
        self.stages.keep_session("arrived")

    def url(self, path: str) -> str:
        return f"{self.house.h5app}/{WHO.partner}{path}"

    def phone_again(self, browser: Browser, *, scripts: bool) -> BrowserContext:
        """Open the phone as it was when the customer had just logged in."""
        return browser.new_context(storage_state=self.phone, java_script_enabled=scripts, **PHONE)


@dataclass(frozen=True)
class Form:
    """One command's form: where it is, how it is filled, its button, and what stands there once it is."""

    stage: str
    path: Callable[[Scene], str]
    fill: Callable[[Page], None]
    button: str
    filled: Callable[[Page], None]


def _tick(page: Page) -> None:
    """Tick every box, if there is one."""
    for box in page.get_by_role("checkbox").all():
        box.check()


def _ticked(page: Page) -> None:
    boxes = page.get_by_role("checkbox").all()
    assert boxes
    for box in boxes:
        expect(box).to_be_checked()


def _shows(text: str) -> Callable[[Page], None]:
    return lambda page: expect(page.get_by_text(text).first).to_be_visible()


def _new_card(page: Page) -> None:
    """Type the card to bind, which is read again once, and go on to the confirmation."""
    while page.url.endswith("/card/new"):
        page.get_by_label("银行卡号").fill(WHO.cards[3].number)
        page.get_by_label("银行预留手机号").fill(WHO.phone)
        page.get_by_role("button", name="下一步").click()


def _bound_card(page: Page) -> None:
    """Type the bound card once more."""
    page.get_by_label("银行卡号").fill(WHO.cards[0].number)
    page.get_by_label("银行预留手机号").fill(WHO.phone)


def _contract(scene: Scene) -> str:
    return f"/contracts/{scene.stages.at['offered'].applications[0].contract_id}/costs"


def _draw(scene: Scene) -> str:
    line = scene.stages.at["standing"].lines[0]
    return f"/lines/{line.line_id}/draw?amount={DRAW_FEN // 100}&term=12&method={line.methods[0]}"


def _repay(scene: Scene) -> str:
    return f"/loans/{scene.stages.at['lent'].loans[0].loan_id}/repay?kind=part&amount={PART_FEN // 100}"


def _repay_by_card(scene: Scene) -> str:
    loan_id = scene.stages.at["lent"].loans[0].loan_id
    return f"/loans/{loan_id}/repay-by-card?kind=part&amount={PART_FEN // 100}"


FORMS = {
    "top_up": Form(
        "standing",
        lambda _: f"/top-up?amount={TOP_UP_FEN // 100}",
        _tick,
        "确认充值",
        _shows("¥100.00"),
    ),
    "withdrawal": Form(
        "standing",
        lambda _: f"/withdraw?amount={WITHDRAW_FEN // 100}",
        _tick,
        "确认提现",
        _shows("¥60.00"),
    ),
    "opening": Form("arrived", lambda _: "/account/open/confirm", _tick, "确认开通", _ticked),
    "card_change": Form("standing", lambda _: "/card/new", _new_card, "确认换绑", _shows("4866")),
    "freezing": Form("offered", lambda _: "/account/freeze", _tick, "确认挂失", _shows("挂失以后")),
    "lifting": Form("lost", lambda _: "/account/unfreeze", _tick, "确认解除挂失", _shows("手机还没有找回来")),
    "closing": Form("offered", lambda _: "/account/close", _tick, "确认销户", _ticked),
    "limit_change": Form(
        "standing",
        lambda _: f"/limits?each={EACH_FEN // 100}&day=",
        _tick,
        "确认修改限额",
        _shows("¥500.00"),
    ),
    "class_raise": Form(
        "small",
        lambda _: "/account/raise",
        _bound_card,
        "确认升级",
        lambda page: expect(page.get_by_label("银行预留手机号")).to_have_value(WHO.phone),
    ),
    "signing": Form("offered", _contract, _tick, "同意并签署", _ticked),
    "drawdown": Form("standing", _draw, _tick, "确认借款", _shows("¥10,000.00")),
    "card_repayment": Form("lent", _repay_by_card, _tick, "确认还款", _shows("¥1,000.00")),
    "repayment": Form("lent", _repay, _tick, "确认还款", _shows("¥1,000.00")),
}


@dataclass
class Try:
    """One command by one person on one phone."""

    scene: Scene
    command: str
    page: Page
    before: Mapping[tuple[str, str], int]

    @property
    def form(self) -> Form:
        return FORMS[self.command]

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
        """Fill the form and tap again, if the page still shows it. A customer who does not know better would
        do so.
        """
        if self.page.get_by_role("button", name=self.form.button).count():
            self.form.fill(self.page)
            self.read()
            self.tap()

    def unknown(self) -> str:
        """The page claims neither that it is done nor, unless no tap can have arrived, that it is not; its heading."""
        heading = self.page.get_by_role("heading", level=1).first.inner_text()
        assert heading in (SILENT, UNCLEAR) or WAITING.search(heading), heading
        return heading

    def look(self) -> None:
        """What the page claims is so at this moment."""
        said = self.page.locator("main").inner_text()
        heading = self.page.get_by_role("heading", level=1).first.inner_text()
        if DONE.search(heading):
            assert self.scene.stages.moved(self.command, self.before) == 1
        if NOTHING.search(said):
            assert self.scene.stages.moved(self.command, self.before) == 0

    def until_done(self) -> None:
        """The order's page says so, and so it is."""
        self.way.until_done(DONE)
        self.look()


Interruption = Callable[[Try], None]


def tried(scene: Scene, browser: Browser, command: str, interruption: Interruption, *, scripts: bool) -> None:
    """From the start of the command to the proof: it has taken effect once."""
    scene.stages.back_to(FORMS[command].stage)
    context = scene.phone_again(browser, scripts=scripts)
    try:
        one = Try(scene, command, context.new_page(), scene.stages.numbers(command))
        interruption(one)
        scene.stages.settle()
        assert scene.stages.moved(command, one.before) == 1
        scene.house.proves()
    finally:
        for faults in scene.house.world.faults.values():
            faults.clear()
        context.close()
