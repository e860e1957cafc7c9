"""Too late, too early, another customer's: each wrong state has its own honest page."""

from __future__ import annotations

import re

import pytest

from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything
from tests.support.pages.states import states

pytestmark = pytest.mark.anyio
ASKED = "?amount=20000&term=12&method=level_payment"


@pytest.mark.parametrize(
    ("came_for", "led_to", "said"),
    [
        ("/lines/ln-frozen/draw", "/lines/ln-frozen", "这个额度暂时不能用"),
        ("/lines/ln-ended/draw", "/lines/ln-ended", "这个额度已经到期，不能再借"),
        (f"/lines/ln-ended/draw{ASKED}", "/lines/ln-ended", "这个额度已经到期，不能再借"),
        ("/loans/lo-settled/repay", "/loans/lo-settled", "这笔借款已经还清"),
        ("/contracts/ct-preparing/costs", "/contracts/ct-preparing", "银行正在准备合同"),
        ("/contracts/ct-signing/costs", "/contracts/ct-signing", "正在签署合同"),
        ("/contracts/ct-signed/costs", "/contracts/ct-signed", "合同已经签好"),
        ("/contracts/ct-void/costs", "/contracts/ct-void", "这份合同已经作废"),
        ("/account/open/particulars", "/account", "电子账户（尾号 3306）"),
    ],
)
async def test_an_action_whose_time_is_over_or_has_not_come_leads_to_how_things_stand(
    pages: Site, came_for: str, led_to: str, said: str
) -> None:
    everything(pages.core)
    states(pages.core)
    visitor = await pages.client()
    answer = await visitor.get(came_for)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/lyg{led_to}")
    assert said in (await visitor.get(led_to)).text


@pytest.mark.parametrize(("state", "said"), [("frozen", "账户暂时不能用"), ("closed", "这个账户已经销户")])
async def test_nobody_is_asked_for_a_top_up_of_an_account_that_is_not_open(
    pages: Site, state: str, said: str
) -> None:
    account = samples.account(state=state)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(account=account))
    pages.core.says("GET", "/accounts/ac-1", account)
    visitor = await pages.client()
    answer = await visitor.get("/top-up")
    assert answer.headers["location"] == "/lyg/account"
    shown = (await visitor.get("/account")).text
    assert said in shown
    assert "/lyg/top-up" not in shown


@pytest.mark.parametrize(
    ("state", "said"), [("frozen", "这个账户暂时不能用"), ("closed", "这个账户已经销户")]
)
@pytest.mark.parametrize("path", ["/lines/ln-1", "/credit/sunshine_e_micro"])
async def test_nothing_is_offered_that_an_account_that_is_not_open_could_not_receive(
    pages: Site, path: str, state: str, said: str
) -> None:
    everything(pages.core)
    lines = [samples.line()] if "/lines/" in path else []
    stopped = samples.overview(account=samples.account(state=state), lines=lines)
    pages.core.says("GET", "/customers/cu-1/overview", stopped)
    shown = (await (await pages.client()).get(path)).text
    assert said in shown
    assert not re.search("/draw|/apply", shown)
    assert '<a class="button" href="tel:0518-85501234">' in shown


@pytest.mark.parametrize("asked", ["", ASKED])
async def test_drawing_into_an_account_that_is_not_open_leads_to_why_not(pages: Site, asked: str) -> None:
    everything(pages.core)
    frozen = samples.overview(account=samples.account(state="frozen"), lines=[samples.line()])
    pages.core.says("GET", "/customers/cu-1/overview", frozen)
    answer = await (await pages.client()).get(f"/lines/ln-1/draw{asked}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/lyg/lines/ln-1")


@pytest.mark.parametrize("asked", ["", ASKED])
@pytest.mark.parametrize("of_line", ["ln-1", "ln-2"])
async def test_while_a_loan_is_overdue_no_line_is_drawn_on(pages: Site, of_line: str, asked: str) -> None:
    everything(pages.core)
    late = samples.loan_summary(state="overdue", line_id=of_line)
    known = samples.overview(lines=[samples.line()], loans=[late])
    pages.core.says("GET", "/customers/cu-1/overview", known)
    visitor = await pages.client()
    answer = await visitor.get(f"/lines/ln-1/draw{asked}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/lyg/lines/ln-1")
    shown = (await visitor.get("/lines/ln-1")).text
    assert "还上以后，这个额度就可以再用" in shown
    assert "/draw" not in shown


@pytest.mark.parametrize("asked", ["", "?kind=part&amount=5000"])
async def test_repaying_from_an_account_that_is_not_open_leads_to_whom_to_ask(
    pages: Site, asked: str
) -> None:
    everything(pages.core)
    frozen = samples.overview(account=samples.account(state="frozen"), loans=[samples.loan_summary()])
    pages.core.says("GET", "/customers/cu-1/overview", frozen)
    visitor = await pages.client()
    answer = await visitor.get(f"/loans/lo-1/repay{asked}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/lyg/loans/lo-1")
    shown = (await visitor.get("/loans/lo-1")).text
    assert "从这里扣不了款" in shown
    assert "自动扣款" not in shown
    assert "/repay" not in shown
    assert '<a class="button" href="tel:0518-85501234">' in shown


@pytest.mark.parametrize("state", ["frozen", "ended"])
async def test_a_line_that_cannot_be_used_does_not_say_that_it_can_be_used_again(
    pages: Site, state: str
) -> None:
    everything(pages.core)
    pages.core.says("GET", "/lines/ln-1", samples.line(state=state))
    shown = (await (await pages.client()).get("/lines/ln-1")).text
    assert "可以再借" not in shown


async def test_an_account_closed_while_its_person_typed_says_that_nothing_was_taken(pages: Site) -> None:
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview())
    visitor = await pages.client()
    form = await visitor.get("/top-up?amount=100")
    pages.core.says("POST", "/accounts/ac-1/top-ups", Problem(409, "account.not_open"))
    answer = await visitor.send(form)
    assert answer.status_code == 409
    assert "您的钱没有变动" in answer.text
    assert "账户暂时不能用" in answer.text
    assert answer.headers["x-request-id"] in answer.text


@pytest.mark.parametrize(
    "path",
    ["/applications/ap-of-somebody", "/contracts/ct-x", "/lines/ln-x/draw", "/loans/lo-x", "/orders/in-x"],
)
async def test_what_is_somebody_elses_looks_like_what_is_not_there(pages: Site, path: str) -> None:
    everything(pages.core)
    page = await (await pages.client()).get(path)
    assert page.status_code == 404
    # Of an order that is not found here, the page cannot say that nothing happened.
    assert ("打开这个页面不会动您的钱" if "orders" in path else "您的钱没有变动") in page.text
    assert page.headers["x-request-id"] in page.text
