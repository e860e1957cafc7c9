"""A customer who waits for a person has the number to quote and the day of the answer on their phone."""

import pytest

from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.applications import AskReview
from partner_adapters.core_bank.cases import AskPerson, Case
from tests.support.houses.core import TestBank, new_intent
from tests.support.people.applicants import Borrower, borrower

pytestmark = pytest.mark.anyio


async def _told(who: Borrower, kind: str) -> list[str]:
    await who.bank.work()
    return [message.text for message in await who.bank.messages(who.who) if message.kind == kind]


def _says(text: str, case: Case) -> bool:
    day = case.answer_by
    by = f"{day.year}年{day.month}月{day.day}日以前答复"
    return f"编号{case.number[:6]}-{case.number[6:]}" in text and by in text


async def test_a_referral_says_its_number_and_when_the_answer_comes(bank: TestBank) -> None:
    chen = await borrower(bank, person("chen_jianguo"))
    case = (await chen.decided()).open_case
    (text,) = await _told(chen, "application_referred")
    assert case is not None
    assert _says(text, case)
    assert await _told(chen, "case_opened") == [], "one message, not two"


async def test_asking_a_person_is_acknowledged_once(bank: TestBank) -> None:
    sun = await borrower(bank, person("sun_li"))
    for _ in range(2):
        command = AskPerson(product_code="sunshine_e_micro")
        case = await sun.client.cases.ask_person(sun.customer_id, command, new_intent())
    (text,) = await _told(sun, "case_opened")
    assert _says(text, case)
    assert "人工咨询" in text


async def test_a_review_of_a_decline_is_acknowledged(bank: TestBank) -> None:
    zhao = await borrower(bank, person("zhao_min"))
    declined = await zhao.decided()
    command = AskReview(note="")
    asked = await zhao.client.applications.ask_review(declined.application_id, command, new_intent())
    (text,) = await _told(zhao, "case_opened")
    assert asked.open_case is not None
    assert _says(text, asked.open_case)
