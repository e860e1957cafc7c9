"""Confirming and following: the bank acts once whatever is tapped, and an unknown outcome is shown as unknown."""

import asyncio
import re
from datetime import timedelta
from html import unescape
from typing import Any, NoReturn

import httpx
import pytest

from h5app.confirming.actions import ACTIONS
from partner_adapters.core_bank.dates import NOT_OPEN
from partner_adapters.core_bank.orders import OrderReason, OrderState, OrderStep
from partner_adapters.core_bank.pre_credit import PreCredit
from partner_adapters.kit.values.problems import Problem, invalid
from tests.support.houses.site import Site, Visitor
from tests.support.pages import samples
from tests.support.pages.opening import order
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
TOP_UPS = "/accounts/ac-1/top-ups"


def _bank(pages: Site, reply: Any = None) -> None:
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview())
    pages.core.says("POST", TOP_UPS, reply or top_up())


def top_up(**changes: Any) -> Any:
    given: dict[str, Any] = {
        "kind": "top_up",
        "amount_fen": 10_000,
        "source": {"zh": "中国银行（1234）", "en": "Bank of China (1234)"},
        "target": {"zh": "电子账户（3306）", "en": "Electronic account (3306)"},
        "steps": [OrderStep(name="confirmed", at=samples.NOW), OrderStep(name="waiting_for_bank")],
    }
    return order(**given | changes)


async def _follow(visitor: Visitor, answer: httpx.Response) -> httpx.Response:
    assert answer.status_code == 303, answer.text
    return await visitor.http.get(answer.headers["location"])


def _keys(pages: Site) -> list[str | None]:
    return [call.intent for call in pages.core.sent(TOP_UPS)]


async def test_a_second_tap_sends_the_same_intent(pages: Site) -> None:
    _bank(pages)
    visitor = await pages.client()
    form = await visitor.get("/top-up?amount=100")
    first, second = await visitor.send(form), await visitor.send(form)
    assert first.headers["location"] == second.headers["location"]
    assert len(set(_keys(pages))) == 1


async def test_two_tabs_opened_before_confirming_send_the_same_intent(pages: Site) -> None:
    _bank(pages)
    visitor = await pages.client()
    one, other = await visitor.get("/top-up?amount=100"), await visitor.get("/top-up?amount=100")
    await visitor.send(one)
    await visitor.send(other)
    assert len(set(_keys(pages))) == 1


async def test_another_amount_before_the_outcome_is_known_shows_what_happened_instead_of_paying_again(
    pages: Site,
) -> None:
    _bank(pages)
    visitor = await pages.client()
    first = await visitor.send(await visitor.get("/top-up?amount=100"))
    again = await visitor.send(await visitor.get("/top-up?amount=200"))
    assert again.headers["location"] == first.headers["location"] + "?earlier=1"
    (key,) = map(str, _keys(pages))
    pages.core.says("GET", f"/orders/{key}", top_up(intent=key))
    assert "刚才新填的没有提交" in (await _follow(visitor, again)).text
    assert "刚才新填的没有提交" not in (await _follow(visitor, first)).text


@pytest.mark.parametrize("state", [OrderState.SUCCEEDED, OrderState.FAILED])
async def test_after_a_known_outcome_the_next_top_up_is_another_intent(
    pages: Site, state: OrderState
) -> None:
    _bank(pages, top_up(state=state))
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/top-up?amount=100"))
    key = str(_keys(pages)[0])
    pages.core.says("GET", f"/orders/{key}", top_up(intent=key, state=state))
    await _follow(visitor, answer)
    await visitor.send(await visitor.get("/top-up?amount=100"))
    assert len(set(_keys(pages))) == 2


@pytest.mark.parametrize("state", [OrderState.SUCCEEDED, OrderState.FAILED])
async def test_an_outcome_whose_page_never_reached_the_phone_is_not_behind_the_person_yet(
    pages: Site, state: OrderState
) -> None:
    _bank(pages, top_up(state=state))
    visitor = await pages.client()
    await visitor.send(await visitor.get("/top-up?amount=100"))
    await visitor.send(await visitor.get("/top-up?amount=100"))
    assert len(set(_keys(pages))) == 1


