"""What operators stopped is said before anything is typed, nothing typed is lost, and repaying goes on."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from h5app.confirming.actions import ACTIONS
from partner_adapters.core_bank.consents import ConsentTexts
from partner_adapters.core_bank.switches import StoppedAction
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.opening import CARD, PARTICULARS, opening_core
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
UNTIL = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SAID = '到<span class="whole">2026年11月24日 18:00</span>为止'
DRAW = "/lines/ln-1/draw?amount=20000&term=12&method=level_payment"
DRAWDOWNS = "/lines/ln-1/drawdowns"
# Where each action begins, what the page then says, and what it must not offer any more.
BEGINNINGS = {
    "account_opening": ("/account/open/particulars", "开户暂停办理", 'name="occupation"'),
    "pre_credit": ("/", "查额度暂停办理", "同意并看我的额度"),
    "top_up": ("/top-up", "充值暂停办理", 'name="amount"'),
    "class_raise": ("/account/raise", "升级账户暂停办理", 'name="card_number"'),
    "card_change": ("/card/new", "换绑银行卡暂停办理", 'name="card_number"'),
    "account_lifting": ("/account/unfreeze", "解除挂失暂停办理", 'name="intent"'),
    "application": ("/apply/sunshine_e_micro/amount", "申请贷款暂停办理", 'name="amount"'),
    "contract_signing": ("/contracts/ct-1/costs", "签合同暂停办理", 'name="read"'),
    "card_repayment": (
        "/loans/lo-1/repay-by-card?kind=part&amount=5000",
        "银行卡还款暂停办理",
        'name="intent"',
    ),
    "drawdown": ("/lines/ln-1/draw", "借款暂停办理", 'name="amount"'),
}


def customer(pages: Site, *kinds: str, until: datetime | None = UNTIL, **overview: Any) -> None:
    """A customer of whom everything is known and for whom these actions are stopped."""
    stopped = [StoppedAction(kind=kind, until=until) for kind in kinds]
    busy = samples.busy_overview().model_copy(update={"stopped": stopped, **overview})
    pages.core.says("GET", "/customers/cu-1/overview", busy)


def test_every_action_has_its_beginning_here_but_those_that_cannot_be_stopped() -> None:
    never = {"repayment", "withdrawal", "limit_change", "account_freezing", "account_closing"}
    assert BEGINNINGS.keys() == ACTIONS.keys() - never


@pytest.mark.parametrize("kind", BEGINNINGS)
async def test_the_page_says_until_when_before_anything_is_typed(pages: Site, kind: str) -> None:
    everything(pages.core)
    if kind == "account_opening":
        opening_core(pages.core)
    texts = [samples.consent_text("pre_credit_inquiry")]
    if kind == "pre_credit":
        pages.core.says("GET", "/consent-texts", ConsentTexts(items=texts))
    nothing_yet = {
        "account": None,
        "pre_credit": None,
        "lines": [],
        "loans": [],
        "todo": [],
        "applications": [],
    }
    lost = {"account": samples.account(state="lost", freezes=[samples.freeze("customer")])}
    known = {"account_opening": nothing_yet, "pre_credit": nothing_yet, "account_lifting": lost}
    customer(pages, kind, **known.get(kind, {}))
    address, said, gone = BEGINNINGS[kind]
    page = (await (await pages.client()).get(address)).text
    assert said in page
    assert SAID in page
    assert "还款、查明细和投诉照常" in page or "照常可以办" in page
    assert gone not in page


async def test_an_open_end_is_said_as_one(pages: Site) -> None:
    everything(pages.core)
    customer(pages, "drawdown", until=None)
    page = await (await pages.client(lang="en")).get("/lines/ln-1/draw")
    assert page.status_code == 409
    assert "Borrowing is paused" in page.text
    assert "We do not know yet when it will be back." in page.text


async def test_no_page_offers_what_is_stopped_and_repaying_is_offered(pages: Site) -> None:
    everything(pages.core)
    customer(pages, *BEGINNINGS)
    visitor = await pages.client()
    for address in (
        "/",
        "/account",
        "/lines/ln-1",
        "/contracts/ct-1",
        "/credit/sunshine_e_micro",
        "/loans/lo-1",
    ):
        page = (await visitor.get(address)).text
        begun = [
            path
            for path in ("/top-up", "/repay-by-card", "/draw", "/costs", "/apply/")
            if re.search(f'href="[^"]*{path}', page)
        ]
        assert begun == [], address
        assert 'action="/lyg/apply' not in page, address
    assert "/lyg/loans/lo-1/repay" in (await visitor.get("/loans/lo-1")).text
    assert (await visitor.get("/loans/lo-1/repay?kind=part&amount=5000")).status_code == 200


async def test_who_lacks_money_while_the_card_is_not_debited_is_led_to_repay_a_part(pages: Site) -> None:
    everything(pages.core)
    soon = samples.loan_summary()
    due = soon.next_due.model_copy(update={"due_on": date(2026, 11, 24)})
    poor = samples.account(balance_fen=100)
    customer(
        pages, "top_up", "card_repayment", account=poor, loans=[soon.model_copy(update={"next_due": due})]
    )
    visitor = await pages.client()
    home = (await visitor.get("/")).text
    assert "/lyg/loans/lo-1/repay" in home
    assert "/lyg/top-up" not in home
    asked = (await visitor.get("/loans/lo-1/repay")).text
    assert "可以先用账户里的钱还一部分" in asked


async def test_a_stop_in_between_is_said_before_the_check_and_loses_nothing(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client(seen_ago=timedelta(hours=1))
    page = await visitor.get(DRAW)
    customer(pages, "drawdown")
    refused = await visitor.send(page)
    assert refused.status_code == 409
    assert "这一次没有办，您的钱没有变动" in refused.text
    assert "您填的都还在" in refused.text
    assert SAID in refused.text
    assert pages.core.sent(DRAWDOWNS) == []
    [again] = re.findall(r'href="(/lyg/lines/ln-1/draw\?[^"]*saved=[^"]*)"', refused.text)
    still = await visitor.http.get(again)
    assert "借款暂停办理" in still.text
    customer(pages)
    back = await visitor.http.get(again.replace("&amp;", "&"))
    assert back.status_code == 200
    assert "20,000" in back.text


async def test_a_stop_that_only_the_bank_knows_of_is_said_as_well(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = await visitor.get(DRAW)
    params = {"action": "drawdown", "until": UNTIL.isoformat()}
    pages.core.says("POST", DRAWDOWNS, Problem(409, "action.stopped", params=params))
    refused = await visitor.send(page)
    assert refused.status_code == 409
    assert "借款暂停办理" in refused.text
    assert SAID in refused.text


async def test_a_second_tap_reaches_its_order_though_the_action_is_stopped_by_now(pages: Site) -> None:
    everything(pages.core)
    drawn = samples.order("drawdown", amount_fen=2_000_000, result={"loan_id": "lo-1"})
    pages.core.says("POST", DRAWDOWNS, drawn)
    visitor = await pages.client()
    page = await visitor.get(DRAW)
    first = await visitor.send(page)
    customer(pages, "drawdown")
    second = await visitor.send(page)
    assert second.headers["location"] == first.headers["location"]


async def test_what_was_typed_to_open_an_account_is_kept_over_a_stop(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    typing = await visitor.get("/account/open/particulars")
    stopped = [StoppedAction(kind="account_opening")]
    running = samples.overview(account=None)
    pages.core.says("GET", "/customers/cu-1/overview", running.model_copy(update={"stopped": stopped}))
    answer = await visitor.send(typing, **PARTICULARS)
    shown = await visitor.http.get(answer.headers["location"])
    assert "开户暂停办理" in shown.text
    pages.core.says("GET", "/customers/cu-1/overview", running)
    again = (await visitor.get("/account/open/particulars")).text
    assert PARTICULARS["address"] in again


async def test_a_stopped_card_check_leads_to_the_face(pages: Site) -> None:
    everything(pages.core)
    account = samples.account()
    bound = account.bound_card.model_copy(update={"last_four": CARD[-4:]})
    customer(pages, account=account.model_copy(update={"bound_card": bound}))
    visitor = await pages.client(seen_ago=timedelta(hours=1))
    to_card = await visitor.send(await visitor.get(DRAW), check_by="card")
    card = await visitor.http.get(to_card.headers["location"])
    pages.core.says("POST", "/customers/cu-1/card-checks", Problem(409, "card_check.stopped"))
    refused = await visitor.send(card, card_number=CARD, card_phone="19900000001")
    assert "银行暂停了用银行卡和短信验证" in refused.text
    assert "刷脸确认" in refused.text
