"""Applying: the questions, each consent alone, then a summary."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

import pytest

from h5app.journeys.application import suggested_answers
from partner_adapters.core_bank.authorisations import AuthorisationList
from partner_adapters.core_bank.consents import Consent, ConsentList, ConsentTexts
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.pre_credit import PreCredit
from partner_adapters.kit.values.problems import FieldError, Problem
from tests.support.houses.scripted_core import ScriptedCore
from tests.support.houses.site import Site, Visitor
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
PRODUCT = "/apply/sunshine_e_micro"
CONSENTS = "/customers/cu-1/consents"
APPLICATIONS = "/customers/cu-1/applications"


class ConsentBook:
    """The bank's side of consents: the list returns what was given."""

    def __init__(self, core: ScriptedCore) -> None:
        self.stored: list[Consent] = []
        everything(core)
        core.says("GET", CONSENTS, lambda _body: ConsentList(items=self.stored))
        core.says("POST", CONSENTS, self._give)

    def _give(self, body: dict[str, Any]) -> ConsentList:
        (given,) = body["consents"]
        self.stored.append(samples.consent(given["purpose"], consent_id=f"cs-{len(self.stored)}"))
        return ConsentList(items=self.stored[-1:])


async def answer_questions(visitor: Visitor, amount: str = "80000") -> None:
    page = await visitor.get(f"{PRODUCT}/amount")
    answers = {"amount": amount, "term": "12", "purpose": "stock", "method": "level_payment"}
    assert (await visitor.send(page, **answers)).status_code == 303


async def agree_to_all(visitor: Visitor) -> None:
    for _purpose in ("credit_bureau_inquiry", "courts_inquiry"):
        await visitor.send(await visitor.get(f"{PRODUCT}/consent"))


def submitted(state: str = "processing") -> Order:
    return samples.order("application", state=state, result={"application_id": "ap-1"})


def offer(**changes: Any) -> PreCredit:
    offered = samples.overview().pre_credit
    assert offered is not None
    return offered.model_copy(update=changes)


@pytest.mark.parametrize(
    ("changes", "suggested"),
    [
        ({}, {"amount": "80000", "term": "12", "method": "level_payment"}),
        # What the product does not lend is not suggested.
        ({"limit_fen": 8_000_050}, {"amount": "80000", "term": "12", "method": "level_payment"}),
        ({"limit_fen": 100_000_000}, {"amount": "300000", "term": "12", "method": "level_payment"}),
        ({"limit_fen": 100}, {"term": "12", "method": "level_payment"}),
        ({"sample_months": 7}, {"amount": "80000", "method": "level_payment"}),
        ({"product_code": "another"}, {}),
        ({"limit_fen": None}, {}),
    ],
)
def test_the_own_offer_fills_in_what_it_says(changes: dict[str, Any], suggested: dict[str, str]) -> None:
    product = samples.product()
    assert suggested_answers(product, offer(**changes), product.max_fen) == suggested
    assert suggested_answers(product, None, product.max_fen) == {}


def test_no_more_is_suggested_than_the_host_allows() -> None:
    assert suggested_answers(samples.product(), offer(), 5_000_000)["amount"] == "50000"


async def test_the_product_asks_beneath_what_it_says_and_an_answer_given_is_not_asked_again(
    pages: Site,
) -> None:
    ConsentBook(pages.core)
    own = samples.overview(pre_credit=offer(), lines=[], loans=[], applications=[])
    pages.core.says("GET", "/customers/cu-1/overview", own)
    visitor = await pages.client()
    for path in ("/credit/sunshine_e_micro", f"{PRODUCT}/amount"):
        page = await visitor.get(path)
        assert 'name="amount" value="80000"' in page.text
        assert 'value="level_payment" checked' in page.text
        # What the money is for only the customer knows.
        assert not re.search(r'name="purpose"[^>]* checked', page.text)
    answers = {"amount": "20000", "term": "6", "purpose": "stock", "method": "interest_first"}
    told = await visitor.send(await visitor.get("/credit/sunshine_e_micro"), **answers)
    assert told.headers["location"] == f"/lyg{PRODUCT}/consent"
    for path in ("/credit/sunshine_e_micro", f"{PRODUCT}/amount"):
        page = await visitor.get(path)
        assert 'name="amount" value="20000"' in page.text
        assert 'value="interest_first" checked' in page.text


async def test_a_person_goes_from_question_to_question_to_the_order(pages: Site) -> None:
    book, visitor = ConsentBook(pages.core), await pages.client()
    pages.core.says("POST", APPLICATIONS, submitted())
    await answer_questions(visitor)
    await agree_to_all(visitor)
    check = await visitor.get(f"{PRODUCT}/check")
    assert "¥80,000.00" in check.text
    assert "进货" in check.text
    answer = await visitor.send(check)
    (sent,) = pages.core.sent(APPLICATIONS)
    assert sent.body == {
        "product_code": "sunshine_e_micro",
        "amount": "80000.00",
        "currency": "CNY",
        "term_months": 12,
        "method": "level_payment",
        "at_most": None,
        "purpose": "stock",
        "consent_ids": [consent.consent_id for consent in book.stored],
    }
    assert answer.headers["location"] == f"/lyg/orders/{sent.intent}"


