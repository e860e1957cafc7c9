"""Every page passes axe (WCAG 2.2 AA) and fits a small phone in every text size, in both languages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize

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