@pytest.mark.parametrize("reply", [None, Problem(503, "gateway")])
async def test_going_back_while_the_outcome_is_unknown_never_pays_twice(pages: Site, reply: Any) -> None:
    _bank(pages, reply)
    visitor = await pages.client()
    first = await visitor.send(await visitor.get("/top-up?amount=100"))
    again = await visitor.send(await visitor.get("/top-up?amount=100"))
    assert len(set(_keys(pages))) == 1
    assert again.headers["location"] == first.headers["location"]


def down(_body: object) -> NoReturn:
    raise httpx.ConnectError("nobody listens")


@pytest.mark.parametrize(
    "silent",
    [
        ("POST", TOP_UPS, down),
        ("GET", "/customers/cu-1/overview", down),
        ("GET", "/customers/cu-1/overview", Problem(503, "party.down")),
    ],
    ids=["the command", "a look before it", "a look before it, refused"],
)
@pytest.mark.parametrize("later", [timedelta(), timedelta(seconds=30), timedelta(minutes=3)], ids=str)
async def test_a_tap_that_cannot_leave_never_says_that_nothing_was_done_by_the_one_before(
    pages: Site, silent: tuple[str, str, Any], later: timedelta
) -> None:
    _bank(pages, Problem(503, "gateway"))
    visitor = await pages.client()
    form = await visitor.get("/top-up?amount=100")
    another = await visitor.get("/top-up?amount=200")
    first = await visitor.send(form)
    pages.core.says(*silent)
    pages.clock.advance(later)
    again = await visitor.send(form)
    other = await visitor.send(another)
    assert again.headers["location"] == first.headers["location"]
    assert other.headers["location"].startswith(first.headers["location"])
    if later < timedelta(minutes=1):
        shown = await _follow(visitor, again)
        assert "银行正在处理这笔充值" in shown.text
        assert "什么都没有" not in shown.text


async def test_a_first_tap_that_cannot_leave_says_that_nothing_was_done(pages: Site) -> None:
    _bank(pages)
    pages.core.says("POST", TOP_UPS, down)
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/top-up?amount=100"))
    assert answer.status_code == 503
    assert "什么都没有办，您的钱没有变动" in answer.text


async def test_while_the_bank_has_not_opened_its_day_nothing_is_done_and_what_was_typed_is_kept(
    pages: Site,
) -> None:
    _bank(pages, Problem(503, NOT_OPEN))
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/top-up?amount=100"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "银行今天还没有开始办理" in answer.text
    assert "您的钱没有变动" in answer.text
    again = re.search(r'href="([^"]*saved=[^"]*)"', answer.text)
    assert again is not None
    form = await visitor.http.get(unescape(again[1]))
    assert 'value="100"' in form.text
    # It was never sent, so the next attempt is the first one.
    pages.core.says("POST", TOP_UPS, top_up())
    assert (await visitor.send(form)).status_code == 303


