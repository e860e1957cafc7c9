"""The way without face as a person goes it: the card's elements, the code on the phone, typed in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.people.way import Way


def by_card_and_code(way: Way, *, typed: bool = False) -> None:
    """`typed`: the card stands in the form already."""
    way.heading("用银行卡和短信验证")
    if not typed:
        way.fill("银行卡号", way.person.cards[0].number)
        way.fill("银行预留手机号", way.person.phone)
    way.picture("without-face-card")
    way.tap("发验证码")
    way.until_a_code_is_asked_for()
    way.heading("填写短信验证码")
    way.codes += 1
    way.fill("短信验证码", code_on_the_phone(way, way.codes))
    way.picture("without-face-code")
    way.tap("确定")
    way.sees("银行卡和短信已验证")


def code_on_the_phone(way: Way, nth: int) -> str:
    """The newest of so many, read in the super-app's messages with the phone's own cookies."""
    messages = f"{way.house.phone(way.person.partner)}messages"
    for _ in range(40):
        codes = re.findall("(?:验证码|Code )([0-9]{6})", way.page.request.get(messages).text())
        if len(codes) == nth:
            return str(codes[0])
        way.page.wait_for_timeout(250)
    raise AssertionError("no code came")
