"""充值: the amount is confirmed, its debit authorised once, a large one checked; it leads on to a repayment."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from partner_adapters.core_bank.consents import ConsentList, ConsentTexts
from partner_adapters.core_bank.loans import NextDue
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.kit.values.problems import Problem, invalid
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
TOP_UPS = "/accounts/ac-1/top-ups"
GIVEN = "/customers/cu-1/consents"
DUE = NextDue(
    due_on=samples.TODAY, principal_fen=162_800, interest_fen=8_667, penalty_fen=0, total_fen=171_467
)


def _bank(pages: Site, loans: Any = (), **account: Any) -> None:
    everything(pages.core)
    known = samples.overview(account=samples.account(**account), loans=list(loans))
    pages.core.says("GET", "/customers/cu-1/overview", known)
    pages.core.says("GET", "/consent-texts", ConsentTexts(items=[samples.consent_text("card_debit")]))
    pages.core.says("POST", GIVEN, ConsentList(items=[samples.consent("card_debit")]))
    done = samples.order("top_up", amount_fen=10_000, result={"balance": "20200.00", "currency": "CNY"})
    pages.core.says("POST", TOP_UPS, done)
    pages.core.says("GET", "/orders/in-1", done)


async def test_the_button_says_the_amount_and_the_page_the_balance_after_it(pages: Site) -> None:
    _bank(pages)
    page = await (await pages.client()).get("/top-up?amount=100")
    assert re.search('<button class="button *" type="submit"[^>]*>确认充值 ¥100.00</button>', page.text)
    assert "<dt>充了以后</dt><dd>¥20,200.00</dd>" in page.text
    assert pages.core.sent(TOP_UPS) == []


async def test_the_question_names_card_account_and_limits(pages: Site) -> None:
    _bank(pages)
    page = await (await pages.client()).get("/top-up")
    assert page.status_code == 200
    assert "中国银行(1234)" in page.text.replace("（", "(").replace("）", ")")
    assert "现在可以充 1 到 5,000 元" in page.text
    assert '<form method="post"' not in page.text


async def test_the_result_says_the_new_balance(pages: Site) -> None:
    _bank(pages)
    page = await (await pages.client()).get("/orders/in-1")
    assert "<dt>账户余额</dt><dd>¥20,200.00</dd>" in page.text


@pytest.mark.parametrize(("typed", "said"), [("0.5", "最少 1 元"), ("5000.01", "最多 5,000 元")])
async def test_an_amount_beyond_the_limits_is_said_before_anything_is_confirmed(
    pages: Site, typed: str, said: str
) -> None:
    _bank(pages)
    page = await (await pages.client()).get(f"/top-up?amount={typed}")
    assert page.status_code == 422
    assert said in page.text
    assert "确认充值" not in page.text


async def test_the_first_top_up_asks_for_the_debit_authorisation_and_a_later_one_does_not(
    pages: Site,
) -> None:
    _bank(pages, debit_authorised=False)
    visitor = await pages.client()
    page = await visitor.get("/top-up?amount=100")
    text = samples.consent_text("card_debit")
    assert text.body["zh"][0] in page.text
    refused = await visitor.send(page)
    assert refused.status_code == 422
    assert "确认充值 ¥100.00" in refused.text
    assert 'id="card_debit-error"' in refused.text
    assert pages.core.sent(TOP_UPS) == pages.core.sent(GIVEN) == []
    await visitor.send(refused, card_debit="yes")
    (given,) = pages.core.sent(GIVEN)
    assert given.body["consents"] == [text.pinned()]
    assert len(pages.core.sent(TOP_UPS)) == 1
    _bank(pages)
    assert "card_debit" not in (await visitor.get("/top-up?amount=100")).text


async def test_a_text_that_has_changed_is_shown_and_asked_for_anew(pages: Site) -> None:
    _bank(pages, debit_authorised=False)
    visitor = await pages.client()
    page = await visitor.get("/top-up?amount=100")
    pages.core.says("POST", GIVEN, Problem(409, "consent.text_changed"))
    answer = await visitor.send(page, card_debit="yes")
    assert answer.status_code == 422
    assert 'id="card_debit-error"' in answer.text
    assert " checked" not in answer.text
    assert pages.core.sent(TOP_UPS) == []


@pytest.mark.parametrize(("amount", "checked"), [("5000", False), ("5000.01", True)])
async def test_a_large_top_up_needs_the_customer_seen_just_now(
    pages: Site, amount: str, checked: bool
) -> None:
    _bank(pages, top_up_max_fen=8_000_000)
    visitor = await pages.client(seen_ago=timedelta(minutes=6))
    page = await visitor.get(f"/top-up?amount={amount}")
    assert ("要刷脸确认" in page.text) == checked
    answer = await visitor.send(page)
    assert answer.headers["location"].startswith("/lyg/face?" if checked else "/lyg/orders/")
    assert len(pages.core.sent(TOP_UPS)) == (0 if checked else 1)


async def test_a_large_top_up_brings_the_evidence_of_a_check_that_is_still_fresh(pages: Site) -> None:
    _bank(pages, top_up_max_fen=8_000_000)
    visitor = await pages.client()
    await visitor.send(await visitor.get("/top-up?amount=80000"))
    (sent,) = pages.core.sent(TOP_UPS)
    assert (sent.body["amount"], bool(sent.body["evidence"])) == ("80000.00", True)


LATE = {"state": "overdue", "next_due": DUE}


@pytest.mark.parametrize("path", ["/", "/loans/lo-1"])
async def test_what_is_due_and_not_covered_is_one_button_to_repay_from_the_card(
    pages: Site, path: str
) -> None:
    _bank(pages, [samples.loan_summary(**LATE)], balance_fen=71_467)
    pages.core.says("GET", "/loans/lo-1", samples.loan(**LATE, due_now_fen=171_467))
    page = await (await pages.client()).get(path)
    onward = "/lyg/loans/lo-1/repay-by-card?kind=due&amp;amount="
    assert f'<a class="button" href="{onward}">从银行卡还款</a>' in page.text
    assert page.text.count('class="button"') == 1


@pytest.mark.parametrize("path", ["/", "/loans/lo-1"])
async def test_what_is_due_and_covered_is_one_button_to_the_confirmation(pages: Site, path: str) -> None:
    _bank(pages, [samples.loan_summary(**LATE)])
    pages.core.says("GET", "/loans/lo-1", samples.loan(**LATE, due_now_fen=171_467))
    page = await (await pages.client()).get(path)
    assert '<a class="button" href="/lyg/loans/lo-1/repay?kind=due&amp;amount=">去还款</a>' in page.text


async def test_a_repayment_that_the_account_does_not_cover_offers_to_bring_what_is_missing(
    pages: Site,
) -> None:
    _bank(pages, [samples.loan_summary()], balance_fen=4_333)
    refusal = invalid("amount", "account.insufficient", balance="43.33")
    pages.core.says("POST", "/loans/lo-1/repayment-quotes", refusal)
    page = await (await pages.client()).get("/loans/lo-1/repay?kind=full&amount=")
    assert page.status_code == 422
    onward = "/lyg/top-up?amount=15000.00&amp;repay=lo-1&amp;kind=full"
    assert f'<a class="button second" href="{onward}">充值 ¥15,000.00 并还款</a>' in page.text
    page = await (await pages.client()).get("/loans/lo-1/repay?kind=part&amount=50")
    assert "amount=6.67&amp;repay=lo-1&amp;kind=part&amp;part=50" in page.text


async def test_a_top_up_for_a_repayment_leads_on_to_it(pages: Site) -> None:
    _bank(pages, [samples.loan_summary(**LATE)])
    visitor = await pages.client()
    page = await visitor.get("/top-up?amount=1000.00&repay=lo-1&kind=due")
    assert "只充值还不算还款" in page.text
    answer = await visitor.send(page)
    assert answer.headers["location"].endswith("?repay=lo-1&kind=due")
    shown = await visitor.get("/orders/in-1?repay=lo-1&kind=due")
    assert '<a class="button" href="/lyg/loans/lo-1/repay?kind=due&amp;amount=">接着还款</a>' in shown.text


@pytest.mark.parametrize("named", ["lo-1", "lo-9", "../x"])
async def test_a_top_up_leads_on_to_no_repayment_that_the_customer_cannot_make(
    pages: Site, named: str
) -> None:
    _bank(pages, [samples.loan_summary(state="settled")])
    shown = await (await pages.client()).get(f"/orders/in-1?repay={named}&kind=due")
    assert '<a class="button" href="/lyg/">完成</a>' in shown.text
    assert "/repay?" not in shown.text


async def test_waiting_for_a_top_up_keeps_what_it_is_for(pages: Site) -> None:
    _bank(pages, [samples.loan_summary(**LATE)])
    pages.core.says("GET", "/orders/in-1", samples.order("top_up", state=OrderState.PROCESSING))
    shown = await (await pages.client()).get("/orders/in-1?repay=lo-1&kind=due")
    assert 'hx-get="/lyg/orders/in-1?repay=lo-1&amp;kind=due&amp;wait=4"' in shown.text
    assert 'href="/lyg/orders/in-1?repay=lo-1&amp;kind=due">刷新' in shown.text