async def test_what_is_unknown_of_one_wish_hides_nothing_of_another(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("POST", TOP_UPS, Problem(503, "gateway"))
    visitor = await pages.client()
    await visitor.send(await visitor.get("/top-up?amount=100"))
    repaying = await visitor.get("/loans/lo-1/repay?kind=part&amount=5000")
    pages.core.says("POST", "/loans/lo-1/repayments", down)
    answer = await visitor.send(repaying)
    assert answer.status_code == 503


async def test_a_tap_that_learns_the_outcome_frees_the_next_one(pages: Site) -> None:
    _bank(pages)
    visitor = await pages.client()
    await visitor.send(await visitor.get("/top-up?amount=100"))
    key = str(_keys(pages)[0])
    pages.core.says("GET", f"/orders/{key}", top_up(intent=key, state=OrderState.SUCCEEDED))
    pages.core.says("POST", TOP_UPS, Problem(422, "intent.reused"))
    answer = await visitor.send(await visitor.get("/top-up?amount=50"))
    assert answer.headers["location"].endswith(f"{key}?earlier=1")
    await _follow(visitor, answer)
    await visitor.send(await visitor.get("/top-up?amount=50"))
    assert len(set(_keys(pages))) == 2


async def test_whoever_has_seen_the_outcome_may_top_up_again_at_once(pages: Site) -> None:
    _bank(pages)
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/top-up?amount=100"))
    key = str(_keys(pages)[0])
    pages.core.says("GET", f"/orders/{key}", top_up(intent=key, state=OrderState.SUCCEEDED))
    assert "充值成功" in (await _follow(visitor, answer)).text
    await visitor.send(await visitor.get("/top-up?amount=100"))
    assert len(set(_keys(pages))) == 2


async def test_two_minutes_later_it_is_another_wish(pages: Site) -> None:
    _bank(pages)
    visitor = await pages.client()
    await visitor.send(await visitor.get("/top-up?amount=100"))
    pages.clock.advance(timedelta(minutes=2, seconds=1))
    await visitor.send(await visitor.get("/top-up?amount=100"))
    assert len(set(_keys(pages))) == 2


async def test_a_refused_form_is_sent_again_with_the_same_intent(pages: Site) -> None:
    refusal = invalid("amount", "amount.too_large", min="1.00", max="5000.00")
    _bank(pages, refusal)
    visitor = await pages.client()
    form = await visitor.get("/top-up?amount=100")
    assert (await visitor.send(form)).status_code == 422
    pages.core.says("POST", TOP_UPS, top_up())
    await visitor.send(form)
    assert len(set(_keys(pages))) == 1


async def test_people_in_different_sessions_never_share_an_intent(pages: Site) -> None:
    _bank(pages)
    for visitor in (await pages.client(), await pages.client()):
        await visitor.send(await visitor.get("/top-up?amount=100"))
    assert len(set(_keys(pages))) == 2


async def test_an_intent_of_another_session_is_refused_and_what_was_typed_is_kept(pages: Site) -> None:
    _bank(pages)
    mine, theirs = await pages.client(), await pages.client()
    form, foreign = await mine.get("/top-up?amount=100"), await theirs.get("/top-up?amount=100")
    stolen = foreign.text.split('name="intent" value="')[1].split('"')[0]
    answer = await mine.send(form, intent=stolen)
    assert answer.status_code == 409
    assert pages.core.sent(TOP_UPS) == []
    again = answer.text.split('class="button" href="')[1].split('"')[0]
    assert 'value="100"' in (await mine.http.get(again)).text


async def test_a_lost_answer_is_shown_as_processing_and_then_as_it_turned_out(pages: Site) -> None:
    _bank(pages, Problem(503, "gateway"))
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/top-up?amount=100"))
    shown = await _follow(visitor, answer)
    assert shown.status_code == 200
    assert "银行正在处理这笔充值" in shown.text
    assert "不会重复扣除" in shown.text
    key = _keys(pages)[0]
    pages.core.says("GET", f"/orders/{key}", top_up(intent=key, state=OrderState.SUCCEEDED))
    assert "充值成功" in (await _follow(visitor, answer)).text


async def test_a_silent_bank_is_never_shown_as_failure_or_success(pages: Site) -> None:
    _bank(pages)
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/top-up?amount=100"))
    pages.core.says("GET", f"/orders/{_keys(pages)[0]}", Problem(500, "internal"))
    shown = await _follow(visitor, answer)
    assert shown.status_code == 200
    assert "银行正在处理这笔充值" in shown.text
    assert "银行暂时没有回应" in shown.text


async def test_an_order_the_bank_never_saw_is_called_nothing_only_after_it_can_no_longer_arrive(
    pages: Site,
) -> None:
    _bank(pages, Problem(503, "gateway"))
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/top-up?amount=100"))
    pages.clock.advance(timedelta(seconds=59))
    assert "银行正在处理这笔充值" in (await _follow(visitor, answer)).text
    pages.clock.advance(timedelta(seconds=1))
    nothing = await _follow(visitor, answer)
    assert nothing.status_code == 404
    assert "什么都没有发生" in nothing.text
    assert 'href="/lyg/top-up"' in nothing.text


async def test_a_command_sent_once_more_may_arrive_until_as_long_after_that(pages: Site) -> None:
    """Else the page says that nothing happened, and then it happens."""
    _bank(pages, Problem(503, "gateway"))
    visitor = await pages.client()
    form = await visitor.get("/top-up?amount=100")
    await visitor.send(form)
    pages.clock.advance(timedelta(seconds=50))
    answer = await visitor.send(form)
    pages.clock.advance(timedelta(seconds=59))
    assert "银行正在处理这笔充值" in (await _follow(visitor, answer)).text
    pages.clock.advance(timedelta(seconds=1))
    assert "什么都没有发生" in (await _follow(visitor, answer)).text


@pytest.mark.parametrize("second", [top_up(), Problem(503, "gateway")])
async def test_of_two_taps_the_refused_one_does_not_make_the_other_forgotten(
    pages: Site, second: Any
) -> None:
    """The first is refused when the second is already under way, and the bank takes that one."""
    visitor, key = await _two_taps(pages, [invalid("amount", "amount.too_large"), second])
    assert "银行正在处理这笔充值" in (await visitor.get(f"/orders/{key}")).text
    pages.core.says("GET", f"/orders/{key}", top_up(intent=key, state=OrderState.SUCCEEDED))
    assert "充值成功" in (await visitor.get(f"/orders/{key}")).text
    await visitor.send(await visitor.get("/top-up?amount=100"))
    assert len(set(_keys(pages))) == 2


async def test_two_taps_that_are_both_refused_leave_nothing_to_wait_for(pages: Site) -> None:
    visitor, key = await _two_taps(pages, [invalid("amount", "amount.too_large")] * 2)
    assert "您在这里没有这个编号的记录" in (await visitor.get(f"/orders/{key}")).text


async def _two_taps(pages: Site, replies: list[Any]) -> tuple[Visitor, str]:
    """On one form; the bank has both before it answers the first, whose page is there before it answers the other."""
    waiting, both, first_known = iter(replies), asyncio.Event(), asyncio.Event()

    async def reply(_body: Any) -> Any:
        mine = next(waiting)
        if len(_keys(pages)) == 2:
            both.set()
            await first_known.wait()
        await both.wait()
        return mine

    _bank(pages, reply)
    visitor = await pages.client()
    form = await visitor.get("/top-up?amount=100")

    async def tap() -> None:
        await visitor.send(form)
        first_known.set()

    await asyncio.gather(tap(), tap())
    (key,) = set(_keys(pages))
    return visitor, str(key)


async def test_an_order_nobody_placed_says_that_nothing_happened(pages: Site) -> None:
    visitor = await pages.client()
    page = await visitor.get("/orders/made-up")
    assert page.status_code == 404
    assert "您在这里没有这个编号的记录" in page.text


async def test_the_reference_leads_to_the_order_of_its_customer_and_of_nobody_else(pages: Site) -> None:
    visitor = await pages.client()
    pages.core.says("GET", "/orders/3f7k21qx", top_up(intent="key-1"))
    answer = await visitor.get("/orders/3f7k21qx?lang=zh")
    assert (answer.status_code, answer.headers["location"]) == (303, "/lyg/orders/key-1?lang=zh")
    pages.core.says("GET", "/orders/3F7K-21QX", top_up(intent="key-1", customer_id="cu-2"))
    unknown = await visitor.get("/orders/ZZZZ-ZZZZ")
    others = await visitor.get("/orders/3F7K-21QX")
    assert (others.status_code, unknown.status_code) == (404, 404)
    assert "您在这里没有这个编号的记录" in others.text
    assert "别人" not in others.text


@pytest.mark.parametrize("code", ["order.malformed_name", "order.none_opened", "partner.unknown"])
async def test_only_an_intent_that_never_came_is_said_to_have_done_nothing(pages: Site, code: str) -> None:
    _bank(pages, Problem(503, "gateway"))
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/top-up?amount=100"))
    (key,) = map(str, _keys(pages))
    pages.core.says("GET", f"/orders/{key}", Problem(404, code))
    pages.clock.advance(timedelta(minutes=2))
    page = (await _follow(visitor, answer)).text
    assert "银行暂时没有回应，我们会继续查询" in page
    assert "没有变动" not in page


@pytest.mark.parametrize("state", OrderState)
async def test_an_order_of_somebody_else_says_so_and_nothing_of_what_is_in_it(
    pages: Site, state: OrderState
) -> None:
    pages.core.says("GET", "/orders/in-1", top_up(customer_id="cu-2", state=state))
    page = await (await pages.client()).get("/orders/in-1")
    assert page.status_code == 403
    assert "这一笔是别人办的" in page.text
    assert 'href="/lyg/leave"' in page.text
    assert [
        theirs for theirs in ("100.00", "充值", "(1234)", "(3306)", "3F7K-21QX") if theirs in page.text
    ] == []


@pytest.mark.parametrize("kind", ["application", "contract_signing"])
async def test_what_was_applied_for_or_signed_is_a_product_not_a_place(pages: Site, kind: str) -> None:
    target = {"zh": "企业周转贷", "en": "Business Turnover Loan"}
    pages.core.says("GET", "/orders/in-1", order(kind=kind, target=target, state=OrderState.SUCCEEDED))
    page = await (await pages.client()).get("/orders/in-1")
    assert "<dt>产品</dt><dd>企业周转贷</dd>" in page.text
    assert "<dt>到</dt>" not in page.text
    assert ('href="/lyg/me/contracts"' in page.text) == (kind == "contract_signing")


async def test_a_failed_order_says_first_what_happened_to_the_money(pages: Site) -> None:
    reason = OrderReason(code="card.insufficient_funds")
    pages.core.says("GET", "/orders/in-1", top_up(state=OrderState.FAILED, reason=reason))
    page = await (await pages.client()).get("/orders/in-1")
    assert "没有充值成功" in page.text
    assert page.text.index("您的银行卡没有扣款") < page.text.index("您的银行卡余额不足")
    assert "3F7K-21QX" in page.text
    assert 'href="/lyg/top-up"' in page.text


async def test_a_repayment_shows_its_parts(pages: Site) -> None:
    result = {"loan_id": "lo-1", "principal": "4956.67", "interest": "43.33", "penalty": "0.00"}
    done = order(kind="repayment", state=OrderState.SUCCEEDED, amount_fen=500_000, result=result)
    pages.core.says("GET", "/orders/in-1", done)
    page = await (await pages.client()).get("/orders/in-1")
    assert "¥4,956.67" in page.text
    assert "¥43.33" in page.text
    assert "罚息" not in page.text
    assert 'href="/lyg/loans/lo-1"' in page.text


async def test_waiting_refreshes_ever_less_often_with_scripts_and_by_a_link_without(pages: Site) -> None:
    pages.core.says("GET", "/orders/in-1", top_up())
    visitor = await pages.client()
    waits, path = [], "/orders/in-1"
    for _ in range(6):
        page = await visitor.get(path)
        assert '<a class="button second" href="/lyg/orders/in-1">' in page.text
        waits.append(int(page.text.split("load delay:")[1].split("s")[0]))
        path = page.text.split('hx-get="/lyg')[1].split('"')[0]
    assert waits == [2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize("wait", ["-1", "1e9", "999999999999", "<script>", "0", "²"])
async def test_the_wait_in_the_address_is_nobodys_to_choose(pages: Site, wait: str) -> None:
    pages.core.says("GET", "/orders/in-1", top_up())
    page = await (await pages.client()).get(f"/orders/in-1?wait={wait}")
    assert page.status_code == 200
    assert "delay:2s" in page.text


@pytest.mark.parametrize("state", list(OrderState))
@pytest.mark.parametrize("kind", ACTIONS)
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_kind_of_order_has_its_words_in_every_state(
    pages: Site, kind: str, state: OrderState, lang: Any
) -> None:
    reason = OrderReason(code="card.mismatch") if state is OrderState.FAILED else None
    pages.core.says("GET", "/orders/in-1", order(kind=kind, state=state, reason=reason))
    page = await (await pages.client(lang=lang)).get("/orders/in-1")
    assert page.status_code == 200
    assert "order_" not in page.text.replace("order_running", "")
    assert page.text.count("<h1") == 1


async def test_a_failed_orders_timeline_ends_with_the_failure(pages: Site) -> None:
    failed = top_up(
        state=OrderState.FAILED,
        steps=[OrderStep(name="confirmed", at=samples.NOW), OrderStep(name="booked")],
    )
    pages.core.says("GET", "/orders/in-1", failed)
    page = (await (await pages.client()).get("/orders/in-1")).text
    assert "没有办成</li>" in page
    assert "入账" not in page


@pytest.mark.parametrize(
    ("state", "said", "unsaid"),
    [
        (OrderState.PROCESSING, "这一笔有了结果以后，可以再办", "已经有结果"),
        (OrderState.SUCCEEDED, "这一笔已经有结果；要再办，请重新填一次", "有了结果以后"),
        (OrderState.FAILED, "这一笔已经有结果；要再办，请重新填一次", "有了结果以后"),
    ],
)
async def test_the_earlier_order_that_is_shown_instead_says_whether_it_is_over(
    pages: Site, state: OrderState, said: str, unsaid: str
) -> None:
    _bank(pages)
    failed = {"reason": OrderReason(code="card.insufficient_funds")} if state is OrderState.FAILED else {}
    pages.core.says("GET", "/orders/in-1", top_up(intent="in-1", state=state, **failed))
    page = await (await pages.client()).get("/orders/in-1?earlier=1")
    assert "刚才新填的没有提交" in page.text
    assert said in page.text
    assert unsaid not in page.text


async def test_asking_again_about_the_earlier_order_keeps_saying_that_it_is_the_earlier_one(
    pages: Site,
) -> None:
    _bank(pages)
    pages.core.says("GET", "/orders/in-1", top_up(intent="in-1", state=OrderState.PROCESSING))
    page = await (await pages.client()).get("/orders/in-1?earlier=1")
    assert 'hx-get="/lyg/orders/in-1?earlier=1&amp;wait=4"' in page.text
    assert 'href="/lyg/orders/in-1?earlier=1">刷新' in page.text
    assert page.text.index('id="order"') < page.text.index("刚才新填的没有提交")


async def test_whoever_waits_for_the_limit_is_led_to_it(pages: Site) -> None:
    under_way = order(kind="pre_credit", state=OrderState.PROCESSING)
    path = f"/lyg/orders/{under_way.intent}"
    pages.core.says("GET", f"/orders/{under_way.intent}", under_way)
    visitor = await pages.client()
    polled = await visitor.http.get(path)
    for _ in range(2):
        asks = unescape(polled.text.split('hx-get="')[1].split('"')[0])
        polled = await visitor.http.get(asks, headers={"HX-Request": "true"})
    pages.core.says(
        "GET", f"/orders/{under_way.intent}", order(kind="pre_credit", state=OrderState.SUCCEEDED)
    )
    polled = await visitor.http.get(asks, headers={"HX-Request": "true"})
    assert (polled.status_code, polled.headers["hx-redirect"]) == (204, "/lyg/")
    assert "/lyg/" in (await visitor.http.get(path)).text


@pytest.mark.parametrize(
    ("overview", "onward"),
    [
        ({}, "/lyg/credit/sunshine_e_micro"),
        ({"pre_credit": PreCredit(state="none")}, "/lyg/credit"),
        ({"pre_credit": None}, "/lyg/"),
    ],
    ids=["an offer", "not on the list", "not asked yet"],
)
async def test_an_opened_account_leads_on_to_the_loan_and_never_to_paying_first(
    pages: Site, overview: dict[str, Any], onward: str
) -> None:
    pages.core.says("GET", "/orders/in-1", order(state=OrderState.SUCCEEDED))
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(**overview))
    page = await (await pages.client()).get("/orders/in-1")
    assert f'<a class="button" href="{onward}">接着办借款</a>' in page.text
    assert '借款不用先充值。 <a href="/lyg/top-up">充值</a>' in page.text
    assert page.text.count('class="button"') == 1


async def test_an_account_of_class_three_leads_on_to_class_two_for_no_loan_fits_into_it(pages: Site) -> None:
    small = samples.overview(account=samples.account(account_class="III"))
    pages.core.says("GET", "/orders/in-1", order(state=OrderState.SUCCEEDED))
    pages.core.says("GET", "/customers/cu-1/overview", small)
    page = await (await pages.client()).get("/orders/in-1")
    assert '<a class="button" href="/lyg/account/raise">升为 II 类户</a>' in page.text
    assert "接着办借款" not in page.text


async def test_an_opened_account_is_said_also_while_the_bank_tells_nothing_else(pages: Site) -> None:
    pages.core.says("GET", "/orders/in-1", order(state=OrderState.SUCCEEDED))
    pages.core.says("GET", "/customers/cu-1/overview", Problem(503, "gateway"))
    page = await (await pages.client()).get("/orders/in-1")
    assert "电子账户开通了" in page.text
    assert '<a class="button" href="/lyg/">接着办借款</a>' in page.text


SEEN = "/orders/in-1/seen"


@pytest.mark.parametrize("state", [OrderState.SUCCEEDED, OrderState.FAILED])
async def test_the_bank_learns_that_an_outcome_was_shown(pages: Site, state: OrderState) -> None:
    pages.core.says("GET", "/orders/in-1", top_up(state=state))
    await (await pages.client()).get("/orders/in-1")
    assert len(pages.core.sent(SEEN)) == 1


@pytest.mark.parametrize(
    "shown",
    [
        {"state": OrderState.PROCESSING},
        {"state": OrderState.FAILED, "customer_id": "cu-2"},
        {"state": OrderState.FAILED, "seen_at": samples.NOW},
    ],
    ids=["open", "another customer's", "seen before"],
)
async def test_what_was_not_shown_or_was_seen_before_is_not_told(pages: Site, shown: dict[str, Any]) -> None:
    pages.core.says("GET", "/orders/in-1", top_up(**shown))
    await (await pages.client()).get("/orders/in-1")
    assert pages.core.sent(SEEN) == []


@pytest.mark.parametrize(
    "header",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Purpose": "preview"},
        {"X-Moz": "prefetch"},
    ],
    ids=str,
)
async def test_a_prefetch_or_preview_marks_nothing_as_seen(pages: Site, header: dict[str, str]) -> None:
    _bank(pages)
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/top-up?amount=100"))
    key = str(_keys(pages)[0])
    pages.core.says("GET", f"/orders/{key}", top_up(intent=key, state=OrderState.FAILED))
    await visitor.http.get(answer.headers["location"], headers=header)
    await visitor.http.head(answer.headers["location"])
    assert pages.core.sent(f"/orders/{key}/seen") == []
    await visitor.send(await visitor.get("/top-up?amount=100"))
    assert len(set(_keys(pages))) == 1


