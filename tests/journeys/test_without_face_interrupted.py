"""The way without face under back button, reload, double tap and two tabs: one message, no try lost, nothing untrue.

`make test` runs those in which one tap or tab meets another. The rules of the others are tested without a browser as
well, in `test_card_check.py` and `test_card_checks.py`, and the others run in `make walk`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.faults.without_face import CHECKS, CODES, SENT, a_minute_passes
from tests.journeys.interruptions import answers_lost
from tests.journeys.trying import FORMS, Scene
from tests.support.people.card_and_code import code_on_the_phone
from tests.support.people.stages import WHO
from tests.support.people.way import Way

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("logged_in")]
PLAIN_AND_SCRIPTED = pytest.mark.parametrize(
    "phone",
    [pytest.param(False, id="plain"), pytest.param(True, id="scripted", marks=pytest.mark.whole)],
    indirect=True,
)


@dataclass
class Phone:
    """About to draw when the last face check is too old; the way without face was chosen, the card is typed."""

    scene: Scene
    context: BrowserContext

    def at_the_card(self) -> Way:
        """In a tab of its own."""
        way = Way(self.context.new_page(), self.scene.house, WHO)
        way.page.goto(self.scene.url(FORMS["drawdown"].path(self.scene)))
        way.tick_all(under="确认借款")  # the stage ends with a drawdown a moment ago
        way.tap("不刷脸，用银行卡和短信验证")
        way.heading("用银行卡和短信验证")
        self.type_card(way)
        return way

    def type_card(self, way: Way) -> None:
        way.fill("银行卡号", WHO.cards[0].number)
        way.fill("银行预留手机号", WHO.phone)

    def at_the_code(self) -> Way:
        way = self.at_the_card()
        way.tap("发验证码")
        way.until_a_code_is_asked_for()
        return way

    def another_tab(self, way: Way) -> Way:
        """At the same address."""
        other = Way(self.context.new_page(), self.scene.house, WHO)
        other.page.goto(way.page.url)
        return other

    def counts(self) -> tuple[int, int, int]:
        """Checks begun, codes made, messages sent; once the bank has done all that was begun."""
        number = self.scene.stages.number
        self.scene.stages.settle()
        return number(*CHECKS), number(*CODES), number(*SENT)

    def a_minute_passes(self) -> None:
        a_minute_passes(self.scene.house.world.world)


@pytest.fixture
def phone(scene: Scene, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Phone]:
    scene.stages.back_to("standing")
    scene.house.age_sessions("checked_at", timedelta(minutes=6))
    context = scene.phone_again(browser, scripts=getattr(request, "param", False))
    yield Phone(scene, context)
    context.close()
    scene.house.proves()


def twice(way: Way, button: str) -> None:
    way.page.get_by_role("button", name=button, exact=True).dblclick()


def answer(way: Way, code: str) -> None:
    way.fill("短信验证码", code)
    way.tap("确定")


def passes(way: Way, nth: int = 1) -> None:
    answer(way, code_on_the_phone(way, nth))
    way.heading("确认借款")
    way.sees("银行卡和短信已验证")


@PLAIN_AND_SCRIPTED
def test_a_double_tap_sends_one_code(phone: Phone) -> None:
    way = phone.at_the_card()
    twice(way, "发验证码")
    way.until_a_code_is_asked_for()
    assert phone.counts() == (1, 1, 1)


@pytest.mark.whole
def test_reloading_the_code_screen_sends_nothing(phone: Phone) -> None:
    way = phone.at_the_code()
    for _ in range(2):
        way.page.reload()
        way.heading("填写短信验证码")
    assert phone.counts() == (1, 1, 1)
    passes(way)


@pytest.mark.whole
def test_sending_the_same_card_again_from_the_page_before_or_another_tab_sends_nothing(phone: Phone) -> None:
    way, other = phone.at_the_code(), phone.at_the_card()
    way.page.go_back()
    way.heading("用银行卡和短信验证")
    phone.type_card(way)
    for tab in (way, other):
        tab.tap("发验证码")
        tab.until_a_code_is_asked_for()
    assert phone.counts() == (1, 1, 1)
    passes(other)


def test_a_network_lost_after_the_tap_costs_no_second_code(phone: Phone) -> None:
    way = phone.at_the_card()
    card = way.page.url
    with answers_lost(way.page):
        way.tap("发验证码")
    way.page.goto(card)
    phone.type_card(way)
    way.tap("发验证码")
    way.until_a_code_is_asked_for()
    assert phone.counts() == (1, 1, 1)


@pytest.mark.whole
def test_after_a_refused_card_the_right_one_is_tried_at_once(phone: Phone) -> None:
    way = phone.at_the_card()
    way.fill("银行预留手机号", "19900000099")
    way.tap("发验证码")
    way.until_done("没有验证通过")
    way.tap("重新填写银行卡")
    phone.type_card(way)
    way.tap("发验证码")
    way.until_a_code_is_asked_for()
    passes(way)
    assert phone.counts() == (2, 1, 1)


def test_another_code_asked_for_in_two_tabs_comes_once_and_counts_in_both(phone: Phone) -> None:
    one = phone.at_the_code()
    stale, old = phone.another_tab(one), code_on_the_phone(one, 1)
    phone.a_minute_passes()
    one.page.reload()
    other = phone.another_tab(one)
    twice(one, "再发一个验证码")
    other.tap("再发一个验证码")
    for tab in (one, other):
        tab.heading("填写短信验证码")
    assert phone.counts() == (1, 2, 2)
    answer(stale, old)
    stale.sees("验证码不对，请看最新的一条短信，还可以试 4 次")
    passes(stale, 2)
    # The other tabs ask for what was answered: the same code is good there, too, and nothing is sent again.
    passes(one, 2)
    assert phone.counts() == (1, 2, 2)


@pytest.mark.whole
def test_a_double_tap_on_the_right_code_passes(phone: Phone) -> None:
    way = phone.at_the_code()
    way.fill("短信验证码", code_on_the_phone(way, 1))
    twice(way, "确定")
    way.heading("确认借款")
    way.sees("银行卡和短信已验证")


@PLAIN_AND_SCRIPTED
def test_a_wrong_code_tapped_twice_and_sent_again_by_reloading_costs_one_try(phone: Phone) -> None:
    way = phone.at_the_code()
    right = code_on_the_phone(way, 1)
    way.fill("短信验证码", f"{(int(right) + 1) % 10**6:06}")
    twice(way, "确定")
    way.sees("还可以试 4 次")
    way.page.reload()
    way.sees("还可以试 4 次")
    passes(way)


@pytest.mark.whole
def test_who_goes_back_to_the_code_after_success_is_not_asked_again(phone: Phone) -> None:
    way = phone.at_the_code()
    passes(way)
    form = way.page.url
    way.page.go_back()
    way.page.wait_for_url(form)
    way.sees("银行卡和短信已验证")
    assert phone.counts() == (1, 1, 1)


@PLAIN_AND_SCRIPTED
def test_what_was_verified_serves_one_loan_and_no_screen_says_otherwise(phone: Phone) -> None:
    way = phone.at_the_code()
    code_screen, stale = way.page.url, phone.another_tab(way)
    passes(way)
    before = phone.scene.stages.numbers("drawdown")
    way.page.get_by_role("button", name="确认借款").dblclick()
    way.until_done("借款到账了")
    assert phone.scene.stages.moved("drawdown", before) == 1
    way.page.go_back()
    expect(way.page.locator("main")).not_to_contain_text("还没有提交")
    answer(stale, code_on_the_phone(way, 1))
    way.page.goto(code_screen)
    for tab in (stale, way):
        tab.heading("借款")
        expect(tab.page.locator("main")).not_to_contain_text("已验证")
    assert phone.scene.stages.moved("drawdown", before) == 1
    assert phone.counts() == (1, 1, 1)
