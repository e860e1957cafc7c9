"""What can I get: one check on the consents that the customer chose, and results that promise nothing."""

from __future__ import annotations

import re

import pytest

from partner_adapters.core_bank.authorisations import AuthorisationList
from partner_adapters.core_bank.consents import ConsentList, ConsentTexts
from partner_adapters.core_bank.pre_credit import PreCredit, ProductOffer
from partner_adapters.core_bank.products import ProductList
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
PURPOSES = ["pre_credit_inquiry", "tax_inquiry"]


def ask_nothing_yet(pages: Site, *given: str) -> None:
    everything(pages.core)
    products = [samples.product(offer_consents=PURPOSES), *samples.several_products()[1:]]
    pages.core.says("GET", "/products", ProductList(items=products))
    texts = [samples.consent_text(purpose) for purpose in PURPOSES]
    pages.core.says("GET", "/consent-texts", ConsentTexts(items=texts))
    stored = [
        samples.consent(each.purpose, sha256=each.sha256, consent_id=f"cs-{each.purpose}")
        for each in texts
        if each.purpose in given
    ]
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=stored))
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(pre_credit=None))
    pages.core.says("POST", "/customers/cu-1/pre-credit", samples.order("pre_credit"))


async def test_only_what_was_ticked_is_agreed_to_and_asked(pages: Site) -> None:
    ask_nothing_yet(pages)
    visitor = await pages.client()
    page = await visitor.get("/credit/offers")
    assert re.findall(r'<input type="checkbox"[^>]*>', page.text)
    assert " checked" not in page.text

    def give(body: dict[str, list[dict[str, str]]]) -> ConsentList:
        ask_nothing_yet(pages, *(each["purpose"] for each in body["consents"]))
        return ConsentList(items=[samples.consent(each["purpose"]) for each in body["consents"]])

    pages.core.says("POST", "/customers/cu-1/consents", give)
    for ticked in ({}, {"tax_inquiry": "yes"}):
        assert (await visitor.send(page, **ticked)).status_code == 422
    assert pages.core.sent("/customers/cu-1/pre-credit") == []
    answer = await visitor.send(page, pre_credit_inquiry="yes")
    assert answer.headers["location"] == "/lyg/credit/offers"
    (given,) = pages.core.sent("/customers/cu-1/consents")
    assert [each["purpose"] for each in given.body["consents"]] == ["pre_credit_inquiry"]
    (check,) = pages.core.sent("/customers/cu-1/pre-credit")
    assert check.body == {"consent_ids": ["cs-pre_credit_inquiry"]}


async def test_a_consent_without_the_tax_bureau_s_authorisation_leads_there_and_back(pages: Site) -> None:
    ask_nothing_yet(pages, *PURPOSES)
    offer = ProductOffer(
        product_code="sunshine_e_micro",
        name=samples.PRODUCT_NAME,
        state="not_asked",
        needs=["tax_inquiry"],
    )
    found = PreCredit(state="none", products=[offer])
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(pre_credit=found))
    visitor, own = await pages.client(), "/customers/cu-1/authorisations"
    for state, leads in (("none", True), ("given", False)):
        one = samples.authorisation(state=state)
        pages.core.says("GET", own, AuthorisationList(items=[one]))
        page = await visitor.get("/credit/offers")
        assert ('href="/lyg/authorise/tax?next=/lyg/credit/offers"' in page.text) is leads
        # Nothing is missing once the bureau agreed too: only another check is to be made.
        assert ("还缺下面这些" in page.text, "再查一次，就知道能借多少" in page.text) == (leads, not leads)


async def test_a_text_that_changed_meanwhile_is_shown_anew_and_nothing_is_asked(pages: Site) -> None:
    ask_nothing_yet(pages)
    visitor = await pages.client()
    page = await visitor.get("/credit/offers")
    pages.core.says("POST", "/customers/cu-1/consents", Problem(409, "consent.text_changed"))
    answer = await visitor.send(page, pre_credit_inquiry="yes", tax_inquiry="yes")
    assert (answer.status_code, "还没有记下" in answer.text) == (409, True)
    assert pages.core.sent("/customers/cu-1/pre-credit") == []


async def test_each_product_says_at_most_how_much_why_and_what_would_change_it(pages: Site) -> None:
    ask_nothing_yet(pages, *PURPOSES)
    found = PreCredit(state="none", products=samples.product_offers())
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(pre_credit=found))
    visitor = await pages.client()
    page = (await visitor.get("/credit/offers")).text
    for said in (
        "最多 120,000 元，审批后才算数",
        "按一年缴的税，150,000 元。减去已有的信用贷款、本行已给您还没借的额度，剩 120,000 元",
        "这一条不受限的话，最多 300,000 元",
        "想借超过 100,000 元，由工作人员看",
        "现在申请批不下来。这不是审批结果，不会记成拒绝",
        "从 85% 降到 70%",
        "申请后由工作人员看",
        "再查一次，就知道能借多少",
        "这里的数字不是承诺",
    ):
        assert said in page, said
    # Beside an offer, and beside the one change that a check knows of: neither is a decision.
    assert page.count("申请时还要查征信等资料，结果可能不同") == 2
    # Withdrawn, the bank answers as if it had never been asked, and nothing of it is shown.
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(pre_credit=None))
    page = (await visitor.get("/credit/offers")).text
    assert "审批后才算数" not in page
    assert "这里的数字" not in page


async def test_a_product_of_which_the_customer_has_a_line_leads_to_the_line_and_offers_nothing(
    pages: Site,
) -> None:
    ask_nothing_yet(pages, *PURPOSES)
    offer = samples.product_offers()[0].model_copy(update={"product_code": "sunshine_e_micro"})
    found = PreCredit(state="none", products=[offer])
    pages.core.says(
        "GET", "/customers/cu-1/overview", samples.overview(pre_credit=found, lines=[samples.line()])
    )
    page = (await (await pages.client()).get("/credit/offers")).text
    assert "您已经有这个产品的额度" in page
    assert f'href="/lyg/lines/{samples.line().line_id}"' in page
    assert "审批后才算数" not in page
    assert "看条件，申请" not in page
