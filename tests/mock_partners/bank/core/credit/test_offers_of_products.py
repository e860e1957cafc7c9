"""One consented check offers what each product would: limit, rate, bounds, or the reason against it."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection, select

from mock_partners.bank.core.credit import pre_credit as looks
from mock_partners.bank.core.credit.tables import pre_credit
from mock_partners.bank.core.kernel.dated_changes import install_first
from mock_partners.bank.core.products.catalogue import seeds
from mock_partners.bank.core.products.document import ProductDocument
from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.pre_credit import CheckPreCredit, ProductOffer
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.people.applicants import Borrower, authorise, borrower

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("esign")]
EVERYTHING = ["pre_credit_inquiry", "tax_inquiry", "registry_inquiry", "warnings_inquiry"]


async def checked(bank: TestBank, name: str, purposes: list[str]) -> tuple[Borrower, dict[str, ProductOffer]]:
    who = person(name)
    customer = await bank.customer(who)
    ids = await bank.consents(customer.customer_id, purposes)
    asker = Borrower(bank, who, "lyg", customer.customer_id, ids)
    await asker.check_list()
    await bank.work()
    return asker, await offers(asker)


async def offers(asker: Borrower) -> dict[str, ProductOffer]:
    answer = await asker.client.pre_credit.get(asker.customer_id)
    return {offer.product_code: offer for offer in answer.products}


async def test_a_farmer_s_list_offers_one_product_and_names_what_the_other_needs(bank: TestBank) -> None:
    _, found = await checked(bank, "li_xiuying", ["pre_credit_inquiry"])
    listed, taxed = found["sunshine_e_micro"], found["tax_micro"]
    assert (listed.state, listed.limit_fen, listed.rate_ppm) == ("offered", 8_000_000, 52_000)
    assert [bound.code for bound in listed.bounds if bound.binds] == ["income"]
    # By score alone it would be 200,000 less 10,000.
    assert (listed.debt_fen, listed.up_to_fen, listed.person_above_fen) == (1_000_000, 19_000_000, None)
    assert (taxed.state, taxed.limit_fen, taxed.reasons) == ("not_asked", None, [])
    assert taxed.needs == ["tax_inquiry", "registry_inquiry", "warnings_inquiry"]


async def test_a_taxpayer_gets_limit_rate_and_bounds_from_the_same_check(bank: TestBank) -> None:
    asker, unauthorised = await checked(bank, "gao_ming", EVERYTHING)
    # Consented to, but not authorised at the bureau itself: the bureau is not asked, and the check ends all the same.
    assert (unauthorised["tax_micro"].state, unauthorised["tax_micro"].needs) == (
        "not_asked",
        ["tax_inquiry"],
    )
    await authorise(bank, asker.customer_id, asker.who)
    await bank.http.send(
        "POST", "http://data-sources/_deviate", repeatable=False, json={"names": ["warnings.down"]}
    )
    bank.clock.advance(timedelta(seconds=1))
    await asker.check_list()
    await bank.work()
    unheard = (await offers(asker))["tax_micro"]
    assert (unheard.state, unheard.silent, unheard.needs) == ("unavailable", ["warnings"], [])
    await bank.http.send("POST", "http://data-sources/_deviate", repeatable=False, json={"names": []})
    bank.clock.advance(timedelta(seconds=1))
    await asker.check_list()
    await bank.work()
    found = await offers(asker)
    assert found["sunshine_e_micro"].state == "declined"
    assert [reason.code for reason in found["sunshine_e_micro"].reasons] == ["V04"]
    taxed = found["tax_micro"]
    assert (taxed.state, taxed.needs) == ("offered", [])
    assert {bound.code for bound in taxed.bounds} == {"tax", "revenue", "cap"}
    newest = select(pre_credit).order_by(pre_credit.c.checked_at.desc())
    row = (await bank.store.read(lambda conn: conn.execute(newest).all()))[0]
    assert [answer["source"] for answer in row.more_answers] == ["registry", "tax", "warnings"]
    # What rests on a withdrawn consent is not shown any more.
    await asker.client.consents.withdraw(asker.customer_id, asker.consent_ids[1])
    after = (await offers(asker))["tax_micro"]
    assert (after.state, after.limit_fen, after.needs) == ("not_asked", None, ["tax_inquiry"])
    await bank.prove()


async def test_a_later_account_application_or_line_ends_what_the_check_said(bank: TestBank) -> None:
    _, before = await checked(bank, "li_xiuying", ["pre_credit_inquiry"])
    assert before["sunshine_e_micro"].state == "offered"
    bank.clock.advance(timedelta(seconds=1))
    li = await borrower(bank)
    # The list's own offer stays; what each product would do is asked anew.
    answer = await li.client.pre_credit.get(li.customer_id)
    assert (answer.state, {offer.state for offer in answer.products}) == ("offered", {"not_asked"})
    bank.clock.advance(timedelta(seconds=1))
    await li.check_list()
    await bank.work()
    assert (await offers(li))["sunshine_e_micro"].state == "offered"
    bank.clock.advance(timedelta(seconds=1))
    await li.line_id()
    with pytest.raises(Problem, match=r"pre_credit\.not_asked"):
        await offers(li)
    # A second line of a product is never granted, so none is offered.
    bank.clock.advance(timedelta(seconds=1))
    await li.check_list()
    await bank.work()
    answer = await li.client.pre_credit.get(li.customer_id)
    states = {offer.product_code: offer.state for offer in answer.products}
    assert (answer.state, states["sunshine_e_micro"]) == ("none", "has_line")


async def test_sources_that_leave_a_record_are_not_asked_whatever_was_consented_to(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    ids = await bank.consents(customer.customer_id, ["pre_credit_inquiry", "credit_bureau_inquiry"])
    await bank.client().pre_credit.check(customer.customer_id, CheckPreCredit(consent_ids=ids), new_intent())
    await bank.work()
    row = (await bank.store.read(lambda conn: conn.execute(select(pre_credit)).all()))[0]
    assert (row.statement["source"], row.more_answers) == ("pre_credit_list", [])


async def test_one_product_without_offers_or_broken_never_fails_the_others(bank: TestBank) -> None:
    seed = next(one for one in seeds() if one.code == "sunshine_e_micro").model_dump(mode="json")
    texts = {"requirements": [{"zh": "$gone", "en": "$gone"}]}
    later = seed | {"code": "later", "version": 1, "limit": seed["limit"] | {"offer_sources": []}}
    # As an earlier release may have stored them: none of these can be proposed any more.
    unshown = seed | {"code": "unshown", "version": 1, "asking": seed["asking"] | texts}
    unread = seed | {"code": "unread", "version": 1, "rules": []}

    def store(conn: Connection) -> None:
        for content in (later, unshown, unread):
            install_first(conn, "product", content["code"], content, date(2026, 1, 1), bank.clock.now())

    await bank.store.write(store)
    asker, found = await checked(bank, "li_xiuying", ["pre_credit_inquiry"])
    assert found["sunshine_e_micro"].state == "offered"
    assert (found["later"].state, found["later"].needs, found["later"].limit_fen) == ("not_asked", [], None)
    shown = {product.code for product in await asker.client.products.all()}
    assert shown == {"later", "sunshine_e_micro", "tax_micro", "tea"}


def test_an_offer_that_cannot_be_worked_out_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = seeds()

    def work_out(_ctx: object, document: ProductDocument, *_rest: object) -> str:
        return document.name["en"] if document.code != "tea" else str(1 // 0)

    monkeypatch.setattr(looks, "offer_of_product", work_out)
    found = looks._found(SimpleNamespace(bank_id="hzw"), documents, [], [], ())  # type: ignore[arg-type]
    assert [document.code for document, _ in found] == ["sunshine_e_micro", "tax_micro"]
