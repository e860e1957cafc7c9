"""A customer whose name or address cannot be drawn or signed is approved and sent to a counter, not left waiting."""

from __future__ import annotations

import pytest

from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.cases import AnswerCase
from partner_adapters.esign.client import unprintable_characters
from partner_adapters.kit.values.problems import FieldError, Problem
from tests.support.houses.core import TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import borrower

pytestmark = pytest.mark.anyio


def refusal(code: str, field: str, *characters: str) -> Problem:
    errors = [FieldError(field=field, code=code, params={"character": one}) for one in characters]
    return Problem(422, code, errors=errors or [FieldError(field=field, code=code)])


@pytest.mark.parametrize(
    ("refused", "characters"),
    [
        (refusal("esign.not_certifiable", "signer.name", "U+9FA6", "U+9FC3"), "龦 U+9FA6、鿃 U+9FC3"),
        (refusal("esign.not_certifiable", "signer.name"), ""),
        (refusal("esign.missing_glyph", "signer.address", "U+20BB7"), "𠮷 U+20BB7"),
        (refusal("esign.missing_glyph", "fields.purpose", "U+20BB7"), None),
        (refusal("esign.no_seal", "bank.name"), None),
    ],
)
def test_only_what_the_person_is_called_leads_to_the_counter(
    refused: Problem, characters: str | None
) -> None:
    assert unprintable_characters(refused) == characters


async def test_the_customer_and_the_staff_are_told_and_nothing_waits(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    esign.refuses = refusal("esign.not_certifiable", "signer.name", "U+9FA6")
    ended = await li.decided()
    assert ended.state == "at_counter"
    assert ended.timeline[-1].name == "at_counter"
    assert all(step.at for step in ended.timeline)
    assert ended.open_case is not None
    assert (ended.open_case.kind, ended.open_case.note) == ("contract", "龦 U+9FA6")
    assert ended.contract_id is not None
    assert (await li.client.contracts.get(ended.contract_id)).state == "void"
    told = (await bank.messages())[0].text
    assert "请带身份证到任一网点柜面签" in told
    assert ended.open_case.number[-6:] in told
    assert [case.number for case in (await bank.staff().open()).items] == [ended.open_case.number]
    bureau = await li.client.consents.get(li.customer_id, li.consent_to("credit_bureau_inquiry"))
    assert bureau.ended_at is not None
    await bank.prove()


async def test_who_waits_for_a_decision_is_told_at_once_and_keeps_the_number(
    bank: TestBank, esign: ESignStandIn
) -> None:
    chen = await borrower(bank, person("chen_jianguo"))
    esign.refuses = refusal("esign.missing_glyph", "signer.name", "U+2A6A5")
    waiting = await chen.decided()
    assert (waiting.state, waiting.open_case and waiting.open_case.kind) == ("referred", "referral")
    assert waiting.contract_case is not None
    assert waiting.contract_case.note == "𪚥 U+2A6A5"
    told = {message.kind: message.text for message in await bank.messages(chen.who)}
    assert waiting.contract_case.number[-6:] in told["contract_will_be_at_counter"]
    # Who decides about the referral sees it, and where the customer lives.
    read = await bank.reviews().get(waiting.application_id)
    assert (read.at_counter, read.address) == ("𪚥 U+2A6A5", chen.who.address)
    assert read.region["region_source"] == "pre_credit_list"
    # A decline leaves no contract to sign anywhere.
    zhao = await borrower(bank, person("zhao_min"))
    declined = await zhao.decided()
    assert (declined.state, declined.contract_case) == ("declined", None)
    assert {case.kind for case in (await bank.staff().open()).items} == {"contract", "referral"}


async def test_no_other_application_is_made_in_vain_and_none_is_barred_for_ever(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    esign.refuses = refusal("esign.missing_glyph", "signer.name", "U+20BB7")
    ended = await li.decided()
    again = await li.agree_again()
    found = await li.client.applications.eligibility(li.customer_id, ended.product_code)
    assert (found.open_case, found.may_apply) == (ended.open_case, False)
    with pytest.raises(Problem) as early:
        await again.apply()
    assert early.value.code == "application.in_review"
    assert ended.open_case is not None
    answer = AnswerCase(answer="您的姓名已在柜面更正，可以再申请。")
    await bank.staff().answer(ended.open_case.number, answer, new_intent())
    esign.refuses = None
    assert (await again.decided()).state == "contract_ready"


async def test_what_the_bank_itself_wrote_is_the_banks_to_mend(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank)
    esign.refuses = refusal("esign.missing_glyph", "fields.purpose", "U+20BB7")
    waiting = await li.decided()
    assert waiting.state == "approved"
    esign.refuses = None
    await bank.work(60)
    assert (await li.client.applications.get(waiting.application_id)).state == "contract_ready"
