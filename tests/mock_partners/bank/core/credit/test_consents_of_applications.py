"""A consent that was given for one application ends with it, and a new application asks for a new one."""

from datetime import timedelta

import pytest

from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.applications import AskReview
from partner_adapters.core_bank.consents import Consent
from partner_adapters.core_bank.reviews import DecideReview
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.people.applicants import PURPOSES, YUAN, Borrower, borrower

pytestmark = pytest.mark.anyio
FOR_ONE_APPLICATION = {*PURPOSES} - {"pre_credit_inquiry"}


async def _consents(of: Borrower) -> list[Consent]:
    return await of.client.consents.all(of.customer_id)


async def test_what_a_cancelled_application_was_allowed_is_not_allowed_to_the_next(bank: TestBank) -> None:
    chen = await borrower(bank, person("chen_jianguo"))
    referred = await chen.decided()
    assert not any(consent.ended_at for consent in await _consents(chen))
    await chen.client.applications.cancel_review(referred.application_id)
    after = {consent.purpose: consent for consent in await _consents(chen)}
    assert {purpose for purpose, consent in after.items() if consent.ended_at} == FOR_ONE_APPLICATION
    assert not any(after[purpose].permits_here for purpose in FOR_ONE_APPLICATION)
    assert not any(consent.withdrawn_at for consent in after.values())
    with pytest.raises(Problem) as refused:
        await chen.apply()
    assert refused.value.code == "consent.missing"
    again = await chen.agree_again()
    assert again.consent_ids[0] == chen.consent_ids[0]
    assert set(again.consent_ids[1:]).isdisjoint(chen.consent_ids)
    assert (await again.decided()).state == "referred"


async def test_a_decline_ends_them_too(bank: TestBank) -> None:
    zhao = await borrower(bank, person("zhao_min"))
    assert (await zhao.decided()).state == "declined"
    assert {each.purpose for each in await _consents(zhao) if each.ended_at} == FOR_ONE_APPLICATION


async def test_they_stand_while_the_customers_review_is_open_and_end_with_it(bank: TestBank) -> None:
    zhao = await borrower(bank, person("zhao_min"))
    declined = await zhao.decided()
    ask = AskReview(note="")
    await zhao.client.applications.ask_review(declined.application_id, ask, new_intent())
    assert not any(consent.ended_at for consent in await _consents(zhao))
    shown = await bank.reviews("senior").get(declined.application_id)
    assert all(consent.stands for consent in shown.consents)
    await zhao.client.applications.cancel_review(declined.application_id)
    assert {each.purpose for each in await _consents(zhao) if each.ended_at} == FOR_ONE_APPLICATION
    bank.clock.advance(timedelta(minutes=1))
    # Asked for again, and approved by a person: they go on with the loan.
    await zhao.client.applications.ask_review(declined.application_id, ask, new_intent())
    approval = DecideReview(
        version=0, outcome="approve", note="看过", limit_fen=20_000 * YUAN, grade_bp=110, line_months=12
    )
    await bank.reviews("senior").decide(declined.application_id, approval, new_intent())
    assert not any(consent.ended_at for consent in await _consents(zhao))


async def test_one_withdrawn_during_the_review_stays_withdrawn(bank: TestBank) -> None:
    zhao = await borrower(bank, person("zhao_min"))
    declined = await zhao.decided()
    ask = AskReview(note="")
    await zhao.client.applications.ask_review(declined.application_id, ask, new_intent())
    await zhao.client.consents.withdraw(zhao.customer_id, zhao.consent_to("courts_inquiry"))
    await zhao.client.applications.cancel_review(declined.application_id)
    await zhao.client.applications.ask_review(declined.application_id, ask, new_intent())
    after = {consent.purpose: consent for consent in await _consents(zhao)}
    assert {purpose for purpose, each in after.items() if each.withdrawn_at} == {"courts_inquiry"}


async def test_an_approval_leaves_them_standing(bank: TestBank) -> None:
    li = await borrower(bank, LI)
    assert (await li.decided()).contract_id
    assert not any(consent.ended_at for consent in await _consents(li))
