"""The home page: one call to the bank, one matter at the top, the honest next step."""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from partner_adapters.core_bank.applications import Reason
from partner_adapters.core_bank.consents import Consent, ConsentList, ConsentTexts
from partner_adapters.core_bank.customer_messages import CustomerMessageList
from partner_adapters.core_bank.customers import OrderBrief, ToDo
from partner_adapters.core_bank.loans import NextDue
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.core_bank.pre_credit import PreCredit
from partner_adapters.core_bank.products import ProductExample, ProductList
from partner_adapters.core_bank.switches import StoppedAction
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.opening import order

pytestmark = pytest.mark.anyio
PURPOSE = "pre_credit_inquiry"
CHECKS = "/customers/cu-1/pre-credit"


def _bank(pages: Site, **overview: Any) -> None:
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(**overview))
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=[]))
    pages.core.says("GET", "/consent-texts", ConsentTexts(items=[samples.consent_text(PURPOSE)]))
    pages.core.says("POST", "/customers/cu-1/consents", ConsentList(items=[samples.consent(PURPOSE)]))
    pages.core.says("POST", CHECKS, order(kind="pre_credit", state=OrderState.SUCCEEDED))


async def test_home_asks_the_bank_once(pages: Site) -> None:
    _bank(pages)
    page = await (await pages.client()).get("/")
    assert page.status_code == 200
    assert [call.path for call in pages.core.calls] == ["/customers/cu-1/overview"]


async def test_the_third_tap_shows_the_limit(pages: Site) -> None:
    _bank(pages, pre_credit=None, account=None)
    visitor = await pages.client()
    page = await visitor.get("/")
    assert samples.consent_text(PURPOSE).body["zh"][0] in page.text
    assert pages.core.sent("/customers/cu-1/consents") == []
    answer = await visitor.send(page)
    assert answer.headers["location"] == "/lyg/"
    _bank(pages, account=None)
    shown = await visitor.get("/")
    assert "80,000.00" in shown.text
    assert "年化利率（单利）5.20% 到 5.27%" in shown.text


async def test_the_consent_that_was_shown_is_stored_before_the_list_is_asked(pages: Site) -> None:
    _bank(pages, pre_credit=None)
    visitor = await pages.client()
    await visitor.send(await visitor.get("/"))
    consent, check = [call for call in pages.core.calls if call.method == "POST"]
    text = samples.consent_text(PURPOSE)
    assert consent.body["consents"] == [{"purpose": PURPOSE, "version": text.version, "sha256": text.sha256}]
    assert check.path == CHECKS
    assert check.body == {"consent_ids": [f"cs-{PURPOSE}"]}
    assert consent.intent != check.intent


# Whose limit is gone: the account was closed, the check is too old, the line has ended.
GONE: dict[str, dict[str, Any]] = {
    "closed": {"account": samples.account(state="closed", balance_fen=0)},
    "too old": {},
    "the line ended": {"lines": [samples.line(state="ended")]},
}


@pytest.mark.parametrize("about", GONE)
async def test_a_consent_that_stands_is_not_asked_for_again(pages: Site, about: str) -> None:
    _bank(pages, pre_credit=None, **GONE[about])
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=[samples.consent(PURPOSE)]))
    visitor = await pages.client()
    page = await visitor.get("/")
    assert "您同意后" not in page.text
    assert "点下面的按钮，就是同意" not in page.text
    assert "您已经在2026年11月24日同意" in page.text
    assert re.search(r"<button [^>]*>\s*看我的额度", page.text)
    await visitor.send(page)
    (check,) = [call for call in pages.core.calls if call.method == "POST"]
    assert (check.path, check.body) == (CHECKS, {"consent_ids": [f"cs-{PURPOSE}"]})


@pytest.mark.parametrize(
    "stored",
    [
        samples.consent(PURPOSE, withdrawn_at=samples.NOW),
        samples.consent(PURPOSE, sha256="0" * 64),
        samples.consent("tax_inquiry"),
    ],
    ids=["withdrawn", "to an older text", "to something else"],
)
async def test_a_consent_that_does_not_stand_to_this_text_is_asked_for(pages: Site, stored: Consent) -> None:
    _bank(pages, pre_credit=None)
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=[stored]))
    visitor = await pages.client()
    page = await visitor.get("/")
    assert "点下面的按钮，就是同意" in page.text
    await visitor.send(page)
    paths = [call.path for call in pages.core.calls if call.method == "POST"]
    assert paths == ["/customers/cu-1/consents", CHECKS]


