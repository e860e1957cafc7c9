"""The way without face, in a browser without scripts: card and code open an account and draw, within the limit only."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from mock_partners.testing.people.personas import person
from tests.support.houses.journey import House
from tests.support.people.card_and_code import by_card_and_code
from tests.support.people.way import Way

pytestmark = [pytest.mark.slow, pytest.mark.browser_context_args(java_script_enabled=False)]


def test_who_cannot_pass_the_face_check_goes_on_by_card_and_code(page: Page, the_house: House) -> None:
    way = Way(page, the_house, person("li_xiuying"))
    way.take_phone()
    way.enter()
    way.see_limit()
    way.until_offered()
    way.give_particulars()
    way.bind_card(way.person.cards[0].number)
    way.photograph_card()
    the_house.age_sessions("checked_at", timedelta(minutes=6))
    way.page.reload()
    for box in page.get_by_role("checkbox").all():
        box.check()
    way.tap("确认开通")
    way.tap("不通过")
    way.heading("刷脸没有通过")
    way.tap("不刷脸，用银行卡和短信验证")
    by_card_and_code(way, typed=True)
    for box in page.get_by_role("checkbox").all():
        expect(box).to_be_checked()
    way.tap("确认开通")
    way.until_done("电子账户开通了")
    the_house.proves()

    way.apply("20000")
    way.see_decision("批下来了")
    # The contract is over 80,000, beyond what may be signed without face.
    way.sign()
    the_house.age_sessions("checked_at", timedelta(minutes=6))
    _ask_for(way, "60000")
    way.sees("不刷脸，一次最多可以办 50,000 元")
    expect(page.get_by_role("button", name="不刷脸")).to_have_count(0)
    _ask_for(way, "20000")
    way.tap("不刷脸，用银行卡和短信验证")
    by_card_and_code(way)
    way.tap("确认借款")
    way.until_done("借款到账了")
    the_house.proves()


def _ask_for(way: Way, yuan: str) -> None:
    way.home()
    way.tap("去借款")
    way.fill("借多少", yuan)
    way.choose("12 个月")
    way.choose("等额本息")
    way.tap("看还款计划")
    way.heading("确认借款")