async def test_an_amount_out_of_range_is_said_beside_the_field_and_stays_typed(pages: Site) -> None:
    ConsentBook(pages.core)
    visitor = await pages.client()
    page = await visitor.send(await visitor.get(f"{PRODUCT}/amount"), amount="５００，０００", term="12")
    assert page.status_code == 422
    assert page.text.count("最多 300,000 元") == 2
    assert 'value="５００，０００"' in page.text
    again = await visitor.get(f"{PRODUCT}/amount")
    assert 'value="５００，０００"' in again.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "请填写金额"),
        ("9999", "最少 10,000 元"),
        ("10500", "1,000 元的整数倍"),
        ("不知道", "金额请写成数字"),
    ],
)
async def test_each_wrong_amount_has_its_own_sentence(pages: Site, typed: str, said: str) -> None:
    ConsentBook(pages.core)
    visitor = await pages.client()
    page = await visitor.send(await visitor.get(f"{PRODUCT}/amount"), amount=typed, term="12")
    assert page.status_code == 422
    assert said in page.text


async def test_a_consent_withdrawn_before_the_submit_is_asked_for_again_with_the_reason(pages: Site) -> None:
    book, visitor = ConsentBook(pages.core), await pages.client()
    await answer_questions(visitor)
    await agree_to_all(visitor)
    check = await visitor.get(f"{PRODUCT}/check")
    purpose = book.stored.pop().purpose
    pages.core.says("POST", APPLICATIONS, Problem(403, "consent.missing", params={"purpose": purpose}))
    led = await visitor.send(check)
    assert "申请还没有提交" in (await visitor.get(led.headers["location"].removeprefix("/lyg"))).text


async def test_screens_cannot_be_skipped(pages: Site) -> None:
    ConsentBook(pages.core)
    visitor = await pages.client()
    assert (await visitor.get(f"{PRODUCT}/check")).headers["location"].endswith("/amount")
    await answer_questions(visitor)
    assert (await visitor.get(f"{PRODUCT}/check")).headers["location"].endswith("/consent")


async def test_each_consent_is_stored_alone_as_it_was_shown(pages: Site) -> None:
    ConsentBook(pages.core)
    visitor = await pages.client()
    await answer_questions(visitor)
    shown = await visitor.get(f"{PRODUCT}/consent")
    assert "查询征信授权书" in shown.text
    assert "中国人民银行征信中心" in shown.text
    assert "查询的内容包括" in shown.text
    await visitor.send(shown)
    (sent,) = pages.core.sent(CONSENTS)
    text = samples.consent_text("credit_bureau_inquiry")
    given = {"purpose": text.purpose, "version": text.version, "sha256": text.sha256}
    assert sent.body["consents"] == [given]
    assert "查询法院公开信息授权书" in (await visitor.get(f"{PRODUCT}/consent")).text


async def test_a_text_that_changed_meanwhile_is_shown_anew_and_nothing_is_recorded(pages: Site) -> None:
    ConsentBook(pages.core)
    visitor = await pages.client()
    await answer_questions(visitor)
    shown = await visitor.get(f"{PRODUCT}/consent")
    newer = samples.consent_text("credit_bureau_inquiry", version="2026-12", sha256="ef" * 32)
    texts = [newer, samples.consent_text("courts_inquiry")]
    pages.core.says("GET", "/consent-texts", ConsentTexts(items=texts))
    pages.core.says("POST", CONSENTS, Problem(409, "consent.text_changed"))
    page = await visitor.send(shown)
    assert page.status_code == 409
    assert "还没有记下" in page.text
    assert "2026-12" in page.text


async def test_a_consent_given_again_after_withdrawal_is_a_new_command(pages: Site) -> None:
    book, visitor = ConsentBook(pages.core), await pages.client()
    await answer_questions(visitor)
    await visitor.send(await visitor.get(f"{PRODUCT}/consent"))
    book.stored[0] = book.stored[0].model_copy(update={"withdrawn_at": samples.NOW, "permits_here": False})
    await visitor.send(await visitor.get(f"{PRODUCT}/consent"))
    first, second = pages.core.sent(CONSENTS)
    assert first.body["consents"] == second.body["consents"]
    assert first.intent != second.intent


async def test_a_second_tap_carries_the_same_intent(pages: Site) -> None:
    ConsentBook(pages.core)
    visitor = await pages.client()
    pages.core.says("POST", APPLICATIONS, submitted())
    await answer_questions(visitor)
    await agree_to_all(visitor)
    check = await visitor.get(f"{PRODUCT}/check")
    for _tap in range(2):
        await visitor.send(check)
    first, second = pages.core.sent(APPLICATIONS)
    assert first.intent == second.intent


