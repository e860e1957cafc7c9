"""The product page says first what is known to be impossible, and how a person of the bank looks at it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from partner_adapters.core_bank.consents import ConsentList, ConsentTexts
from partner_adapters.core_bank.pre_credit import PreCredit
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
PRODUCT = "/credit/sunshine_e_micro"
ELIGIBILITY = "/customers/cu-1/eligibility/sunshine_e_micro"
REVIEWS = "/customers/cu-1/eligibility-reviews"


def free_to_apply(pages: Site, **overview: object) -> None:
    everything(pages.core)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(**overview))


async def test_who_certainly_does_not_qualify_is_told_before_anything_is_asked_of_them(pages: Site) -> None:
    free_to_apply(pages, account=None)
    pages.core.says("GET", ELIGIBILITY, samples.not_eligible())
    visitor = await pages.client()
    page = (await visitor.get(PRODUCT)).text
    for said in (
        "您现在不符合",
        "您是 17 周岁",
        "这不是审批结果",
        "起可以申请",
        "请工作人员看一看",
    ):
        assert said in page
    assert page.index("您现在不符合") < page.index("年化利率")
    for not_offered in ("/lyg/apply/", "/lyg/account"):
        assert not_offered not in page


async def test_an_account_that_the_loan_does_not_fit_into_is_raised_first(pages: Site) -> None:
    account = samples.account(account_class="III")
    limits = account.limits.model_copy(update={"balance_most_fen": 200_000})
    free_to_apply(pages, account=account.model_copy(update={"limits": limits}))
    page = (await (await pages.client()).get(PRODUCT)).text
    assert "里面最多放 2,000 元，放不下这笔借款" in page
    assert 'class="button" href="/lyg/account/raise">升为 II 类户' in page
    assert "/lyg/apply/" not in page
    for opened in ("/apply/sunshine_e_micro/amount", "/apply/sunshine_e_micro/check"):
        by_address = await (await pages.client()).get(opened)
        assert (by_address.status_code, by_address.headers["location"]) == (303, f"/lyg{PRODUCT}")


async def test_before_the_list_was_asked_no_account_is_opened_for_its_product(pages: Site) -> None:
    free_to_apply(pages, account=None, pre_credit=None)
    pages.core.says("GET", "/products/sunshine_e_micro", samples.product(consents=["pre_credit_inquiry"]))
    page = (await (await pages.client()).get(PRODUCT)).text
    assert 'class="button" href="/lyg/">先看我的额度' in page
    assert "/lyg/account" not in page


@pytest.mark.parametrize("step", ["amount", "consent", "check"])
async def test_no_address_leads_past_it(pages: Site, step: str) -> None:
    free_to_apply(pages)
    pages.core.says("GET", ELIGIBILITY, samples.not_eligible())
    answer = await (await pages.client()).get(f"/apply/sunshine_e_micro/{step}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/lyg{PRODUCT}")


async def test_a_person_of_the_bank_can_be_asked_and_not_be_asked_any_more(pages: Site) -> None:
    free_to_apply(pages)
    pages.core.says("GET", ELIGIBILITY, samples.not_eligible())
    case = samples.case("eligibility", subject="sunshine_e_micro")
    pages.core.says("POST", REVIEWS, case)
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get(PRODUCT), note=" 身份证上的年份错了 ")
    assert answer.headers["location"] == f"/lyg{PRODUCT}"
    (sent,) = pages.core.sent(REVIEWS)
    assert sent.body == {"product_code": "sunshine_e_micro", "note": "身份证上的年份错了"}
    pages.core.says("GET", ELIGIBILITY, samples.not_eligible(open_case=case))
    pages.core.says("DELETE", "/customers/cu-1/cases/ca-1", case)
    page = await visitor.get(PRODUCT)
    assert "261124-043218" in page.text
    assert (await visitor.send(page)).status_code == 303
    assert pages.core.sent("/customers/cu-1/cases/ca-1")


async def test_no_new_application_is_offered_before_the_day_that_the_decline_gave(pages: Site) -> None:
    free_to_apply(pages)
    waits = samples.eligibility(apply_from=date(2027, 3, 1), declined_application_id="ap-0")
    pages.core.says("GET", ELIGIBILITY, waits)
    page = (await (await pages.client()).get(PRODUCT)).text
    assert "您现在还不能重新申请" in page
    assert "2027年3月1日" in page
    assert "/lyg/applications/ap-0" in page
    assert "/lyg/apply/" not in page


async def test_no_new_application_is_offered_during_a_review(pages: Site) -> None:
    free_to_apply(pages)
    waits = samples.eligibility(open_case=samples.case("review"), declined_application_id="ap-0")
    pages.core.says("GET", ELIGIBILITY, waits)
    page = (await (await pages.client()).get(PRODUCT)).text
    assert "工作人员正在看您上一次的申请" in page
    assert "/lyg/apply/" not in page


async def test_after_an_earlier_decline_the_reasons_are_named_before_the_button(pages: Site) -> None:
    free_to_apply(pages)
    pages.core.says("GET", ELIGIBILITY, samples.eligibility(declined_application_id="ap-0"))
    page = (await (await pages.client()).get(PRODUCT)).text
    assert page.index("/lyg/applications/ap-0") < page.index("/lyg/apply/")


@pytest.mark.parametrize(
    ("known", "said", "not_said"),
    [
        (
            {},
            ("按您的利率算一个例子", "每月还约 857 元", "名单上给您的合同利率 5.20%"),
            ("一般的例子",),
        ),
        (
            {"pre_credit": PreCredit(state="none")},
            ("这是一般的例子", "最高的合同利率 5.80%", "每月还约 860 元"),
            ("按您的利率",),
        ),
        (
            {"pre_credit": samples.overview().pre_credit.model_copy(update={"product_code": "tax_micro"})},
            ("这是一般的例子",),
            ("5.20%",),
        ),
        ({"lines": [samples.line()]}, ("您的利率", "年化利率（单利）5.20% 到 5.27%"), ("算一个例子",)),
    ],
    ids=["own offer", "not on the list", "another product's offer", "own line"],
)
async def test_the_example_is_at_the_persons_own_rate_and_says_whose_it_is(
    pages: Site, known: dict[str, Any], said: tuple[str, ...], not_said: tuple[str, ...]
) -> None:
    free_to_apply(pages, **known)
    page = (await (await pages.client()).get(PRODUCT)).text
    for sentence in said:
        assert sentence in page
    for sentence in not_said:
        assert sentence not in page


async def test_a_consent_given_before_is_not_announced_as_one_to_be_asked_for(pages: Site) -> None:
    free_to_apply(pages)
    texts = [samples.consent_text(purpose) for purpose in ("credit_bureau_inquiry", "courts_inquiry")]
    pages.core.says("GET", "/consent-texts", ConsentTexts(items=texts))
    given = [samples.consent(text.purpose, sha256=text.sha256) for text in texts]
    for known, says_so, asks in ((given[:1], 1, True), (given, 2, False)):
        pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=known))
        page = (await (await pages.client()).get(PRODUCT)).text
        assert page.count("您已经同意，不再问") == says_so
        assert ("会先给您看全文" in page) == asks