async def test_a_consent_withdrawn_since_home_was_shown_is_asked_for_first(pages: Site) -> None:
    _bank(pages, pre_credit=None)
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=[samples.consent(PURPOSE)]))
    visitor = await pages.client()
    page = await visitor.get("/")
    pages.core.says("POST", CHECKS, Problem(403, "consent.missing", params={"purpose": PURPOSE}))
    answer = await visitor.send(page)
    assert answer.headers["location"].startswith(f"/lyg/me/consents/give/{PURPOSE}?next=")


async def test_the_session_is_named_to_the_bank_without_giving_it_away(pages: Site) -> None:
    _bank(pages, pre_credit=None)
    visitor = await pages.client()
    await visitor.send(await visitor.get("/"))
    ref = pages.core.sent("/customers/cu-1/consents")[0].body["session_ref"]
    assert 16 <= len(ref) <= 64
    assert visitor.http.cookies[pages.cookie] not in (ref, "")
    assert ref not in visitor.http.cookies[pages.cookie]


async def test_a_slow_answer_leads_to_the_orders_page(pages: Site) -> None:
    _bank(pages, pre_credit=None)
    pages.core.says("POST", CHECKS, order(kind="pre_credit"))
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/"))
    assert answer.headers["location"].startswith("/lyg/orders/")


async def test_while_the_bank_looks_it_is_not_asked_again(pages: Site) -> None:
    running = OrderBrief(
        intent="in-1", kind="pre_credit", state=OrderState.PROCESSING, created_at=samples.NOW
    )
    _bank(pages, pre_credit=None, running_orders=[running])
    page = await (await pages.client()).get("/")
    assert "银行正在查您的额度" in page.text
    assert '<form method="post"' not in page.text


async def test_without_an_offer_home_does_not_guess_why_and_leads_to_the_products(pages: Site) -> None:
    _bank(pages, pre_credit=PreCredit(state="none"))
    page = await (await pages.client()).get("/")
    assert "名单上现在没有给您的额度" in page.text
    assert 'class="button" href="/lyg/credit"' in page.text


async def test_home_holds_out_no_loan_to_a_customer_on_the_banks_own_list(pages: Site) -> None:
    reason = Reason(code="N01", params={"until": "2027-11-30"}, source="blacklist", as_of=samples.TODAY)
    tea = samples.product_offers()[0].model_copy(update={"state": "declined", "reasons": [reason]})
    _bank(pages, pre_credit=PreCredit(state="none", products=[tea]))
    page = (await (await pages.client()).get("/")).text
    assert "您在本行不予贷款的名单上" in page
    assert "请人工再看一次" in page
    assert "名单上现在没有给您的额度" not in page
    assert "这不等于不能借" not in page


@pytest.mark.parametrize(
    ("overview", "button"),
    [
        ({"account": None}, 'href="/lyg/account/open/particulars?product=sunshine_e_micro">开通电子账户'),
        ({}, 'href="/lyg/credit/sunshine_e_micro">申请这个额度'),
        (
            {"applications": [samples.application(state="referred")]},
            'href="/lyg/applications/ap-1">看申请进度',
        ),
        (
            {"todo": [ToDo(kind="sign_contract", ref="ct-1", amount_fen=8_000_000)]},
            'href="/lyg/contracts/ct-1">看合同并签署',
        ),
        (
            {
                "lines": [samples.line()],
                "todo": [ToDo(kind="more_asked", ref="ap-2", due_on=date(2026, 12, 4))],
            },
            'href="/lyg/applications/ap-2/papers">看要补充什么',
        ),
        ({"lines": [samples.line()]}, 'href="/lyg/lines/ln-1/draw">去借款'),
        ({"lines": [samples.line(available_fen=0)]}, 'href="/lyg/loans">去还款'),
        (
            {"lines": [samples.line()], "loans": [samples.loan_summary(state="overdue")]},
            'href="/lyg/loans/lo-1/repay">去还款',
        ),
        ({"lines": [samples.line(state="frozen")]}, 'href="/lyg/lines/ln-1">看我的额度'),
    ],
)
async def test_the_one_main_button_is_the_next_step(
    pages: Site, overview: dict[str, Any], button: str
) -> None:
    _bank(pages, **overview)
    page = await (await pages.client()).get("/")
    assert f'<a class="button" {button}' in page.text
    assert page.text.count('class="button"') == 1


