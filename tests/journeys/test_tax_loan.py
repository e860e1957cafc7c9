"""The loan by tax record, from the tile over the tax bureau's own page: settled by one person, declined to another.

The loan for listed farmers is walked in `test_the_way.py`, and a referral that staff decide in `test_desk.py`.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from mock_partners.testing.people.personas import person
from tests.support.houses.journey import House
from tests.support.people.way import Way

pytestmark = pytest.mark.slow
PRODUCT = "tax_micro"


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_gao_ming_borrows_by_his_tax_record_and_settles(page: Page, the_house: House) -> None:
    way = Way(page, the_house, person("gao_ming"))
    way.take_phone()
    way.enter()
    way.see_limit()
    way.open_account()
    way.until_done("电子账户开通了")
    way.apply_for(PRODUCT, "50000")
    way.see_decision("批下来了")
    way.sees("算到这么多，是因为这一条最低")
    way.sign()
    way.draw("20000")
    way.settle()
    way.sees("这笔借款已经还清")
    # What was authorised and consented to serves the check over all products too.
    way.look_at_offers()
    expect(page.locator("main")).to_contain_text("审批后才算数")
    the_house.proves()


# Its reasons and its page are tested apart, without a browser; `make walk` sees both together.
@pytest.mark.whole
@pytest.mark.browser_context_args(java_script_enabled=False)
def test_qian_lan_is_declined_for_arrears_and_told_what_helps(page: Page, the_house: House) -> None:
    way = Way(page, the_house, person("qian_lan"))
    way.take_phone()
    way.enter()
    way.see_limit()
    way.open_account()
    way.until_done("电子账户开通了")
    way.apply_for(PRODUCT, "50000")
    way.see_decision("这次没有批下来")
    way.sees("怎样更有机会")
    the_house.proves()
