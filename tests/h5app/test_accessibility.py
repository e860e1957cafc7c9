"""Every page in every state: axe (WCAG 2.2 AA) finds nothing, and all large enough to read, touch and reach."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize

from tests.doubled import double_text
from tests.h5app.opening import CARD, PARTICULARS, opening_core
from tests.h5app.scripts import BANKING_PAGES, CREDIT_PAGES, WRONG_PAGES, everything
from tests.h5app.site import PARTNER, Site, served
from tests.h5app.states import ORDER_PAGES, STATE_PAGES, states

AXE = (Path(__file__).parent.parent / "vendor/axe.min.js").read_text("utf-8")
MEASURES = (Path(__file__).parent / "measures.js").read_text("utf-8")
FOCUS = (Path(__file__).parent / "focus.js").read_text("utf-8")
LOGIN_PAGES = ("/callback?code=x&state=y",)
ERRORS = {*WRONG_PAGES, *LOGIN_PAGES}
USUAL_PAGES = [*BANKING_PAGES, *CREDIT_PAGES, *WRONG_PAGES]
PAGES = [*USUAL_PAGES, *STATE_PAGES, *LOGIN_PAGES]
RULES = """{
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'],
}"""
PHONE: ViewportSize = {"width": 360, "height": 740}
LINE_SPACING = 1.3
ONE_ORDER = [path for path in PAGES if path not in ORDER_PAGES or "top_up" in path]
"""The other kinds of orders differ in their words alone, which have no faults that axe sees."""


@dataclass(frozen=True)
class Display:
    """`target` and `text`: the least side of what is touched and the least height of a letter, px."""

    lang: str = "zh"
    text_size: str = "standard"
    target: int = 44
    text: int = 14
    doubled: bool = False


STANDARD = Display()
ELDER = Display(text_size="elder", target=60, text=18)
ELDER_ENGLISH = replace(ELDER, lang="en")
LARGEST = replace(ELDER, text_size="largest")
DOUBLED = Display(text=28, doubled=True)
MEASURED = {
    "standard": (STANDARD, PAGES),
    "english": (Display(lang="en"), USUAL_PAGES),
    "elder": (ELDER, USUAL_PAGES),
    "elder-english": (ELDER_ENGLISH, PAGES),
    "largest": (LARGEST, USUAL_PAGES),
    "largest-english": (replace(LARGEST, lang="en"), USUAL_PAGES),
    "doubled": (DOUBLED, PAGES),
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("pages")) as pages:
        everything(pages.core)
        states(pages.core)
        yield pages


@pytest.fixture
def phone(running: Site, context: BrowserContext) -> Page:
    page = context.new_page()
    page.set_viewport_size(PHONE)
    return page


def log_in(running: Site, page: Page, **display: str) -> None:
    # Playwright's own loop runs in this thread.
    with ThreadPoolExecutor(1) as aside:
        secret = aside.submit(asyncio.run, running.log_in(**display)).result()  # type: ignore[arg-type]
    page.context.add_cookies([{"name": running.cookie, "value": secret, "url": running.base_url}])


def look_in(running: Site, page: Page, display: Display) -> None:
    log_in(running, page, lang=display.lang, text_size=display.text_size)
    if display.doubled:
        double_text(page)


def visit(running: Site, page: Page, path: str) -> None:
    answer = page.goto(f"{running.base_url}/{PARTNER}{path}")
    assert answer is not None
    assert page.url == f"{running.base_url}/{PARTNER}{path}"
    assert (answer.status == 200) != (path in ERRORS)


def faults(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate(f"axe.run(document, {RULES})")
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]


def measured(page: Page, display: Display) -> list[str]:
    """What is too small, too tight or sticks out, everything that can be unfolded being so."""
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    wide = page.evaluate("document.documentElement.scrollWidth")
    sizes = {"target": display.target, "text": display.text, "spacing": LINE_SPACING}
    return [*([f"{wide} px wide"] if wide > PHONE["width"] else []), *page.evaluate(MEASURES, sizes)]


@pytest.mark.parametrize(
    ("display", "pages"),
    [(STANDARD, ONE_ORDER), (ELDER_ENGLISH, USUAL_PAGES)],
    ids=["standard", "elder-english"],
)
def test_axe_finds_nothing_on_any_page_in_any_state(
    running: Site, phone: Page, display: Display, pages: list[str]
) -> None:
    look_in(running, phone, display)
    found = {}
    for path in pages:
        visit(running, phone, path)
        found[path] = faults(phone)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(("display", "pages"), MEASURED.values(), ids=MEASURED)
def test_every_page_fits_and_is_large_enough_to_read_and_touch(
    running: Site, phone: Page, display: Display, pages: list[str]
) -> None:
    look_in(running, phone, display)
    found = {}
    for path in pages:
        visit(running, phone, path)
        found[path] = measured(phone, display)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_the_keyboard_reaches_every_control_in_order_and_shows_where_it_is(
    running: Site, phone: Page
) -> None:
    log_in(running, phone)
    for path in USUAL_PAGES:
        visit(running, phone, path)
        expected = phone.evaluate(f"({FOCUS}).stops()")
        reached = []
        for _ in expected:
            phone.keyboard.press("Tab")
            reached.append(phone.evaluate(f"({FOCUS}).focused()"))
        assert [stop["name"] for stop in reached] == expected, path
        assert [stop for stop in reached if not stop["seen"] or stop["contrast"] < 3] == [], path


def test_text_grows_to_30_px(running: Site, phone: Page) -> None:
    log_in(running, phone, text_size="largest")
    visit(running, phone, "/me/help")
    assert phone.evaluate("getComputedStyle(document.querySelector('main p')).fontSize") == "30px"


def test_a_fault_would_be_seen(phone: Page) -> None:
    phone.set_content(
        "<html lang=en><title>x</title><main><h1>x</h1><img src=x><input>"
        "<p style='font-size:10px;line-height:10px'>fine print</p><div style='width:900px'>wide</div></main>"
    )
    assert {fault.split(":")[0] for fault in faults(phone)} == {"image-alt", "label"}
    kinds = {re.split("[,:]", fault)[0] for fault in measured(phone, STANDARD)}
    assert {"small target", "small text", "tight lines"} < kinds
    assert any(kind.endswith("px wide") for kind in kinds)


def test_the_screens_of_opening_an_account_pass_axe(tmp_path: Path, context: BrowserContext) -> None:
    with served(tmp_path) as pages:
        opening_core(pages.core)
        page = context.new_page()
        page.set_viewport_size(PHONE)
        log_in(pages, page)
        for path in ("/", "/account", "/account/open/particulars"):
            visit(pages, page, path)
            assert [*faults(page), *measured(page, STANDARD)] == []
        page.get_by_role("button", name="下一步").click()
        assert [*faults(page), *measured(page, STANDARD)] == [], "with errors"
        page.get_by_label("农户").check()
        page.get_by_label("现在住在哪里").fill(PARTICULARS["address"])
        page.get_by_label("身份证有效期到").fill(PARTICULARS["expires"])
        page.get_by_label("我只是中国税收居民").check()
        page.get_by_role("button", name="下一步").click()
        page.get_by_label("银行卡号").fill(CARD)
        assert [*faults(page), *measured(page, STANDARD)] == []
        page.get_by_label("银行预留手机号").fill("13800138000")
        page.get_by_role("button", name="下一步").click()
        page.get_by_role("button", name="确认开通").wait_for()
        assert [*faults(page), *measured(page, STANDARD)] == []
