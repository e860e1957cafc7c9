"""A referral is decided at the desk by two of the bank's staff, and the citizen sees it approved."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, Page, expect

from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.applications import Apply
from tests.support.houses.journey import House
from tests.support.people.citizen import Citizen, arrive, intent
from tests.support.people.way import Way

pytestmark = [pytest.mark.browser]
T = TypeVar("T")


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Run it in a thread of its own: Playwright keeps a loop in this one."""
    found: list[T] = []
    failed: list[BaseException] = []

    def go() -> None:
        try:
            found.append(asyncio.run(work()))  # type: ignore[arg-type]
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]


async def referred(chen: Citizen) -> str:
    """Apply as h5app does; return the application's id."""
    await chen.account()
    purposes = ("pre_credit_inquiry", "credit_bureau_inquiry", "courts_inquiry")
    command = Apply(
        product_code="sunshine_e_micro",
        amount_fen=8_000_000,
        term_months=12,
        method="level_payment",
        purpose="stock",
        consent_ids=await chen.consent(*purposes),
    )
    order = await chen.core.applications.submit(chen.customer_id, command, intent())
    ended = await chen.ended(order)
    return str(ended.result["application_id"])


def sign_in(page: Page, house: House, name: str) -> None:
    page.goto(f"{house.world.url('desk')}/")
    page.get_by_role("button", name="去登录").click()
    page.get_by_role("button", name=name).first.click()


def decide(page: Page, summary: str, button: str, fields: dict[str, str]) -> None:
    part = page.locator("details.sheet", has=page.get_by_text(summary, exact=True))
    part.locator("summary").first.click()
    for name, text in fields.items():
        field: Any = part.locator(f"[name={name}]")
        if text == "yes":
            field.first.check()
        else:
            field.first.fill(text)
    part.get_by_role("button", name=button).click()


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_two_of_the_staff_approve_a_referral_and_the_citizen_sees_it(
    the_house: House, browser: Browser, page: Page
) -> None:
    async def prepare() -> str:
        async with arrive(the_house.world, "chen_jianguo") as chen:
            return await referred(chen)

    application_id = run(prepare)
    first = browser.new_page()
    try:
        sign_in(first, the_house, "周敏")
        expect(first.get_by_role("heading", name="等待人工审批")).to_be_visible()
        first.locator(f"a[href$='{application_id}']").click()
        decide(first, "批准", "批准", {"limit": "8万", "line_months": "24", "note": "上门看过，经营正常"})
        expect(first.get_by_text("提议批准 ¥80,000.00")).to_be_visible()
        first.get_by_label("确认的理由").fill("我自己确认")
        first.get_by_role("button", name="确认批准").click()
        expect(first.get_by_role("alert")).to_contain_text("提议人不能自己确认")
        first.get_by_role("button", name="退出").click()
        sign_in(first, the_house, "吴志远")
        first.locator(f"a[href$='{application_id}']").click()
        first.get_by_label("确认的理由").fill("同意")
        first.get_by_role("button", name="确认批准").click()
        expect(first.get_by_text("已结束")).to_be_visible()
    finally:
        first.close()
    way = Way(page, the_house, person("chen_jianguo"))
    way.take_phone()
    way.enter()
    page.goto(f"{the_house.h5app}/lyg/applications/{application_id}")
    expect(page.locator("main")).to_contain_text("80,000")
