"""An account is frozen by one tap and a confirmation, before login by card and code, and lifted after a check."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from partner_adapters.core_bank.freezes import VisitorFreeze
from partner_adapters.core_bank.orders import OrderReason
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.rate_limits import REACHED
from tests.support.houses.site import Site, Visitor
from tests.support.pages import samples
from tests.support.pages.opening import CARD
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
TYPED = {
    "name": "李秀英",
    "id_number": "110105 19491231 002x",
    "card_number": CARD,
    "card_phone": "13800001111",
}


def has(pages: Site, **account: Any) -> None:
    everything(pages.core)
    known = samples.overview(account=samples.account(**account), lines=[samples.line()])
    pages.core.says("GET", "/customers/cu-1/overview", known)


async def stranger(pages: Site) -> Visitor:
    visitor = await pages.client()
    visitor.http.cookies.clear()
    return visitor


def plain(answer: httpx.Response) -> str:
    return re.sub("<[^>]+>", "", answer.text)


async def test_one_tap_and_a_confirmation_freeze_and_end_the_other_sessions(pages: Site) -> None:
    has(pages)
    pages.core.says("POST", "/accounts/ac-1/freezes", samples.order("account_freezing", state="succeeded"))
    visitor, other = await pages.client(), await pages.client()
    assert '/lyg/account/freeze">挂失' in (await visitor.get("/account")).text
    page = await visitor.get("/account/freeze")
    assert "钱转不出去" in page.text
    answer = await visitor.send(page)
    assert answer.headers["location"].startswith("/lyg/orders/")
    (sent,) = pages.core.sent("/accounts/ac-1/freezes")
    assert sent.body == {}
    assert (await visitor.get("/account")).status_code == 200
    ended = await other.http.get("/lyg/account", follow_redirects=True)
    assert "您的电子账户在别处挂失了" in ended.text


@pytest.mark.parametrize(
    ("account", "said", "lifts"),
    [
        ({"state": "lost", "freezes": [samples.freeze("customer")]}, "您挂失了这个账户：钱转不出去", True),
        (
            {"state": "frozen", "freezes": [samples.freeze("bank", reason="document")]},
            "银行冻结了这个账户，原因：您留的身份证件已经过期",
            False,
        ),
        (
            {
                "state": "frozen",
                "freezes": [samples.freeze("customer"), samples.freeze("bank", reason="law")],
            },
            "您自己的挂失也还在",
            True,
        ),
    ],
)
async def test_the_account_says_who_froze_it_and_only_the_own_freeze_can_be_lifted(
    pages: Site, account: dict[str, Any], said: str, lifts: bool
) -> None:
    has(pages, **account)
    visitor = await pages.client()
    shown = await visitor.get("/account")
    assert said in plain(shown)
    assert ("/lyg/account/unfreeze" in shown.text) is lifts
    assert (await visitor.get("/account/unfreeze")).status_code == (200 if lifts else 303)
    assert (await visitor.get("/account/freeze")).status_code == 303
    assert ("/lyg/top-up" in shown.text) is (account["state"] == "lost")


async def test_lifting_sends_the_fresh_check(pages: Site) -> None:
    has(pages, state="lost", freezes=[samples.freeze("customer")])
    pages.core.says("POST", "/accounts/ac-1/lifts", samples.order("account_lifting", state="succeeded"))
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/account/unfreeze"))
    assert answer.headers["location"].startswith("/lyg/orders/")
    (sent,) = pages.core.sent("/accounts/ac-1/lifts")
    assert sent.body["evidence"]["statement"]


async def test_a_visitor_freezes_before_login_and_the_lost_phone_is_logged_out(pages: Site) -> None:
    has(pages)
    phone, visitor = await pages.client(), await stranger(pages)
    asked = await visitor.get("/freeze")
    check = samples.card_check(pages.clock.wall(), action="account_freezing")
    pages.core.says("POST", "/freeze-checks", check)
    first, again = [await visitor.send(asked, **TYPED) for _ in range(2)]
    sent = pages.core.sent("/freeze-checks")
    assert sent[0].body == {
        "name": "李秀英", "id_number": "11010519491231002X", "card_number": CARD, "phone": "13800001111", "lang": "zh",
    }  # fmt: skip
    assert sent[0].intent == sent[1].intent
    assert CARD not in first.headers["location"] + again.headers["location"]
    key = sent[0].intent
    pages.core.says("GET", f"/freeze-checks/{key}", check)
    page = await visitor.http.get(first.headers["location"])
    pages.core.says(
        "POST",
        f"/freeze-checks/{key}/confirm",
        VisitorFreeze(frozen=True, customer_id="cu-1", last_four="3306"),
    )
    done = await visitor.send(page, code="１２３４５６")
    shown = await visitor.http.get(done.headers["location"])
    assert "您的电子账户（尾号 3306）已经挂失" in plain(shown)
    assert "您的电子账户在别处挂失了" in (await phone.http.get("/lyg/account", follow_redirects=True)).text


async def test_a_visitor_who_is_refused_is_told_that_nothing_is_frozen_and_whom_to_call(pages: Site) -> None:
    has(pages)
    visitor = await stranger(pages)
    asked = await visitor.get("/freeze")
    assert "身份证号不对" in (await visitor.send(asked, **TYPED | {"id_number": "110105194912310021"})).text
    reason = OrderReason(code="card.not_matched")
    failed = samples.card_check(pages.clock.wall(), action="account_freezing", state="failed", reason=reason)
    pages.core.says("POST", "/freeze-checks", failed)
    answer = await visitor.send(asked, **TYPED)
    pages.core.says("GET", f"/freeze-checks/{pages.core.sent('/freeze-checks')[-1].intent}", failed)
    assert "还没有挂失" in (await visitor.http.get(answer.headers["location"])).text
    full = Problem(429, REACHED, params={"most": 5, "until": samples.NOW.isoformat()})
    pages.core.says("POST", "/freeze-checks", full)
    told = await visitor.send(asked, **TYPED)
    assert told.status_code == 429
    assert "还没有挂失，请打电话" in told.text
    assert 'href="tel:0518-85501234"' in told.text


async def test_a_customer_who_is_logged_in_needs_no_card(pages: Site) -> None:
    has(pages)
    answer = await (await pages.client()).get("/freeze")
    assert answer.headers["location"] == "/lyg/account/freeze"
