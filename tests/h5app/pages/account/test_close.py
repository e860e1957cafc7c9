"""An account is closed by one confirmation, after what stands in the way. What is left of it stays readable."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from partner_adapters.core_bank.accounts import EntryPage
from partner_adapters.core_bank.closings import Obstacle, ObstacleKind
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
ADDRESS = "/accounts/ac-1/closing"


def has(pages: Site, **overview: Any) -> None:
    everything(pages.core)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(lines=[samples.line()], **overview))


def plain(answer: httpx.Response) -> str:
    return re.sub("<[^>]+>", "", answer.text)


@pytest.mark.parametrize(
    ("kind", "given", "said", "address"),
    [
        ("frozen", {}, "解除您自己的挂失", "/account/unfreeze"),
        ("frozen_by_bank", {}, "银行冻结了这个账户", "tel:0518-85501234"),
        ("balance", {"amount_fen": 12_345}, "¥123.45", "/withdraw"),
        ("order", {"ref": "in-1", "about": "top_up"}, "等正在办的事有结果", "/orders/in-1"),
        ("loan", {"ref": "lo-1", "amount_fen": 100}, "还清借款", "/loans/lo-1/repay"),
        ("application", {"ref": "ap-1"}, "取消申请", "/applications/ap-1"),
        ("difference", {}, "有一笔钱银行还在核对", "tel:0518-85501234"),
    ],
)
async def test_what_stands_in_the_way_is_named_with_the_way_to_clear_it(
    pages: Site, kind: ObstacleKind, given: dict[str, Any], said: str, address: str
) -> None:
    has(pages)
    pages.core.says("GET", ADDRESS, samples.closing(Obstacle(kind=kind, **given)))
    page = await (await pages.client()).get("/account/close")
    assert "现在还不能销户，账户没有变动" in page.text
    assert said in plain(page)
    assert f'{address}"' in page.text
    assert "确认销户" not in page.text


async def test_what_ends_with_the_account_is_given_up_by_a_tick_and_a_second_tap_closes_nothing_again(
    pages: Site,
) -> None:
    has(pages)
    visitor = await pages.client()
    assert "/lyg/account/close" in (await visitor.get("/account")).text
    page = await visitor.get("/account/close")
    assert "checked" not in page.text
    refused = await visitor.send(page)
    assert (refused.status_code, "账户还没有销户。要销户" in plain(refused)) == (422, True)
    assert not pages.core.sent(ADDRESS)
    pages.core.says("POST", ADDRESS, samples.order("account_closing", state="succeeded"))
    first = await visitor.send(page, give_up="yes")
    has(pages, account=None, former_accounts=[samples.former_account(account_id="ac-1")])
    again = await visitor.send(page, give_up="yes")
    assert first.headers["location"] == again.headers["location"]
    one, two = pages.core.sent(ADDRESS)
    assert one.intent == two.intent
    assert one.body["gives_up"] == ["ct-1"]
    assert one.body["evidence"]["statement"]
    assert (await visitor.get("/account/close")).headers["location"] == "/lyg/account"


@pytest.mark.parametrize("code", ["account.gives_up_more", "account.not_closable"])
async def test_what_came_in_between_is_shown_as_it_stands(pages: Site, code: str) -> None:
    has(pages)
    visitor = await pages.client()
    page = await visitor.get("/account/close")
    pages.core.says("POST", ADDRESS, Problem(409, code))
    if code == "account.not_closable":
        later = [samples.closing(), samples.closing(Obstacle(kind="balance", amount_fen=100))]
        pages.core.says("GET", ADDRESS, later[1])
    shown = await visitor.send(page, give_up="yes")
    said = "现在还不能销户" if code == "account.not_closable" else "和账户一起结束的有变化"
    assert said in plain(shown)
    assert "checked" not in shown.text


async def test_a_closed_account_can_be_read_and_another_be_opened(pages: Site) -> None:
    has(pages, account=None, former_accounts=[samples.former_account()])
    visitor = await pages.client()
    assert "尾号 0937，2026年11月20日销户" in plain(await visitor.get("/"))
    shown = await visitor.get("/account")
    assert "您现在没有电子账户" in shown.text
    assert "开通电子账户" in shown.text
    entries = EntryPage(items=[samples.entry()], next_cursor="7", found=samples.found_entries())
    pages.core.says("GET", "/accounts/ac-0/entries", entries)
    pages.core.says("GET", "/accounts/ac-0/entries/en-1", samples.entry())
    statement = await visitor.get("/entries?account=ac-0")
    assert "电子账户（尾号 0937），2026年11月20日已经销户" in plain(statement)
    assert "余额是" not in statement.text
    for named in ("/entries/en-1?account=ac-0", "cursor=7", 'name="account" value="ac-0"'):
        assert named in statement.text
    entry = await visitor.get("/entries/en-1?account=ac-0")
    made = await visitor.send(entry, to="/documents", document="receipt")
    assert made.headers["location"].startswith("/lyg/documents/")
    assert (await visitor.get("/entries?account=ac-9")).status_code == 303


@pytest.mark.parametrize(
    ("ends_on", "said"), [("2026-01-01", "已经到期"), ("2036-01-01", "在您销户时一起结束了")]
)
async def test_a_line_says_why_it_ended(pages: Site, ends_on: str, said: str) -> None:
    line = samples.line(state="ended", ends_on=ends_on)
    has(pages)
    pages.core.says("GET", "/lines/ln-1", line)
    assert said in (await (await pages.client()).get("/lines/ln-1")).text
