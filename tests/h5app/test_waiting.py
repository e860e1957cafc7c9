"""Pages that wait for the bank look again by themselves in a real browser, and by a link without scripts."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from pydantic import BaseModel

from tests.support.houses.site import PARTNER, served
from tests.support.pages import samples
from tests.support.pages.scripts import everything


@pytest.mark.parametrize(
    ("path", "waiting", "there", "at_first", "at_last"),
    [
        (
            "/contracts/ct-1",
            samples.contract(state="preparing"),
            samples.contract(),
            "银行正在准备合同",
            "请先看合同",
        ),
        (
            "/applications/ap-1",
            samples.application(state="submitted", decision=None),
            samples.application(),
            "银行正在看您的申请",
            "批下来了",
        ),
    ],
)
def test_a_waiting_page_shows_the_result_by_itself(
    tmp_path: Path,
    context: BrowserContext,
    path: str,
    waiting: BaseModel,
    there: BaseModel,
    at_first: str,
    at_last: str,
) -> None:
    with served(tmp_path) as pages:
        everything(pages.core)
        pages.core.says("GET", path, waiting)
        with ThreadPoolExecutor(1) as aside:
            secret = aside.submit(asyncio.run, pages.log_in()).result()
        context.add_cookies([{"name": pages.cookie, "value": secret, "url": pages.base_url}])
        page = context.new_page()
        page.goto(f"{pages.base_url}/{PARTNER}{path}")
        expect(page.get_by_role("heading", level=1)).to_have_text(at_first)
        pages.core.says("GET", path, there)
        expect(page.get_by_role("heading", level=1)).to_have_text(at_last, timeout=8000)


def test_the_reading_time_counts_down_on_the_button(tmp_path: Path, context: BrowserContext) -> None:
    with served(tmp_path) as pages:
        everything(pages.core)
        pages.core.says("GET", "/contracts/ct-1", samples.contract(min_reading_seconds=2))
        with ThreadPoolExecutor(1) as aside:
            secret = aside.submit(asyncio.run, pages.log_in()).result()
        context.add_cookies([{"name": pages.cookie, "value": secret, "url": pages.base_url}])
        page = context.new_page()
        page.goto(f"{pages.base_url}/{PARTNER}/contracts/ct-1/costs")
        button = page.locator("main form button")
        expect(button).to_have_text("请再看 2 秒")
        button.click()
        assert page.url.endswith("/costs")
        expect(button).to_have_text("同意并签署", timeout=5000)
