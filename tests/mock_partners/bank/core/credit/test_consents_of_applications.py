"""A consent that was given for one application ends with it, and a new application asks for a new one."""

import pytest

from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.consents import Consent
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, TestBank
from tests.support.people.applicants import PURPOSES, Borrower, borrower

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


async def test_an_approval_leaves_them_standing(bank: TestBank) -> None:
    li = await borrower(bank, LI)
    assert (await li.decided()).contract_id
    assert not any(consent.ended_at for consent in await _consents(li))
