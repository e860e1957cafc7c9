"""The main job, end to end, on real parts, in a real browser at phone size.

Wang Qiang does the same at another bank, in English and by keyboard: `test_every_mode.py`.
"""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.uploads import PIECE_BYTES
from tests.support.houses.journey import House
from tests.support.people.effort import efforts
from tests.support.people.photographs import LABELS, photograph
from tests.support.people.way import BACK_TO_DRAW, TO_THE_MONEY, Way

pytestmark = pytest.mark.slow
# Taps and typed fields, from the tile. More needs a reason that a customer would accept.
# Photographs of both sides of the identity card, which the law asks for, take seven taps: three for each picture.
# Housing fund and social insurance take one each: every inquiry is read and agreed to alone.
MOST_TO_THE_MONEY, MOST_BACK_TO_DRAW = (24 + 7 + 2, 5), (5, 1)


def test_li_xiuying_borrows_and_repays_in_lianyungang(page: Page, the_house: House) -> None:
    way = Way(page, the_house, person("li_xiuying"))
    way.take_phone()
    way.enter()
    way.borrow(asked="80000", draw="20000", days_later=10)
    for text in ("充值", "借款到账", "还款", "¥20,000.00", "¥3,000.00", "¥100.00"):
        way.sees(text)
    way.home()
    expect(page.locator("main")).to_contain_text("¥17,100.00".removeprefix("¥"))
    way.come_back_to_draw("10000")
    the_house.proves()
    spent = efforts(way.acts)
    first, again = spent[TO_THE_MONEY], spent[BACK_TO_DRAW]
    assert first.taps <= MOST_TO_THE_MONEY[0]
    assert first.fields <= MOST_TO_THE_MONEY[1]
    assert again.taps <= MOST_BACK_TO_DRAW[0]
    assert again.fields <= MOST_BACK_TO_DRAW[1]


def test_zhao_min_is_declined_with_reasons_and_offered_a_person(page: Page, the_house: House) -> None:
    way = Way(page, the_house, person("zhao_min"))
    way.take_phone()
    way.enter()
    way.see_limit()
    way.give_particulars()
    way.bind_card(way.person.cards[0].number)
    photograph_over_a_broken_line(way)
    way.photograph_card()
    way.confirm_opening()
    way.until_done("电子账户开通了")
    way.apply("10000")
    way.see_decision("这次没有批下来")
    way.sees("近 24 个月内有 7 个月还款逾期")
    way.tap("请人工再看一次")
    way.sees("请了人工复核")
    the_house.proves()


def photograph_over_a_broken_line(way: Way) -> None:
    """The line breaks on the second of three pieces. The page says so, and goes on there by itself."""
    offsets: list[str] = []

    def carry(route: Route) -> None:
        offsets.append(parse_qs(urlsplit(route.request.url).query)["offset"][0])
        if len(offsets) == 2:
            route.abort("connectionreset")
        else:
            route.continue_()

    pieces = "**/account/open/document/front?*"
    way.page.route(pieces, carry)
    target = way.page.get_by_label(LABELS["front"], exact=True).first
    target.set_input_files(
        {"name": "front.jpg", "mimeType": "image/jpeg", "buffer": photograph() + bytes(2 * PIECE_BYTES)}
    )
    state = way.page.locator("#front-hint")
    expect(state).to_have_text("网络断了。恢复后会接着传，不用重拍。")
    expect(state).to_have_text("这张收到了。")
    way.page.unroute(pieces)
    assert offsets == [str(at * PIECE_BYTES) for at in (0, 1, 1, 2)]


def test_the_limit_stands_within_four_taps_of_the_tile(page: Page, the_house: House) -> None:
    way = Way(page, the_house, person("wu_guilan"))
    way.take_phone()
    way.press("企业周转贷")
    way.press("通过")
    way.agree()
    way.tap("同意并看我的额度")
    # When the bank takes its time, the page that waits leads on by itself.
    expect(page.get_by_role("heading", name="名单上给您的额度")).to_be_visible(timeout=20_000)


# Its order and its page are tested apart, without a browser; `make walk` sees both together.
@pytest.mark.whole
def test_a_top_up_without_funds_says_that_nothing_was_taken(page: Page, the_house: House) -> None:
    way = Way(page, the_house, person("liu_yang"))
    way.take_phone()
    way.enter()
    way.see_limit()
    way.open_account()
    way.until_done("电子账户开通了")
    way.top_up("50")
    way.until_done("没有充值成功")
    way.sees("余额不足")
    the_house.proves()