async def test_what_is_authorised_at_a_source_comes_after_the_consents_and_before_the_summary(
    pages: Site,
) -> None:
    ConsentBook(pages.core)
    needs = {"screens": ["amount", "consent", "authorise", "check"]}
    purposes = [*samples.product().consents, "tax_inquiry"]
    pages.core.says("GET", "/products/sunshine_e_micro", samples.product(**needs, consents=purposes))
    standing = AuthorisationList(items=[samples.authorisation()])
    pages.core.says("GET", "/customers/cu-1/authorisations", standing)
    visitor = await pages.client()
    await answer_questions(visitor)
    early = await visitor.get(f"{PRODUCT}/authorise")
    assert early.headers["location"] == f"/lyg{PRODUCT}/consent"
    await agree_to_all(visitor)
    for step in ("check", "authorise"):
        led = await visitor.http.get(f"/lyg{PRODUCT}/{step}", follow_redirects=True)
        assert led.url.path == "/lyg/authorise/tax" or "/me/consents/give/tax_inquiry" in str(led.url)
    given = AuthorisationList(items=[samples.authorisation(state="given", valid_until=date(2027, 11, 24))])
    pages.core.says("GET", "/customers/cu-1/authorisations", given)
    assert "请核对后提交" in (await visitor.get(f"{PRODUCT}/check")).text
    assert (await visitor.get(f"{PRODUCT}/authorise")).headers["location"] == f"/lyg{PRODUCT}/check"


async def test_what_the_bank_refuses_goes_back_to_its_question_with_the_answers(pages: Site) -> None:
    ConsentBook(pages.core)
    visitor = await pages.client()
    await answer_questions(visitor)
    await agree_to_all(visitor)
    error = FieldError(field="amount", code="amount.too_large", params={"max": "50000.00"})
    pages.core.says("POST", APPLICATIONS, Problem(422, "amount.too_large", errors=[error]))
    page = await visitor.send(await visitor.get(f"{PRODUCT}/check"))
    assert page.status_code == 422
    assert "最多 50,000 元" in page.text
    assert 'value="80000"' in page.text
    answers = {"amount": "50000", "term": "12", "purpose": "stock", "method": "level_payment"}
    corrected = await visitor.send(page, **answers)
    assert corrected.headers["location"] == f"/lyg{PRODUCT}/check"


async def test_a_product_without_consents_has_one_screen_less(pages: Site) -> None:
    everything(pages.core)
    product = samples.product().model_copy(update={"consents": []})
    pages.core.says("GET", "/products/sunshine_e_micro", product)
    visitor = await pages.client()
    assert "第 1 步，共 2 步" in (await visitor.get(f"{PRODUCT}/amount")).text


async def test_the_summary_says_when_an_answer_comes_by_the_amount(pages: Site) -> None:
    ConsentBook(pages.core)
    visitor = await pages.client()
    await answer_questions(visitor, "80000")
    await agree_to_all(visitor)
    by_person = "想借超过 50,000 元，要由工作人员看，3 个工作日内答复"
    for most_fen, is_by_person in ((5_000_000, True), (8_000_000, False), (None, False)):
        product = samples.product(machine_max_fen=most_fen)
        pages.core.says("GET", "/products/sunshine_e_micro", product)
        page = (await visitor.get(f"{PRODUCT}/check")).text
        assert (by_person in page, "通常一分钟内有结果" in page) == (is_by_person, not is_by_person)


async def test_an_application_already_under_way_leads_to_it(pages: Site) -> None:
    ConsentBook(pages.core)
    visitor = await pages.client()
    await answer_questions(visitor)
    await agree_to_all(visitor)
    pages.core.says("POST", APPLICATIONS, Problem(409, "application.already_open"))
    page = await visitor.send(await visitor.get(f"{PRODUCT}/check"))
    assert page.headers["location"] == "/lyg/credit/sunshine_e_micro"
    overview = samples.overview(applications=[samples.application(state="referred")])
    pages.core.says("GET", "/customers/cu-1/overview", overview)
    product = await visitor.get("/credit/sunshine_e_micro")
    assert "您已经有一份申请在办" in product.text
    assert "/lyg/applications/ap-1" in product.text


async def test_nothing_of_the_draft_stays_after_submitting(pages: Site) -> None:
    ConsentBook(pages.core)
    visitor = await pages.client()
    pages.core.says("POST", APPLICATIONS, submitted())
    await answer_questions(visitor, "70000")
    await agree_to_all(visitor)
    await visitor.send(await visitor.get(f"{PRODUCT}/check"))
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(pre_credit=None))
    assert "80000" not in html.unescape((await visitor.get(f"{PRODUCT}/amount")).text)


async def test_what_was_typed_stays_until_the_bank_has_the_application(pages: Site) -> None:
    ConsentBook(pages.core)
    visitor = await pages.client()
    await answer_questions(visitor)
    await agree_to_all(visitor)
    pages.core.says("POST", APPLICATIONS, lambda _body: Problem(500, "internal"))
    lost = await visitor.send(await visitor.get(f"{PRODUCT}/check"))
    assert lost.headers["location"].startswith("/lyg/orders/")
    assert 'value="80000"' in (await visitor.get(f"{PRODUCT}/amount")).text
