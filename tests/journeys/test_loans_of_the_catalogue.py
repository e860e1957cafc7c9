"""The other loans of the catalogue, each from the tile: by tax record over the tax bureau's own page, and for tea.

The loan for listed farmers is walked in `test_the_way.py`, and a referral that staff decide in `test_desk.py`. What
the way there has in common with these is done through the bank's interface: the account, and consents.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.support.houses.journey import House
from tests.support.people.prepared import arrive_with_account

pytestmark = [pytest.mark.slow, pytest.mark.browser_context_args(java_script_enabled=False)]
TAX = (
    "pre_credit_inquiry",
    "registry_inquiry",
    "warnings_inquiry",
    "credit_bureau_inquiry",
    "courts_inquiry",
)


def test_gao_ming_is_approved_by_his_tax_record_and_sees_all_products(page: Page, the_house: House) -> None:
    way = arrive_with_account(page, the_house, "gao_ming", TAX)
    way.apply_for("tax_micro", "50000")
    way.see_decision("批下来了")
    way.sees("算到这么多，是因为这一条最低")
    # What was authorised and consented to serves the check over all products too.
    way.look_at_offers()
    expect(page.locator("main")).to_contain_text("审批后才算数")


def test_ye_chunhua_borrows_until_the_tea_is_sold_and_settles(page: Page, the_house: House) -> None:
    way = arrive_with_account(page, the_house, "ye_chunhua", ("courts_inquiry",))
    way.see_limit()
    way.until_home_offers("申请这个额度")
    way.apply("50000", method="先息后本")
    way.see_decision("批下来了")
    way.sees("90,000")
    way.sign()
    # She pays back at once, on the day that she chooses: after the harvest.
    harvest = the_house.world.clock.today() + timedelta(days=150)
    way.draw("20000", method="随借随还", ends_on=harvest)
    way.home()
    way.tap("我的借款")
    expect(page.locator("main")).to_contain_text(f"{harvest:%Y年}{harvest.month}月{harvest.day}日")
    way.settle()
    way.sees("这笔借款已经还清")


# From the contract on it is the way of the tea loan above. That this product's loan can be repaid is tested without a
# browser in `tests/mock_partners/bank/core/credit/test_way.py`; `make walk` sees it.
@pytest.mark.whole
def test_wang_qiang_borrows_by_his_tax_record_and_settles(page: Page, the_house: House) -> None:
    way = arrive_with_account(page, the_house, "wang_qiang", TAX)
    way.apply_for("tax_micro", "50000")
    way.see_decision("批下来了")
    way.sign()
    way.draw("20000")
    way.settle()
    way.sees("这笔借款已经还清")


def test_qian_lan_is_declined_for_arrears_and_told_what_helps(page: Page, the_house: House) -> None:
    way = arrive_with_account(page, the_house, "qian_lan", TAX)
    way.apply_for("tax_micro", "50000")
    way.see_decision("这次没有批下来")
    way.sees("怎样更有机会")
    way.sees("缴清欠税")