async def test_whoever_was_declined_is_not_told_again_that_this_much_can_be_borrowed(pages: Site) -> None:
    _bank(pages, applications=[samples.declined()])
    page = await (await pages.client()).get("/")
    assert "审批后才算数" not in page.text
    assert "这次没有批下来" in page.text
    assert 'class="button" href="/lyg/applications/ap-1"' in page.text
    assert 'href="/lyg/credit/sunshine_e_micro">看什么时候能再申请' in page.text


async def test_a_decline_that_ended_the_check_leads_home_without_the_old_amount(pages: Site) -> None:
    _bank(pages, applications=[samples.declined()], pre_credit=None)
    page = (await (await pages.client()).get("/")).text
    assert "这次没有批下来" in page
    assert "名单上的预授信额度" not in page


@pytest.mark.parametrize(
    "overview",
    [
        {"lines": [samples.line()], "loans": [samples.loan_summary(state="overdue")]},
        {"lines": [samples.line(state="frozen")]},
        {"account": samples.account(state="frozen")},
        {"account": samples.account(state="closed", balance_fen=0)},
        {"account": samples.account(state="frozen"), "lines": [samples.line()]},
        {"account": samples.account(state="frozen"), "applications": [samples.declined()]},
    ],
    ids=["overdue", "frozen", "account frozen", "account closed", "line, account frozen", "declined, frozen"],
)
async def test_whoever_may_not_draw_is_offered_no_limit(pages: Site, overview: dict[str, Any]) -> None:
    draw = ToDo(kind="draw_available", ref="ln-1", amount_fen=8_000_000)
    _bank(pages, **overview, todo=[draw])
    page = await (await pages.client()).get("/")
    assert not re.search("额度可以用|您(现在)?可借|去借款|申请这个额度|重新申请|/draw|/apply", page.text)


@pytest.mark.parametrize(("state", "said"), [("frozen", "账户暂时不能用"), ("closed", "这个账户已经销户")])
async def test_home_says_that_the_account_cannot_be_used(pages: Site, state: str, said: str) -> None:
    _bank(pages, account=samples.account(state=state))
    assert said in (await (await pages.client()).get("/")).text


@pytest.mark.parametrize("state", ["frozen", "closed"])
@pytest.mark.parametrize("lines", [[], [samples.line()]], ids=["offered", "line"])
async def test_while_the_account_is_stopped_the_next_step_is_a_call_to_the_bank(
    pages: Site, state: str, lines: list[Any]
) -> None:
    due = ToDo(kind="draw_available", ref="ln-1", amount_fen=8_000_000)
    _bank(pages, account=samples.account(state=state), lines=lines, todo=[due])
    page = await (await pages.client()).get("/")
    assert "现在不能借款" in page.text
    assert page.text.count('class="button"') == 1
    assert '<a class="button" href="tel:0518-85501234">拨打 0518-8550 1234</a>' in page.text
    assert "等您处理" not in page.text


async def test_what_is_overdue_is_not_asked_for_from_an_account_that_is_stopped(pages: Site) -> None:
    _bank(pages, account=samples.account(state="frozen"), loans=[samples.loan_summary(state="overdue")])
    page = await (await pages.client()).get("/")
    assert "有一笔借款过了还款日" in page.text
    assert "/repay" not in page.text
    assert '<a class="button" href="tel:0518-85501234">' in page.text


async def test_the_banks_number_in_a_sentence_is_whole_and_can_be_tapped(pages: Site) -> None:
    _bank(pages, pre_credit=PreCredit(state="none"))
    page = await (await pages.client()).get("/")
    number = '<a href="tel:0518-85501234"><span class="whole">0518-8550 1234</span></a>'
    assert f"也可以打 {number} 问一问" in page.text


def _loan_due(days: int, total_fen: int = 171_467, **changes: Any) -> Any:
    due_on = samples.TODAY + timedelta(days=days)
    due = NextDue(due_on=due_on, principal_fen=total_fen, interest_fen=0, penalty_fen=0, total_fen=total_fen)
    return samples.loan_summary(next_due=due, **changes)


@pytest.mark.parametrize(("days", "leads"), [(8, False), (7, True), (3, True), (0, True)])
async def test_from_a_week_before_its_day_a_payment_stands_above_the_offer(
    pages: Site, days: int, leads: bool
) -> None:
    task = ToDo(kind="repayment_due", ref="lo-1", amount_fen=171_467, due_on=samples.TODAY)
    _bank(pages, lines=[samples.line()], loans=[_loan_due(days)], todo=[task] if leads else [])
    page = (await (await pages.client()).get("/")).text
    assert ("账户里的钱够" in page) == leads
    assert f'<a class="button" href="/lyg/{"loans/lo-1/repay" if leads else "lines/ln-1/draw"}' in page
    assert page.count('class="button"') == 1
    assert 'href="/lyg/lines/ln-1/draw"' in page
    assert "等您处理" not in page


