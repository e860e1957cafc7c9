"""Freezing a lost account before login, lifting that, and closing the account, as a person goes these ways."""

from __future__ import annotations

from tests.support.people.card_and_code import code_on_the_phone
from tests.support.people.way import Way


def freeze_before_login(way: Way, look: str = "") -> None:
    """On another phone, where the person gets the codes, and is not logged in. `look`: the query for its look."""
    way.page.goto(f"{way.house.h5app}/{way.person.partner}/freeze{look}")
    way.heading("挂失电子账户")
    way.picture("freeze")
    way.fill("姓名", way.person.name)
    way.fill("身份证号", way.person.id_number)
    way.fill("银行卡号", way.person.cards[0].number)
    way.fill("银行预留手机号", way.person.phone)
    way.tap("发验证码")
    way.until_a_code_is_asked_for()
    way.codes += 1
    way.fill("短信验证码", code_on_the_phone(way, way.codes))
    way.picture("freeze-code")
    way.tap("确认挂失")
    way.heading("账户挂失了")
    way.picture("frozen")


def log_in_again(way: Way) -> None:
    """The login ended with the freeze, and the page says why."""
    way.page.goto(f"{way.house.h5app}/{way.person.partner}/account")
    way.heading("这里的登录结束了")
    if way.lang == "zh":
        way.sees("您的电子账户在别处挂失了")
    way.picture("logged-out-by-freeze")
    way.tap("重新登录")
    way.page.wait_for_url(lambda address: not address.partition("?")[0].endswith("/enter"))
    if way.at_the_app():
        way.pass_face("login-again")
    way.heading("电子账户")


def lift(way: Way) -> None:
    way.home()
    way.sees("您挂失了电子账户，现在不能借款。里面的钱都在。解除挂失以后可以再借。")
    way.picture("home-lost")
    way.tap("解除挂失")
    way.heading("解除挂失")
    way.picture("lift")
    way.confirm("确认解除挂失")
    way.until_done("挂失解除了")
    way.picture("lifted")


def close_account(way: Way) -> None:
    way.home()
    way.tap("账户")
    way.tap("销户")
    way.heading("销户")
    way.tick_all(under="销户")
    way.picture("close")
    way.confirm("确认销户")
    way.until_done("账户已经销户")
    way.picture("closed")
    way.tap("看以前的账户")
    way.heading("您现在没有电子账户")
    way.picture("former-account")
