"""From the tile of every host, by configuration alone: logged in, the limit seen, the account opened at a check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page

from mock_partners.worlds.people import person
from tests.journeys.house import House, house
from tests.journeys.way import Way

HOSTS = {
    "haian": "wang_qiang",
    "zj": "wang_qiang",
    "zfb": "wang_qiang",
    "sfb": "li_xiuying",
    "mbank": "li_xiuying",
    "ebank": "xu_haifeng",
}
"""Beside lyg, which every other journey walks."""
NO_FACE_CHECK = {"sfb"}


@pytest.fixture
def the_house(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as running:
        yield running


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    plain = {"viewport": {"width": 360, "height": 740}, "locale": "zh-CN", "java_script_enabled": False}
    return {**browser_context_args, **plain}


@pytest.mark.parametrize(("host", "who"), HOSTS.items(), ids=HOSTS)
def test_a_person_comes_in_and_opens_an_account(page: Page, the_house: House, host: str, who: str) -> None:
    way = Way(page, the_house, replace(person(who), partner=host))
    way.take_phone()
    way.enter()
    assert "?" not in page.url
    way.see_limit()
    if host == "ebank":  # nobody listed the company's representative, who may open an account all the same
        way.sees("您还不在预授信名单上")
    else:
        way.until_offered()
    way.give_particulars()
    way.bind_card(way.person.cards[0].number)
    way.tick_all()
    way.tap("确认开通")
    if host in NO_FACE_CHECK:
        by_card_and_code(way)
    else:
        way.pass_face()
    way.tap("确认开通")
    way.until_done("电子账户开通了")
    the_house.proves()


def by_card_and_code(way: Way) -> None:
    way.heading("用银行卡和短信验证")
    way.fill("银行卡号", way.person.cards[0].number)
    way.fill("银行预留手机号", way.person.phone)
    way.tap("发验证码")
    way.until_a_code_is_asked_for()
    way.fill("短信验证码", code_on_the_phone(way))
    way.tap("确定")


def code_on_the_phone(way: Way) -> str:
    phone = way.page.context.new_page()
    phone.goto(f"{way.house.phone(way.person.partner)}messages")
    for _ in range(40):
        if codes := re.findall("验证码([0-9]{6})", phone.inner_text("body")):
            phone.close()
            return str(codes[0])
        phone.wait_for_timeout(250)
        phone.reload()
    raise AssertionError("no code came")
