"""Repaying shows first what it pays and saves, and the money moves once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from partner_adapters.core_bank import loans
from partner_adapters.core_bank.consents import ConsentList, ConsentTexts
from partner_adapters.core_bank.customers import OrderBrief
from partner_adapters.core_bank.orders import OrderReason, OrderState
from partner_adapters.core_bank.switches import StoppedAction
from partner_adapters.kit.values.problems import FieldError, Problem
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
REPAY = "/loans/lo-1/repay"
PART = f"{REPAY}?kind=part&amount=5000"
QUOTES = "/loans/lo-1/repayment-quotes"
REPAYMENTS = "/loans/lo-1/repayments"
REPAID = samples.order("repayment", amount_fen=500_000)


async def test_the_quote_splits_the_money_and_says_what_it_saves(pages: Site) -> None:
    everything(pages.core)
    page = (await (await pages.client()).get(PART)).text
    for said in ("¥5,000.00", "伍仟元整", "¥4,956.67", "¥43.33", "少付 139.12 元", "看全部 11 期还款计划"):
        assert said in page


async def test_early_repayment_says_that_the_fee_stays_taken(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    kept = "放款时已经收的放款服务费 210 元，提前还款不退。"
    by_card = "/loans/lo-1/repay-by-card"
    addresses = (
        REPAY,
        PART,
        f"{REPAY}?kind=full",
        f"{by_card}?kind=part&amount=5000",
        f"{by_card}?kind=full",
    )
    for address in addresses:
        assert "不退" not in (await visitor.get(address)).text, address
    pages.core.says("GET", "/loans/lo-1", samples.loan_with_fee())
    for address in addresses:
        assert kept in (await visitor.get(address)).text, address
    # On the last day nothing is saved any more, and the fee stays taken all the same.
    pages.core.says("POST", QUOTES, samples.repay_quote(kind="full", interest_saved_fen=0))
    last_day = (await visitor.get(f"{REPAY}?kind=full")).text
    assert (kept in last_day, "少付" in last_day) == (True, False)
    # An instalment on its day is not repaid early.
    pages.core.says("GET", "/loans/lo-1", samples.loan_with_fee(due_now_fen=171_467))
    pages.core.says("POST", QUOTES, samples.repay_quote(kind="due", interest_saved_fen=0))
    due = await visitor.get(f"{REPAY}?kind=due")
    assert (due.status_code, kept in due.text) == (200, False)


async def test_confirming_repays_what_was_quoted_once(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("POST", REPAYMENTS, REPAID)
    visitor = await pages.client()
    page = await visitor.get(PART)
    for _tap in range(2):
        answer = await visitor.send(page)
    first, second = pages.core.sent(REPAYMENTS)
    assert first == second
    assert first.body == {"kind": "part", "amount": "5000.00", "currency": "CNY", "quote_sha256": samples.SHA}
    assert answer.headers["location"] == f"/lyg/orders/{first.intent}"


async def test_repaying_all_needs_no_amount(pages: Site) -> None:
    everything(pages.core)
    await (await pages.client()).get(f"{REPAY}?kind=full&amount=")
    (asked,) = pages.core.sent("/loans/lo-1/repayment-quotes")
    assert asked.body == {"kind": "full", "amount": None, "currency": "CNY"}


async def test_too_little_in_the_account_is_said_beside_the_amount(pages: Site) -> None:
    everything(pages.core)
    error = FieldError(field="amount", code="account.insufficient", params={"balance": "300.00"})
    pages.core.says("POST", "/loans/lo-1/repayment-quotes", Problem(422, error.code, errors=[error]))
    page = await (await pages.client()).get(PART)
    assert page.status_code == 422
    assert "电子账户里有 300 元" in page.text
    assert 'value="5000"' in page.text


async def test_only_what_is_due_can_be_paid_as_due(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    assert 'value="due"' not in (await visitor.get(REPAY)).text
    overdue = samples.loan(state="overdue", due_now_fen=171_467)
    pages.core.says("GET", "/loans/lo-1", overdue)
    page = (await visitor.get(REPAY)).text
    assert 'value="due" checked' in page
    assert "1,714.67 元" in page


async def test_figures_that_changed_are_shown_before_money_moves(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = await visitor.get(PART)
    pages.core.says("POST", REPAYMENTS, Problem(409, "quote.changed"))
    changed = await visitor.send(page)
    assert changed.status_code == 409
    assert "还没有扣款" in changed.text


async def test_penalty_interest_is_named_apart(pages: Site) -> None:
    everything(pages.core)
    parts = samples.owed(penalty_fen=1_234, total_fen=1_505_567)
    quote = samples.repay_quote(kind="full", parts=parts, outstanding_after_fen=0, plan_after=[])
    pages.core.says("POST", "/loans/lo-1/repayment-quotes", quote)
    page = (await (await pages.client()).get(f"{REPAY}?kind=full")).text
    assert "其中罚息" in page
    assert "¥12.34" in page


async def test_a_settled_loan_has_nothing_to_repay(pages: Site) -> None:
    everything(pages.core)
    settled = samples.loan(state="settled", outstanding_fen=0, next_due=None)
    pages.core.says("GET", "/loans/lo-1", settled)
    visitor = await pages.client()
    assert (await visitor.get(REPAY)).headers["location"] == "/lyg/loans/lo-1"
    page = (await visitor.get("/loans/lo-1")).text
    assert "已经还清" in page
    assert REPAY not in page


async def test_an_overdue_loan_says_what_to_do_without_fear(pages: Site) -> None:
    everything(pages.core)
    due = loans.NextDue(
        due_on=samples.TODAY, principal_fen=162_800, interest_fen=8_667, penalty_fen=100, total_fen=171_567
    )
    overdue = samples.loan(state="overdue", due_now_fen=171_567, next_due=due)
    pages.core.says("GET", "/loans/lo-1", overdue)
    page = (await (await pages.client()).get("/loans/lo-1")).text
    assert "有 1,715.67 元已经过了还款日" in page
    assert "0518-8550 1234" in page


BY_CARD = "/loans/lo-1/repay-by-card?kind=part&amount=5000"
CARD_REPAYMENTS = "/loans/lo-1/card-repayments"


async def test_the_question_leads_to_the_card_and_back(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    asked = await visitor.get(f"{PART}&source=card")
    assert asked.headers["location"] == f"/lyg{BY_CARD}"
    page = (await visitor.get(BY_CARD)).text
    for said in ("¥5,000.00", "伍仟元整", "中国银行（1234）", "多出的留在您的电子账户", "少付 139.12 元"):
        assert said in page
    assert 'name="card_debit"' not in page
    changed = await visitor.get(f"{BY_CARD}&change=1")
    question = (await visitor.get(changed.headers["location"].removeprefix("/lyg"))).text
    assert 'value="card" checked' in question
    assert 'value="5000"' in question
    assert (await visitor.get("/loans/lo-1/repay-by-card")).headers["location"].startswith(f"/lyg{REPAY}")


async def test_the_card_is_debited_once_on_an_authorisation_that_is_given_with_it(pages: Site) -> None:
    everything(pages.core)
    pages.core.says(
        "POST", "/loans/lo-1/card-repayment-quotes", samples.card_repay_quote(debit_authorised=False)
    )
    pages.core.says("GET", "/consent-texts", ConsentTexts(items=[samples.consent_text("card_debit")]))
    pages.core.says("POST", "/customers/cu-1/consents", ConsentList(items=[samples.consent("card_debit")]))
    pages.core.says("POST", CARD_REPAYMENTS, samples.order("card_repayment", amount_fen=500_000))
    visitor = await pages.client()
    page = await visitor.get(BY_CARD)
    assert (await visitor.send(page)).status_code == 422
    assert pages.core.sent(CARD_REPAYMENTS) == []
    for _tap in range(2):
        await visitor.send(page, card_debit="yes")
    first, second = pages.core.sent(CARD_REPAYMENTS)
    assert first == second
    assert first.body["quote_sha256"] == samples.SHA
    assert pages.core.sent("/customers/cu-1/consents")[0].body["consents"][0]["purpose"] == "card_debit"


async def test_a_large_repayment_from_the_card_needs_a_fresh_check(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("POST", "/loans/lo-1/card-repayment-quotes", samples.card_repay_quote(unchecked_fen=100))
    pages.core.says("POST", CARD_REPAYMENTS, samples.order("card_repayment", amount_fen=500_000))
    visitor = await pages.client()
    pages.clock.advance(timedelta(minutes=6))
    asked = await visitor.send(await visitor.get(BY_CARD))
    assert "/orders/" not in asked.headers["location"]
    assert pages.core.sent(CARD_REPAYMENTS) == []


async def test_an_account_that_holds_too_little_is_no_dead_end(pages: Site) -> None:
    everything(pages.core)
    error = FieldError(field="amount", code="account.insufficient", params={"balance": "300.00"})
    pages.core.says("POST", "/loans/lo-1/repayment-quotes", Problem(422, error.code, errors=[error]))
    visitor = await pages.client()
    page = (await visitor.get(PART)).text
    assert f'href="/lyg{BY_CARD.replace("&", "&amp;")}"' in page
    stopped = [StoppedAction(kind="card_repayment", until=None)]
    pages.core.says(
        "GET", "/customers/cu-1/overview", samples.busy_overview().model_copy(update={"stopped": stopped})
    )
    page = (await visitor.get(PART)).text
    assert "repay-by-card" not in page
    assert 'value="card"' not in page


async def test_while_one_is_under_way_the_bank_refuses_another_and_the_page_shows_it(pages: Site) -> None:
    everything(pages.core)
    running = OrderBrief(
        intent="in-8",
        kind="card_repayment",
        state=OrderState.PROCESSING,
        amount_fen=100,
        created_at=samples.NOW,
    )
    busy = samples.busy_overview().model_copy(update={"running_orders": [running]})
    pages.core.says("GET", "/customers/cu-1/overview", busy)
    pages.core.says("POST", "/loans/lo-1/card-repayment-quotes", Problem(409, "loan.card_repayment_running"))
    visitor = await pages.client()
    page = await visitor.get(BY_CARD)
    assert page.status_code == 422
    assert "还没有结果" in page.text
    assert 'href="/lyg/orders/in-8"' in page.text
    # Nor is it forgotten where the money would come from the account.
    assert 'name="another"' in (await visitor.get(PART)).text


async def test_what_went_to_the_account_and_what_the_bank_keeps_is_said(pages: Site) -> None:
    everything(pages.core)
    result = {"loan_id": "lo-1", "principal": "0.00", "interest": "0.00", "to_account": "5000.00"}
    done = samples.order("card_repayment", amount_fen=500_000, result=result)
    pages.core.says("GET", "/orders/in-1", done)
    visitor = await pages.client()
    page = (await visitor.get("/orders/in-1")).text
    assert "多出的，留在电子账户" in page
    held = OrderReason(code="account.held", params={"amount": "5000.00"})
    failed = samples.order("card_repayment", state=OrderState.FAILED, amount_fen=500_000, reason=held)
    pages.core.says("GET", "/orders/in-1", failed)
    page = (await visitor.get("/orders/in-1")).text
    assert "银行替您单独保管着" in page
    assert "再还一次" not in page
