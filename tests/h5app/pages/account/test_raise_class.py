"""账户升级: only of a class III account, by its own card, after a check."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
RAISES = "/accounts/ac-1/class-raises"
CARD = {"card_number": "6216600000000061234", "card_phone": "13800008000"}


def _bank(pages: Site, account_class: str) -> None:
    everything(pages.core)
    account = samples.account(account_class=account_class)
    figures = {"day_fen": 200_000, "year_fen": 5_000_000, "balance_most_fen": 200_000}
    limits = account.limits.model_copy(update=figures if account_class == "III" else {})
    known = account.model_copy(update={"limits": limits})
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(account=known))
    pages.core.says("POST", RAISES, samples.order("class_raise"))


async def test_class_three_is_raised_by_its_own_card(pages: Site) -> None:
    _bank(pages, "III")
    visitor = await pages.client()
    assert 'href="/lyg/account/raise"' in (await visitor.get("/account")).text
    page = await visitor.get("/account/raise")
    assert "里面最多放 2,000 元，每天最多转出 2,000 元，每年最多 50,000 元" in page.text
    other = await visitor.send(page, **CARD | {"card_number": "6217000000000077788"})
    assert other.status_code == 422
    assert "请填绑定的那张卡，尾号 1234" in other.text
    await visitor.send(other, **CARD)
    (sent,) = pages.core.sent(RAISES)
    assert (sent.body["card_number"], bool(sent.body["evidence"])) == (CARD["card_number"], True)


async def test_it_needs_a_fresh_check(pages: Site) -> None:
    _bank(pages, "III")
    visitor = await pages.client(seen_ago=timedelta(minutes=6))
    answer = await visitor.send(await visitor.get("/account/raise"), **CARD)
    assert answer.headers["location"].startswith("/lyg/face?")
    assert pages.core.sent(RAISES) == []


async def test_an_account_of_class_two_has_nothing_to_raise(pages: Site) -> None:
    _bank(pages, "II")
    visitor = await pages.client()
    assert "/account/raise" not in (await visitor.get("/account")).text
    page = await visitor.get("/account/raise")
    assert "已经是 II 类户" in page.text
    assert "<form method" not in page.text.split("<footer")[0] or "card_number" not in page.text