async def test_a_payment_that_the_account_will_not_cover_says_what_is_missing(pages: Site) -> None:
    """The account serves the earliest payment first: what it lacks then is missing for the later one."""
    loans = [_loan_due(5, loan_id="lo-2", total_fen=200_000), _loan_due(2)]
    _bank(pages, account=samples.account(balance_fen=191_467), loans=loans)
    page = (await (await pages.client()).get("/")).text
    assert page.index("账户里的钱够") < page.index("账户里的钱不够，还差 1,800 元")
    assert '<a class="button second" href="/lyg/top-up?amount=1800.00">充值 ¥1,800.00</a>' in page


@pytest.mark.parametrize(
    ("stopped", "button"),
    [
        (False, '"/lyg/loans/lo-1/repay-by-card?kind=due&amp;amount=">从银行卡还款</a>'),
        (True, '"/lyg/top-up?amount=1000.00&amp;repay=lo-1&amp;kind=due">充值并还款</a>'),
    ],
)
async def test_a_payment_of_today_is_one_button_from_the_card(
    pages: Site, stopped: bool, button: str
) -> None:
    stops = [StoppedAction(kind="card_repayment", until=None)] if stopped else []
    account = samples.account(balance_fen=71_467)
    _bank(pages, account=account, loans=[_loan_due(0)], stopped=stops)
    page = (await (await pages.client()).get("/")).text
    assert "今天要还的" in page
    assert f'<a class="button" href={button}' in page


async def test_a_payment_that_waits_for_the_close_of_its_day_is_being_collected(pages: Site) -> None:
    _bank(pages, account=samples.account(balance_fen=171_467), loans=[_loan_due(-1)])
    page = (await (await pages.client()).get("/")).text
    assert "正在扣这一期还款" in page
    assert "快到还款日了" not in page


async def test_a_payment_from_an_account_that_is_stopped_is_a_call_to_the_bank(pages: Site) -> None:
    _bank(pages, account=samples.account(state="frozen"), lines=[samples.line()], loans=[_loan_due(3)])
    page = (await (await pages.client()).get("/")).text
    assert "/repay" not in page
    assert "/draw" not in page
    assert '<a class="button" href="tel:0518-85501234">' in page


async def test_what_is_overdue_is_said_once(pages: Site) -> None:
    due = [
        ToDo(kind="repayment_due", ref=ref, amount_fen=171_467, due_on=samples.TODAY)
        for ref in ("lo-1", "lo-2")
    ]
    _bank(pages, loans=[samples.loan_summary(state="overdue")], todo=due)
    page = await (await pages.client()).get("/")
    assert page.text.count('href="/lyg/loans/lo-1/repay"') == 1
    assert page.text.count('href="/lyg/loans/lo-2/repay"') == 1


@pytest.mark.parametrize(
    ("overview", "offered"),
    [
        ({}, True),
        ({"applications": [samples.declined()]}, False),
        ({"lines": [samples.line()]}, False),
        ({"lines": [samples.line(state="frozen")]}, False),
    ],
    ids=["offered", "declined", "line", "frozen"],
)
async def test_the_products_repeat_the_offer_only_to_whom_home_makes_it(
    pages: Site, overview: dict[str, Any], offered: bool
) -> None:
    _bank(pages, **overview)
    pages.core.says("GET", "/products", ProductList(items=[samples.product()]))
    page = await (await pages.client()).get("/credit")
    assert ("审批后才算数" in page.text) == offered


@pytest.mark.parametrize("state", ["open", "frozen"])
async def test_a_product_whose_line_one_has_is_not_applied_for(pages: Site, state: str) -> None:
    _bank(pages, lines=[samples.line(state=state)])
    pages.core.says("GET", "/products/sunshine_e_micro", samples.product())
    page = await (await pages.client()).get("/credit/sunshine_e_micro")
    assert "/apply/" not in page.text
    assert 'href="/lyg/lines/ln-1">看我的额度' in page.text


