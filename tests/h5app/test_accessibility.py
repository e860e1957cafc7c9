"""Every page passes axe (WCAG 2.2 AA) and fits a small phone in every text size, in both languages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize

from tests.h5app.opening import CARD, PARTICULARS, opening_core
from tests.h5app.scripts import BANKING_PAGES, CREDIT_PAGES, WRONG_PAGES, everything
from tests.h5app.site import PARTNER, Site, served

AXE = (Path(__file__).parent.parent / "vendor/axe.min.js").read_text("utf-8")
PAGES = [*BANKING_PAGES, *CREDIT_PAGES, *WRONG_PAGES]
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"
PHONE: ViewportSize = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("pages")) as pages:
        everything(pages.core)
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


def visit(running: Site, page: Page, path: str) -> None:
    answer = page.goto(f"{running.base_url}/{PARTNER}{path}")
    assert answer is not None
    assert page.url == f"{running.base_url}/{PARTNER}{path}"
    assert (answer.status == 200) != (path in WRONG_PAGES)


def faults(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate(f"axe.run(document, {RULES})")
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_passes_axe(running: Site, phone: Page, path: str) -> None:
    log_in(running, phone)
    visit(running, phone, path)
    assert faults(phone) == []


def test_axe_would_see_a_fault(phone: Page) -> None:
    phone.set_content("<html lang=en><title>x</title><main><h1>x</h1><img src=x><input></main>")
    assert {fault.split(":")[0] for fault in faults(phone)} == {"image-alt", "label"}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("text_size", ["standard", "elder", "largest"])
def test_no_page_scrolls_sideways(running: Site, phone: Page, text_size: str, lang: str) -> None:
    log_in(running, phone, text_size=text_size, lang=lang)
    too_wide = []
    for path in PAGES:
        visit(running, phone, path)
        phone.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        if phone.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            too_wide.append(path)
    assert too_wide == []


def test_the_screens_of_opening_an_account_pass_axe(tmp_path: Path, context: BrowserContext) -> None:
    with served(tmp_path) as pages:
        opening_core(pages.core)
        page = context.new_page()
        page.set_viewport_size(PHONE)
        log_in(pages, page)
        for path in ("/", "/account", "/account/open/particulars"):
            visit(pages, page, path)
            assert faults(page) == []
        page.get_by_role("button", name="下一步").click()
        assert faults(page) == [], "with errors"
        page.get_by_label("农户").check()
        page.get_by_label("现在住在哪里").fill(PARTICULARS["address"])
        page.get_by_label("身份证有效期到").fill(PARTICULARS["expires"])
        page.get_by_label("我只是中国税收居民").check()
        page.get_by_role("button", name="下一步").click()
        page.get_by_label("银行卡号").fill(CARD)
        assert faults(page) == []
        page.get_by_label("银行预留手机号").fill("13800138000")
        page.get_by_role("button", name="下一步").click()
        page.get_by_role("button", name="确认开通").wait_for()
        assert faults(page) == []