async def test_an_outcome_is_shown_also_when_the_bank_cannot_note_it(pages: Site) -> None:
    pages.core.says("GET", "/orders/in-1", top_up(state=OrderState.FAILED))
    pages.core.says("POST", SEEN, Problem(503, "gateway"))
    assert "没有充值成功" in (await (await pages.client()).get("/orders/in-1")).text


async def test_an_application_that_was_decided_is_shown_by_its_decision_not_by_a_green_tick(
    pages: Site,
) -> None:
    decided = samples.order("application", state=OrderState.SUCCEEDED, result={"application_id": "ap-1"})
    pages.core.says("GET", "/orders/in-1", decided)
    visitor = await pages.client()
    answer = await visitor.get("/orders/in-1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/lyg/applications/ap-1")
    # An earlier order, and a frame whose host waits for the order's own page, show the order in a quiet colour.
    page = (await visitor.get("/orders/in-1?earlier=1")).text
    assert '<div class="state note">' in page


@pytest.mark.parametrize(
    ("why", "says"),
    [
        ("account.held", "银行替您单独保管着"),
        ("account.full", "账户里放不下"),
        ("transfer.held", "由本行暂时保管"),
        ("transfer.credited", "已经记到您的电子账户"),
        ("transfer.refunded", "已经退回您绑定的银行卡"),
    ],
)
async def test_a_failed_order_says_where_the_money_is_that_the_network_took_all_the_same(
    pages: Site, why: str, says: str
) -> None:
    everything(pages.core)
    reason = OrderReason(code=why, params={"amount": "100.00"})
    pages.core.says("GET", "/orders/in-9", top_up(intent="in-9", state=OrderState.FAILED, reason=reason))
    shown = (await (await pages.client()).get("/orders/in-9")).text
    assert says in shown
    # Nothing leads to a second debit, and nothing claims that the card was not debited.
    assert "没有扣款" not in shown
    assert 'href="/lyg/top-up"' not in shown