async def test_a_product_shows_the_example_that_the_core_worked_out(pages: Site) -> None:
    example = ProductExample(
        amount_fen=2_000_000, months=6, rate_ppm=48_000, monthly_fen=337_999, interest_fen=27_994
    )
    _bank(pages, pre_credit=PreCredit(state="none"))
    pages.core.says("GET", "/products/sunshine_e_micro", samples.product(example=example))
    page = await (await pages.client()).get("/credit/sunshine_e_micro")
    assert "借 20,000 元 6 个月，等额本息，每月还约 3,380 元，利息合计约 280 元。" in page.text
    assert "最高的合同利率 4.80% 算" in page.text


@pytest.mark.parametrize(
    ("declined", "warned"), [("ap-1", True), (None, False)], ids=["declined", "not declined"]
)
async def test_before_another_application_the_reasons_of_the_last_decline_are_offered(
    pages: Site, declined: str | None, warned: bool
) -> None:
    _bank(pages)
    found = samples.eligibility(declined_application_id=declined)
    pages.core.says("GET", "/customers/cu-1/eligibility/sunshine_e_micro", found)
    pages.core.says("GET", "/products/sunshine_e_micro", samples.product())
    page = await (await pages.client()).get("/credit/sunshine_e_micro")
    assert ("您上一次申请没有批下来" in page.text) == warned
    assert ('href="/lyg/applications/ap-1">看原因和别的办法' in page.text) == warned
    assert "/apply/sunshine_e_micro/amount" in page.text


async def test_a_newer_application_stands_above_an_older_decline(pages: Site) -> None:
    later = samples.application(
        application_id="ap-2", state="expired", created_at=samples.NOW + timedelta(days=1)
    )
    _bank(pages, applications=[samples.declined(), later])
    assert "审批后才算数" in (await (await pages.client()).get("/")).text


async def test_an_application_in_progress_stands_once_and_its_amount_is_not_shown_as_a_limit(
    pages: Site,
) -> None:
    _bank(pages, applications=[samples.application(state="referred")])
    page = (await (await pages.client()).get("/")).text
    assert page.count("/lyg/applications/ap-1") == 1
    assert "想借 80,000 元，2026年11月24日申请。" in re.sub("<[^>]+>", "", page)
    assert "80,000.00" not in page


async def test_what_the_bank_is_doing_is_not_called_waiting_for_the_person(pages: Site) -> None:
    running = OrderBrief(
        intent="in-7", kind="top_up", state=OrderState.PROCESSING, amount_fen=5_500, created_at=samples.NOW
    )
    _bank(pages, running_orders=[running], todo=[ToDo(kind="order_running", ref="in-7", amount_fen=5_500)])
    page = await (await pages.client()).get("/")
    assert "等您处理" not in page.text
    assert page.text.count('href="/lyg/orders/in-7"') == 1
    assert ">充值<small>" in page.text


async def test_what_failed_stands_on_home_until_it_was_seen(pages: Site) -> None:
    failed = OrderBrief(
        intent="in-8", kind="top_up", state=OrderState.FAILED, amount_fen=5_500, created_at=samples.NOW
    )
    _bank(pages, failed_orders=[failed])
    page = await (await pages.client()).get("/")
    assert '<h2 id="failed">没有办成的</h2>' in page.text
    assert '<a href="/lyg/orders/in-8">没有充值成功<small>' in page.text


async def test_what_failed_stands_among_the_messages_for_good(pages: Site) -> None:
    _bank(pages)
    kept = [samples.message(), samples.message(ref="in-9", order_kind="repayment", seen=True)]
    pages.core.says("GET", "/customers/cu-1/messages", CustomerMessageList(items=kept))
    page = await (await pages.client()).get("/me/messages")
    assert "没有充值成功<small>2026年11月24日 10:32 · 看原因" in page.text
    assert 'href="/lyg/orders/in-9"' in page.text
    assert "现在没有消息" not in page.text


async def test_everything_that_waits_has_its_link(pages: Site) -> None:
    pages.core.says("GET", "/customers/cu-1/overview", samples.busy_overview())
    page = await (await pages.client()).get("/")
    for item in samples.busy_overview().todo:
        assert item.ref in page.text


async def test_a_silent_bank_is_said_honestly_and_the_page_can_be_asked_again(pages: Site) -> None:
    pages.core.says("GET", "/customers/cu-1/overview", Problem(500, "internal"))
    page = await (await pages.client()).get("/")
    assert page.status_code == 503
    assert "银行暂时没有回应" in page.text
    # What else is under way at the bank is not known here, so nothing is said of it.
    assert "什么都没有办" not in page.text
    assert "打开页面不会动您的钱" in page.text
    assert page.headers["x-request-id"] in page.text
    assert 'class="button" href="/lyg/"' in page.text
