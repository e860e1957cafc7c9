"""What is refused at once, with the field or the reason, and what only the right customer sees."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from mock_partners.bank.core.credit.expiry import expire_offers
from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.applications import AskReview
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, LIU, WANG, TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import PURPOSES, YUAN, Borrower, borrower

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("other", "field", "code", "params"),
    [
        ({"amount_fen": 9_000 * YUAN}, "amount", "amount.too_small", {"min": "10000.00", "currency": "CNY"}),
        (
            {"amount_fen": 301_000 * YUAN},
            "amount",
            "amount.too_large",
            {"max": "300000.00", "currency": "CNY"},
        ),
        (
            {"amount_fen": 20_500 * YUAN},
            "amount",
            "amount.not_a_step",
            {"step": "1000.00", "currency": "CNY"},
        ),
        ({"term_months": 13}, "term_months", "term.not_offered", {}),
        ({"purpose": "shares"}, "purpose", "purpose.unknown", {}),
    ],
)
async def test_what_the_product_does_not_offer_is_a_fault_of_that_field(
    bank: TestBank, other: dict[str, Any], field: str, code: str, params: dict[str, str]
) -> None:
    li = await borrower(bank)
    with pytest.raises(Problem) as refused:
        await li.apply(**other)
    assert refused.value.status == 422
    assert [(one.field, one.code, one.params) for one in refused.value.errors] == [(field, code, params)]
    assert (await li.client.customers.overview(li.customer_id)).applications == []


async def test_an_application_needs_an_account_and_every_consent(bank: TestBank) -> None:
    customer = await bank.customer(LIU)
    ids = await bank.consents(customer.customer_id, PURPOSES)
    liu = Borrower(bank, LIU, "lyg", customer.customer_id, ids)
    with pytest.raises(Problem) as refused:
        await liu.apply()
    assert (refused.value.status, refused.value.code) == (409, "account.missing")
    li = await borrower(bank)
    with pytest.raises(Problem) as refused:
        await li.apply(consent_ids=li.consent_ids[:-1])
    assert (refused.value.status, refused.value.params) == (403, {"purpose": "courts_inquiry"})
    with pytest.raises(Problem) as refused:
        await li.apply(consent_ids=ids)  # another customer's
    assert refused.value.code == "consent.missing"


async def test_an_unknown_product_is_unknown(bank: TestBank) -> None:
    li = await borrower(bank)
    with pytest.raises(Problem) as refused:
        await li.apply(product_code="gold_rush")
    assert (refused.value.status, refused.value.code) == (404, "product.unknown")


@pytest.mark.both_databases
async def test_of_two_applications_at_once_one_is_taken(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank)
    outcomes = await asyncio.gather(*(li.apply() for _ in range(6)), return_exceptions=True)
    taken = [one for one in outcomes if not isinstance(one, BaseException)]
    assert len(taken) == 1
    assert {one.code for one in outcomes if isinstance(one, Problem)} == {"application.already_open"}
    assert len((await li.client.customers.overview(li.customer_id)).applications) == 1


async def test_with_an_open_line_there_is_no_second_application(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank)
    await li.line_id()
    with pytest.raises(Problem) as refused:
        await li.apply()
    assert refused.value.code == "application.already_open"


@pytest.mark.parametrize(
    ("other", "status", "code"),
    [
        ({"document_sha256": "0" * 64}, 409, "contract.offer_changed"),
        ({"cost_table_sha256": "0" * 64}, 409, "contract.offer_changed"),
        ({"read_seconds": 4}, 422, "contract.not_read"),
    ],
)
async def test_only_what_was_read_long_enough_is_signed(
    bank: TestBank, esign: ESignStandIn, other: dict[str, Any], status: int, code: str
) -> None:
    li = await borrower(bank)
    contract = await li.contract()
    with pytest.raises(Problem) as refused:
        await li.sign(contract, **other)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert esign.signed == 0
    assert (await li.client.contracts.get(contract.contract_id)).state == "ready"
    assert (await li.sign(contract)).state == "succeeded"


async def test_a_stale_or_foreign_face_signs_nothing(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank)
    await bank.customer(LIU)
    contract = await li.contract()
    for evidence in (bank.evidence(LI, auth_time=1), bank.evidence(LIU), bank.evidence(LI, amr=["pwd"])):
        with pytest.raises(Problem) as refused:
            await li.sign(contract, evidence=evidence)
        assert (refused.value.status, refused.value.code) == (401, "step_up.required")
    assert esign.signed == 0


@pytest.mark.both_databases
async def test_two_signatures_at_once_sign_once(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank)
    contract = await li.contract()
    outcomes = await asyncio.gather(*(li.sign(contract) for _ in range(4)), return_exceptions=True)
    assert [one.state for one in outcomes if not isinstance(one, BaseException)] == ["succeeded"]
    assert {one.code for one in outcomes if isinstance(one, Problem)} == {"contract.not_ready"}
    assert esign.signed == 1
    await bank.prove()


async def test_an_offer_ends_after_its_days_and_a_new_application_is_possible(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    contract = await li.contract()
    bank.clock.advance(timedelta(days=31))
    with pytest.raises(Problem) as refused:
        await li.sign(contract)
    assert refused.value.code == "contract.offer_changed"
    assert await bank.store.write(lambda conn: expire_offers(conn, bank.context())) == 1
    assert await bank.store.write(lambda conn: expire_offers(conn, bank.context())) == 0
    assert (await li.client.contracts.get(contract.contract_id)).state == "void"
    assert (await li.client.applications.get(contract.application_id)).state == "expired"
    assert (await (await li.agree_again()).decided()).state == "contract_ready"
    await bank.prove()


async def test_a_declined_applicant_may_ask_for_a_person_once(bank: TestBank) -> None:
    zhao = await borrower(bank, person("zhao_min"))
    declined = await zhao.decided()
    ask = AskReview(note="去年住院,已经还清")
    reviewed = await zhao.client.applications.ask_review(declined.application_id, ask, new_intent())
    assert reviewed.review_requested_at is not None
    assert [step.name for step in reviewed.timeline[-2:]] == ["review_requested", "waits_for_person"]
    bank.clock.advance(timedelta(hours=1))
    again = await zhao.client.applications.ask_review(declined.application_id, ask, new_intent())
    assert again == reviewed


async def test_what_was_approved_needs_no_review(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank)
    approved = await li.decided()
    with pytest.raises(Problem) as refused:
        await li.client.applications.ask_review(approved.application_id, AskReview(), new_intent())
    assert (refused.value.status, refused.value.code) == (409, "application.review_not_possible")


async def test_another_partner_s_customer_is_not_there_at_all(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank)
    await borrower(bank, WANG, "haian")
    line_id = await li.line_id()
    (application,) = (await li.client.customers.overview(li.customer_id)).applications
    other = bank.client("haian")
    for call in (
        other.applications.get(application.application_id),
        other.contracts.get(str(application.contract_id)),
        other.contracts.document(str(application.contract_id)),
        other.lines.get(line_id),
        other.pre_credit.get(li.customer_id),
    ):
        with pytest.raises(Problem) as refused:
            await call
        assert refused.value.status == 404
