"""How an application stands: each outcome in plain words, and a review by a person for a declined customer."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from h5app.states import APPLICATIONS
from partner_adapters.core_bank import applications
from partner_adapters.core_bank.applications import ApplicationState
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Text
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
REVIEW = "/applications/ap-0/review"


async def test_a_decline_says_why_what_is_required_from_where_and_what_helps(pages: Site) -> None:
    everything(pages.core)
    page = (await (await pages.client()).get("/applications/ap-0")).text
    for said in (
        "没有借款，没有收费",
        "近 24 个月内有 7 个月还款逾期，最长连续 2 个月",
        "少于 6 个月，且没有连续 3 个月",
        "人民银行征信，2026年11月24日",
        "2027年3月1日以后再申请",
        "还清其中一家的贷款",
        "请人工再看一次",
        "到柜面谈一谈",
    ):
        assert said in page


async def test_a_limit_above_what_was_asked_for_says_that_it_need_not_be_used(pages: Site) -> None:
    everything(pages.core)
    asked = samples.application(state="approved", amount_fen=3_000_000, contract_id=None)
    pages.core.says("GET", "/applications/ap-1", asked)
    page = (await (await pages.client()).get("/applications/ap-1")).text
    assert "比您想借的 30,000 元多。您可以只借要用的，没借的不收费。" in page


async def test_the_note_to_the_reviewer_goes_along(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("POST", REVIEW, samples.declined(application_id="ap-0", review_requested_at=samples.NOW))
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/applications/ap-0"), note=" 去年生病，今年已按时还 ")
    assert answer.headers["location"] == "/lyg/applications/ap-0"
    (sent,) = pages.core.sent(REVIEW)
    assert sent.body == {"note": "去年生病，今年已按时还"}
    assert sent.intent


async def test_after_asking_the_button_gives_way_to_when_it_was_asked(pages: Site) -> None:
    everything(pages.core)
    asked = samples.declined(application_id="ap-0", review_requested_at=samples.NOW)
    pages.core.says("GET", "/applications/ap-0", asked)
    page = (await (await pages.client()).get("/applications/ap-0")).text
    assert "您在 2026年11月24日 10:32 请了人工复核" in page
    assert 'name="note"' not in page


async def test_a_note_too_long_stays_typed(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = await visitor.send(await visitor.get("/applications/ap-0"), note="好" * 501)
    assert page.status_code == 422
    assert "最多 500 个字，您输入了 501 个" in page.text
    assert "好" * 501 in page.text
    assert not pages.core.sent(REVIEW)


async def test_a_review_that_came_too_late_shows_how_it_stands(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("POST", REVIEW, Problem(409, "application.review_not_possible"))
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/applications/ap-0"), note="")
    assert (answer.status_code, answer.headers["location"]) == (303, "/lyg/applications/ap-0")


ANSWERED = samples.case("contract", state="answered", answer="您的姓名已更正。", closed_at=samples.NOW)


@pytest.mark.parametrize(
    ("changes", "said", "action"),
    [
        ({"state": "submitted", "decision": None}, "银行正在看您的申请", "刷新"),
        (
            {
                "state": "submitted",
                "decision": None,
                "contract_case": samples.case("contract", note="𪚥 U+2A6A5"),
            },
            "𪚥 U+2A6A5",
            "请带身份证到任一网点柜面签",
        ),
        ({"state": "approved", "contract_id": None}, "银行正在准备合同", "看合同好了没有"),
        ({"state": "contract_ready"}, "签了合同，额度才生效", "/lyg/contracts/ct-1"),
        ({"state": "signed", "line_id": "ln-1"}, "额度可以用了", "/lyg/lines/ln-1/draw"),
        ({"state": "expired"}, "这次的结果已经过期", "/lyg/credit/sunshine_e_micro"),
        (
            {"state": "at_counter", "open_case": samples.case("contract", note="龦 U+9FA6")},
            "龦 U+9FA6",
            "#counter",
        ),
        (
            {"state": "at_counter", "answered_case": ANSWERED},
            "您的姓名已更正",
            "/lyg/credit/sunshine_e_micro",
        ),
    ],
)
async def test_each_state_says_what_is_next(
    pages: Site, changes: dict[str, object], said: str, action: str
) -> None:
    everything(pages.core)
    pages.core.says("GET", "/applications/ap-1", samples.application(**changes))
    page = (await (await pages.client()).get("/applications/ap-1")).text
    assert said in page
    assert action in page


async def test_who_goes_to_the_counter_reads_the_annual_rate_that_was_approved(pages: Site) -> None:
    everything(pages.core)
    at_counter = samples.application(state="at_counter", open_case=samples.case("contract"))
    pages.core.says("GET", "/applications/ap-1", at_counter)
    page = (await (await pages.client()).get("/applications/ap-1")).text
    assert re.search("5.20%.{0,9}到.{0,9}5.27%", page)
    assert "去柜面签的时候，也报这个编号" in page


async def test_a_referred_application_is_no_refusal(pages: Site) -> None:
    everything(pages.core)
    reason = applications.Reason(code="J03", params={"found": 1}, source="courts", as_of=samples.TODAY)
    decision = samples.decision(outcome="referred", limit_fen=None, rate_ppm=None, reasons=[reason])
    referred = samples.application(state="referred", contract_id=None, decision=decision)
    pages.core.says("GET", "/applications/ap-1", referred)
    page = (await (await pages.client()).get("/applications/ap-1")).text
    assert "没有被拒绝" in page
    assert "有 1 件法院案件还没有结果" in page


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "zh",
            ["别处有 250,000 元", "要求：不超过 100,000 元。", "还一部分再申请。", "每多借一个月多 1 万元。"],
        ),
        (
            "en",
            [
                "250,000 yuan elsewhere",
                "At most 100,000 yuan.",
                "Repay &lt;some&gt;.",
                "10,000 yuan more a month.",
            ],
        ),
    ],
)
async def test_what_a_product_s_own_code_says_is_read_in_its_own_words(
    pages: Site, lang: str, said: list[str]
) -> None:
    everything(pages.core)
    reason = applications.Reason(
        code="Q01",
        source="credit_bureau",
        as_of=samples.TODAY,
        text={"zh": "别处有 250,000 元", "en": "250,000 yuan elsewhere"},
        need={"zh": "要求：不超过 100,000 元", "en": "At most 100,000 yuan"},
        help={"zh": "还一部分再申请。", "en": "Repay <some>."},
    )
    declined = samples.decision(outcome="declined", limit_fen=None, rate_ppm=None, reasons=[reason])
    pages.core.says("GET", "/applications/ap-1", samples.application(state="declined", decision=declined))
    visitor = await pages.client(lang=lang)
    page = (await visitor.get("/applications/ap-1")).text
    for each in said[:3]:
        assert each in page
    raised: Text = {"zh": "每多借一个月多 1 万元。", "en": "10,000 yuan more a month."}
    bound = applications.LimitBound(
        code="by_months",
        name={"zh": "按月数", "en": "By months"},
        amount_fen=8_000_000,
        leaves_fen=8_000_000,
        binds=True,
        help=raised,
    )
    approved = samples.application(decision=samples.decision(bounds=[bound]))
    pages.core.says("GET", "/applications/ap-1", approved)
    assert said[3] in (await visitor.get("/applications/ap-1")).text


async def test_a_product_no_longer_offered_leaves_the_application_readable(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("GET", "/products/sunshine_e_micro", Problem(404, "product.unknown"))
    assert (await (await pages.client()).get("/applications/ap-1")).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/applications/ap-7", "/contracts/ct-7", "/contracts/ct-7/document", "/lines/ln-7", "/loans/lo-7"],
)
async def test_what_belongs_to_another_person_is_not_found(pages: Site, path: str) -> None:
    everything(pages.core)
    pages.core.says("GET", "/applications/ap-7", samples.application(application_id="ap-7"))
    pages.core.says("GET", "/contracts/ct-7", samples.contract(contract_id="ct-7"))
    pages.core.says("GET", "/contracts/ct-7/document", b"%PDF-1.7 another person's")
    pages.core.says("GET", "/lines/ln-7", samples.line(line_id="ln-7"))
    pages.core.says("GET", "/loans/lo-7", samples.loan(loan_id="lo-7"))
    page = await (await pages.client()).get(path)
    assert page.status_code == 404
    # The page says nothing of the object. Its customer, whose own name is printed on every page, is another one.
    assert "80,000" not in page.text


async def test_a_referral_says_how_long_it_takes_its_number_and_each_reason_once(pages: Site) -> None:
    everything(pages.core)
    doubts = [
        applications.Reason(code="D01", source=source, as_of=samples.TODAY)
        for source in ("credit_bureau", "courts")
    ]
    referred = samples.application(
        state="referred",
        decision=samples.decision(
            outcome="referred", limit_fen=None, rate_ppm=None, line_months=None, reasons=doubts
        ),
        open_case=samples.case(),
    )
    pages.core.says("GET", "/applications/ap-1", referred)
    page = (await (await pages.client()).get("/applications/ap-1")).text
    for said in ("261124-043218", "5 个工作日内答复", "2026年12月1日", "0518-8550 1234"):
        assert said in page
    assert page.count("有些资料暂时拿不到或对不上") == 1
    assert page.count("拿不到或对不上的：") == 2
    assert "来自：" not in page, "nothing may have come from them"
    assert '<div class="state heed">' in page
    # While it waits for the customer, the days begin with their answer: no date is promised.
    asked = referred.model_copy(update={"more_asked": samples.more_asked()})
    pages.core.says("GET", "/applications/ap-1", asked)
    page = (await (await pages.client()).get("/applications/ap-1")).text
    assert "您补充以后 5 个工作日内答复" in page
    assert "2026年12月1日" not in page


async def test_a_limit_that_a_person_set_is_not_explained_by_a_bound(pages: Site) -> None:
    everything(pages.core)
    bound = applications.LimitBound(
        code="tax",
        name={"zh": "按纳税额", "en": "By tax"},
        amount_fen=9_000_000,
        leaves_fen=9_000_000,
        binds=True,
    )
    client = await pages.client()
    for by, limit_fen, explained in (
        ("machine", 9_000_000, True),
        ("person", 9_000_000, True),
        ("person", 8_000_000, False),
    ):
        decision = samples.decision(decided_by=by, limit_fen=limit_fen, bounds=[bound])
        pages.core.says("GET", "/applications/ap-1", samples.application(decision=decision))
        page = (await client.get("/applications/ap-1")).text
        assert ("这一条最低：按纳税额" in page, "额度由银行的工作人员定为" in page) == (
            explained,
            not explained,
        )


async def test_a_referral_can_be_cancelled(pages: Site) -> None:
    everything(pages.core)
    pages.core.says(
        "GET", "/applications/ap-1", samples.application(state="referred", open_case=samples.case())
    )
    pages.core.says("DELETE", "/applications/ap-1/review", samples.application(state="cancelled"))
    visitor = await pages.client()
    page = await visitor.get("/applications/ap-1")
    assert "取消后，这次申请就结束，没有收费" in page.text
    answer = await visitor.send(page, cancel="yes")
    assert answer.headers["location"] == "/lyg/applications/ap-1"
    (sent,) = pages.core.sent("/applications/ap-1/review")
    assert sent.method == "DELETE"


async def test_a_review_that_waits_says_its_number_and_can_be_cancelled(pages: Site) -> None:
    everything(pages.core)
    asked = samples.declined(
        application_id="ap-0", review_requested_at=samples.NOW, open_case=samples.case("review")
    )
    pages.core.says("GET", "/applications/ap-0", asked)
    pages.core.says("DELETE", REVIEW, samples.declined(application_id="ap-0"))
    visitor = await pages.client()
    page = await visitor.get("/applications/ap-0")
    assert "261124-043218" in page.text
    assert (await visitor.send(page)).status_code == 303
    (sent,) = pages.core.sent(REVIEW)
    assert sent.method == "DELETE"


@pytest.mark.parametrize(
    ("state", "colour"),
    [("approved", "good"), ("referred", "heed"), ("declined", "wrong"), ("cancelled", "note")],
)
async def test_each_outcome_has_its_own_colour(pages: Site, state: str, colour: str) -> None:
    everything(pages.core)
    build = samples.declined if state == "declined" else samples.application
    pages.core.says("GET", "/applications/ap-1", build(application_id="ap-1", state=state))
    page = (await (await pages.client()).get("/applications/ap-1")).text
    assert f'<div class="state {colour}">' in page


@pytest.mark.parametrize("state", ["expired", "cancelled"])
@pytest.mark.parametrize(
    ("eligibility", "offered", "not_offered"),
    [
        (samples.eligibility(), "重新申请", "看什么时候能再申请"),
        (samples.eligibility(apply_from=date(2027, 3, 1)), "看什么时候能再申请", "重新申请"),
        (samples.eligibility(open_case=samples.case("review")), "看什么时候能再申请", "重新申请"),
        (samples.not_eligible(), "看什么时候能再申请", "重新申请"),
        (Problem(404, "product.unknown"), "看看其他贷款产品", "重新申请"),
    ],
    ids=["free", "too early", "in review", "certain decline", "no longer offered"],
)
async def test_applying_again_is_offered_only_while_the_bank_accepts_it(
    pages: Site, state: str, eligibility: Any, offered: str, not_offered: str
) -> None:
    everything(pages.core)
    over = samples.application(state=state, contract_id=None)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(applications=[over]))
    pages.core.says("GET", "/applications/ap-1", over)
    pages.core.says("GET", "/customers/cu-1/eligibility/sunshine_e_micro", eligibility)
    page = (await (await pages.client()).get("/applications/ap-1")).text
    assert offered in page
    assert not_offered not in page


@pytest.mark.parametrize("state", [state for state in ApplicationState if not APPLICATIONS[state].again])
async def test_no_other_state_of_an_application_offers_to_apply_again(pages: Site, state: str) -> None:
    everything(pages.core)
    known = samples.declined() if state == "declined" else samples.application(state=state)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(applications=[known]))
    pages.core.says("GET", "/applications/ap-1", known)
    page = (await (await pages.client()).get("/applications/ap-1")).text
    assert "重新申请" not in page
    assert "/apply/" not in page


async def test_a_decline_leads_home_while_a_later_application_for_another_product_came_to_nothing(
    pages: Site,
) -> None:
    everything(pages.core)
    later = samples.application(
        application_id="ap-2",
        product_code="tax_micro",
        state="cancelled",
        created_at=samples.NOW + timedelta(days=1),
    )
    known = samples.overview(applications=[samples.declined(), later])
    pages.core.says("GET", "/customers/cu-1/overview", known)
    page = (await (await pages.client()).get("/")).text
    assert "这次没有批下来" in page
    assert "申请这个额度" not in page
