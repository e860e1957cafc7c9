"""提现: what can leave is said first, then fee and arrival, and the money leaves after a check only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from partner_adapters.core_bank.orders import OrderReason, OrderState
from partner_adapters.kit.values.problems import Problem, invalid
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
QUOTES, WITHDRAWALS = "/accounts/ac-1/withdrawal-quotes", "/accounts/ac-1/withdrawals"


def _bank(pages: Site, *, most_fen: int | None = None, **account: Any) -> None:
    everything(pages.core)
    known = samples.account(**account)
    if most_fen is not None:
        known = known.model_copy(
            update={"limits": known.limits.model_copy(update={"most_now_fen": most_fen})}
        )
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(account=known))
    pages.core.says("POST", WITHDRAWALS, samples.order("withdrawal", amount_fen=10_000))


async def test_the_question_says_what_can_leave_and_offers_it_all_by_one_tap(pages: Site) -> None:
    _bank(pages, most_fen=9_000, withdrawal_fee_fen=200, withdrawal_min_fen=100)
    visitor = await pages.client()
    page = await visitor.get("/withdraw")
    assert "<dt>现在最多能提</dt><dd>¥88.00</dd>" in page.text
    assert "<dt>手续费</dt><dd>¥2.00</dd>" in page.text
    assert 'href="/lyg/withdraw?amount=88"' in page.text
    assert '<form method="post"' not in page.text
    _bank(pages, most_fen=299, withdrawal_fee_fen=200, withdrawal_min_fen=100)
    page = await visitor.get("/withdraw")
    assert "按上面的限额，现在不能再提。账户里的钱都在。" in page.text
    assert "全部提出" not in page.text
    _bank(pages, most_fen=299, available_fen=299, withdrawal_fee_fen=200, withdrawal_min_fen=100)
    assert "现在没有可以提的钱" in (await visitor.get("/withdraw")).text


async def test_a_limit_of_the_customers_own_is_named_beside_what_it_leaves(pages: Site) -> None:
    _bank(pages)
    own = samples.account().limits.model_copy(update={"own_each_fen": 80_000, "most_now_fen": 80_000})
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(account=samples.account(limits=own)))
    page = (await (await pages.client()).get("/withdraw")).text
    for said in ("<dt>现在最多能提</dt><dd>¥800.00</dd>", "<dt>账户余额</dt><dd>¥20,100.00</dd>"):
        assert said in page
    assert "<dt>您定的每笔最多</dt><dd>¥800.00</dd>" in page
    assert "最多提出 ¥800.00" in page
    assert '<a class="link" href="/lyg/limits">改转出限额</a>' in page


async def test_the_confirmation_says_fee_total_and_arrival_and_sends_the_quote_after_a_fresh_check(
    pages: Site,
) -> None:
    _bank(pages)
    quote = samples.withdraw_quote(fee_fen=200)
    pages.core.says("POST", QUOTES, quote)
    visitor = await pages.client()
    page = await visitor.get("/withdraw?amount=100")
    for said in ("<dt>账户一共扣</dt><dd>¥102.00</dd>", "一般 30 分钟内", "确认提现 ¥100.00"):
        assert said in page.text
    assert pages.core.sent(WITHDRAWALS) == []
    answer = await visitor.send(page)
    assert answer.headers["location"].startswith("/lyg/orders/")
    (sent,) = pages.core.sent(WITHDRAWALS)
    assert (sent.body["amount"], sent.body["quote_sha256"]) == ("100.00", quote.sha256)
    assert sent.body["evidence"]
    late = await pages.client(seen_ago=timedelta(minutes=6))
    page = await late.get("/withdraw?amount=100")
    assert "要刷脸确认" in page.text
    assert (await late.send(page)).headers["location"].startswith("/lyg/face?")
    assert len(pages.core.sent(WITHDRAWALS)) == 1


async def test_a_refused_amount_and_a_changed_fee_are_said_and_nothing_leaves(pages: Site) -> None:
    _bank(pages)
    visitor = await pages.client()
    page = await visitor.get("/withdraw?amount=100")
    pages.core.says("POST", WITHDRAWALS, Problem(409, "quote.changed"))
    pages.core.says("POST", QUOTES, samples.withdraw_quote(fee_fen=200))
    changed = await visitor.send(page)
    assert "手续费或到账时间变了" in changed.text
    assert "<dt>手续费</dt><dd>¥2.00</dd>" in changed.text
    refusal = invalid("amount", "account.not_enough", available="1.00", currency="CNY")
    pages.core.says("POST", QUOTES, refusal)
    page = await visitor.get("/withdraw?amount=100")
    assert page.status_code == 422
    assert 'id="amount-error"' in page.text
    assert "确认提现" not in page.text


@pytest.mark.parametrize("state", ["lost", "frozen"])
async def test_a_frozen_account_shows_no_way_out(pages: Site, state: str) -> None:
    _bank(pages, state=state)
    visitor = await pages.client()
    assert "/lyg/withdraw" not in (await visitor.get("/account")).text
    page = await visitor.get("/withdraw?amount=100")
    assert pages.core.sent(QUOTES) == []
    assert "确认提现" not in page.text


async def test_a_refused_withdrawal_says_that_the_money_is_back_and_why(pages: Site) -> None:
    _bank(pages)
    failed = samples.order(
        "withdrawal", state=OrderState.FAILED, amount_fen=10_000, reason=OrderReason(code="card.closed")
    )
    pages.core.says("GET", "/orders/in-1", failed)
    page = await (await pages.client()).get("/orders/in-1")
    assert "钱还在您的电子账户里" in page.text
    assert "收款的银行卡已经销户或停用" in page.text
    # The same card would refuse again.
    assert '<a class="button" href="/lyg/card/new">' in page.text
