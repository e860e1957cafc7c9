"""转出限额: what left and what may, lowered at once, raised after a check."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
LIMITS = "/accounts/ac-1/limits"


def _bank(pages: Site, **limits: Any) -> None:
    everything(pages.core)
    account = samples.account()
    known = account.model_copy(update={"limits": account.limits.model_copy(update=limits)})
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(account=known))
    pages.core.says("POST", LIMITS, samples.order("limit_change"))


async def test_the_page_says_what_left_and_what_the_rules_allow(pages: Site) -> None:
    _bank(pages, used_today_fen=12_300, used_this_year_fen=45_600, own_each_fen=100_000)
    page = await (await pages.client()).get("/limits")
    assert "<dt>今天已转出</dt><dd>¥123.00</dd>" in page.text
    assert "<dt>今年已转出</dt><dd>¥456.00</dd>" in page.text
    assert "规定没有上限" in page.text
    assert 'name="each" value="1000"' in page.text
    _bank(pages, day_fen=200_000, year_fen=5_000_000, balance_most_fen=200_000)
    page = await (await pages.client()).get("/limits")
    assert "每天最多转出 2,000 元，每年最多 50,000 元，账户里最多放 2,000 元" in page.text


@pytest.mark.parametrize(
    ("typed", "checked", "sent"),
    [
        ("each=999&day=", False, ("999.00", None)),
        ("each=1000.01&day=5", True, None),
        ("each=&day=", True, None),
    ],
)
async def test_to_lower_needs_no_check_and_to_raise_or_drop_does(
    pages: Site, typed: str, checked: bool, sent: tuple[str, str | None] | None
) -> None:
    _bank(pages, own_each_fen=100_000)
    visitor = await pages.client(seen_ago=timedelta(minutes=6))
    page = await visitor.get(f"/limits?{typed}")
    assert ("要刷脸确认" in page.text) == checked
    answer = await visitor.send(page)
    assert answer.headers["location"].startswith("/lyg/face?" if checked else "/lyg/orders/")
    assert [(each.body["each"], each.body["day"]) for each in pages.core.sent(LIMITS)] == (
        [sent] if sent else []
    )


async def test_what_is_unchanged_or_not_an_amount_is_said_before_anything_is_confirmed(pages: Site) -> None:
    _bank(pages, own_each_fen=100_000)
    visitor = await pages.client()
    for typed, said in (("each=1000&day=", "和现在的限额一样"), ("each=x&day=", "金额请写成数字")):
        page = await visitor.get(f"/limits?{typed}")
        assert page.status_code == 422
        assert said in page.text
