"""What happens to real people in mid-form, without scripts: nothing typed is lost, nothing is done twice."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from mock_partners.testing.people.personas import person
from tests.support.houses.journey import House
from tests.support.people.way import Way

pytestmark = pytest.mark.browser_context_args(java_script_enabled=False)


def test_an_old_face_check_leads_over_the_partners_page_back_to_the_same_form(
    page: Page, the_house: House
) -> None:
    way = Way(page, the_house, person("li_xiuying"))
    way.take_phone()
    way.enter()
    way.give_particulars()
    way.bind_card(way.person.cards[0].number)
    way.photograph_card()
    the_house.age_sessions("checked_at", timedelta(minutes=6))
    way.page.reload()
    way.sees("要刷脸确认是您本人")
    for box in page.get_by_role("checkbox").all():
        box.check()
    way.tap("确认开通")
    way.pass_face()
    way.heading("请核对后开通")
    way.sees("刷脸已通过")
    for box in page.get_by_role("checkbox").all():
        expect(box).to_be_checked()
    way.tap("确认开通")
    way.until_done("电子账户开通了")


def test_a_session_that_ends_in_mid_form_gives_back_everything_typed(page: Page, the_house: House) -> None:
    way = Way(page, the_house, person("wu_guilan"))
    way.take_phone()
    way.enter()
    way.tap("开通电子账户")
    way.choose("农户")
    way.fill("现在住在哪里", "示例村7组3号")
    way.fill("身份证有效期到", "下个月")
    the_house.age_sessions("last_seen_at", timedelta(minutes=16))
    way.tap("下一步")
    way.pass_face()
    way.heading("您的基本信息")
    way.sees("您填写的内容都还在")
    expect(page.get_by_label("农户")).to_be_checked()
    expect(page.get_by_label("现在住在哪里")).to_have_value("示例村7组3号")
    expect(page.get_by_label("身份证有效期到")).to_have_value("下个月")
    way.tap("下一步")
    way.sees("日期请写成八位数字")
    expect(page.get_by_label("现在住在哪里")).to_have_value("示例村7组3号")


# The matrix's sample has two tabs as well, with another command.
@pytest.mark.whole
def test_two_tabs_on_one_form_pay_once(page: Page, the_house: House) -> None:
    way = Way(page, the_house, person("wang_qiang"))
    way.take_phone()
    way.enter()
    way.open_account()
    way.until_done("电子账户开通了")
    way.home()
    way.tap("充值")
    other = page.context.new_page()
    other.goto(page.url)
    for tab in (page, other):
        tab.get_by_label("充值金额").fill("１００")
        tab.get_by_role("button", name="下一步").click()
        tab.get_by_role("checkbox").check()
    for tab in (page, other):
        tab.get_by_role("button", name="确认充值").click()
    assert page.url == other.url
    way.until_done("充值成功")
    way.home()
    expect(page.locator("main")).to_contain_text("100.00")
    expect(page.locator("main")).not_to_contain_text("200.00")
    the_house.proves()
