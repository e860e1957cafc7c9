"""Referrals of two products are decided at the desk: one approved by two of the staff, one declined by one of them.

The citizen sees both. The loan for listed farmers and traders is asked for through the bank's interface.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.houses.journey import House
from tests.support.people.desk_staff import decide, sign_in
from tests.support.people.prepared import arrive_with_account

pytestmark = [pytest.mark.browser]
CONSENTS = ("tax_inquiry", "registry_inquiry", "warnings_inquiry", "credit_bureau_inquiry", "courts_inquiry")


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_the_staff_decide_a_referral_of_each_product_and_the_citizen_sees_it(
    the_house: House, browser: Browser, page: Page
) -> None:
    way = arrive_with_account(page, the_house, "chen_jianguo", CONSENTS, applied_for_yuan=50_000)
    way.apply_for("tax_micro", "80000")
    way.see_decision("银行的工作人员会接着看")
    now = page.locator("ol.steps li[aria-current=step]")
    expect(now).to_have_text(re.compile("工作人员审批.*以前"))
    application_id = page.url.rpartition("/")[2]
    first = browser.new_page()
    try:
        sign_in(first, the_house, "周敏")
        expect(first.get_by_role("heading", name="等待人工审批")).to_be_visible()
        first.locator(f"a[href$='{application_id}']").click()
        decide(first, "批准", "批准", {"limit": "8万", "line_months": "12", "note": "好"})
        # What is wrong is said by its name, in its form, which stays open with what was typed.
        expect(first.get_by_role("alert")).to_contain_text("理由：至少写 2 个字")
        first.get_by_label("批准的理由").fill("上门看过，经营正常")
        first.locator("details[open]").get_by_role("button", name="批准").click()
        expect(first.get_by_text("周敏 提议批准 ¥80,000.00")).to_be_visible()
        first.get_by_label("确认的理由").fill("我自己确认")
        first.get_by_role("button", name="确认批准").click()
        expect(first.get_by_role("alert")).to_contain_text("提议人不能自己确认")
        first.get_by_role("link", name="回到队列").click()
        other = first.get_by_role("row", name="阳光E贷")
        expect(other).to_contain_text("¥50,000.00")
        other.get_by_role("link").click()
        other_id = first.url.rpartition("/")[2]
        decide(
            first, "拒绝", "拒绝", {"reasons": "J03", "message": "案子结了再来申请", "note": "案子还没有判"}
        )
        expect(first.get_by_text("已结束")).to_be_visible()
        first.get_by_role("button", name="退出").click()
        sign_in(first, the_house, "吴志远")
        first.locator(f"a[href$='{application_id}']").click()
        first.get_by_label("确认的理由").fill("同意")
        first.get_by_role("button", name="确认批准").click()
        expect(first.get_by_text("已结束")).to_be_visible()
    finally:
        first.close()
    page.reload()
    way.heading("批下来了")
    # A person set it, so no bound of the machine is named as the cause.
    expect(page.locator("main")).to_contain_text("额度由银行的工作人员定为 80,000 元")
    expect(page.locator("main")).not_to_contain_text("这一条最低")
    page.goto(f"{the_house.h5app}/lyg/applications/{other_id}")
    way.heading("这次没有批下来")
    way.sees("案子结了再来申请")
    way.sees("有 1 件法院案件还没有结果")
