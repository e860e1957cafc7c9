"""The bank's staff see what waits, the overdue first, and answer once, under their own name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mock_partners.bank.core.kernel.access import issue
from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.applications import AskReview
from partner_adapters.core_bank.cases import AnswerCase, AskPerson, ComplainAsGuest
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import TestBank, new_intent
from tests.support.people.applicants import borrower

pytestmark = pytest.mark.anyio
GUEST = ComplainAsGuest(note="等了一上午", name="王女士", phone="19900001111")
REPLY = AnswerCase(answer="请带营业执照到任一网点，我们当面看。")


async def test_the_overdue_stand_first(bank: TestBank) -> None:
    complaint = await bank.client().cases.complain_as_guest(GUEST, new_intent())
    customer = await bank.customer()
    bank.clock.advance(timedelta(days=1))
    asked = AskPerson(product_code="tax_micro", note="经营满两年了")
    waiting = await bank.client().cases.ask_person(customer.customer_id, asked, new_intent())
    found = await bank.staff().open()
    assert [case.number for case in found.items] == [waiting.number, complaint.number]
    assert (found.open_count, found.overdue_count) == (2, 0)
    bank.clock.advance(timedelta(days=8))
    found = await bank.staff().open()
    assert [case.is_overdue for case in found.items] == [True, False]
    assert found.overdue_count == 1


async def test_a_case_is_answered_once(bank: TestBank) -> None:
    made = await bank.client().cases.complain_as_guest(GUEST, new_intent())
    intent = new_intent()
    answered = await bank.staff().answer(made.number, REPLY, intent)
    assert await bank.staff().answer(made.number, REPLY, intent) == answered, "the same command again"
    with pytest.raises(Problem) as refused:
        await bank.staff().answer(made.number, AnswerCase(answer="别的"), new_intent())
    assert (refused.value.code, refused.value.params) == ("case.ended", {"state": "answered"})
    assert (await bank.staff().open()).items == []
    assert (await bank.staff().get(made.number)).answer == REPLY.answer
    with pytest.raises(Problem) as unknown:
        await bank.staff().answer("261124000000", REPLY, new_intent())
    assert unknown.value.code == "case.unknown"


async def test_a_review_is_not_answered_in_words_but_decided(bank: TestBank) -> None:
    sun = await borrower(bank, person("sun_li"))
    declined = await sun.decided()
    asked = await sun.client.applications.ask_review(
        declined.application_id, AskReview(note="名单上漏了我"), new_intent()
    )
    assert asked.open_case is not None
    with pytest.raises(Problem, match=r"case\.needs_decision"):
        await bank.staff().answer(asked.open_case.number, REPLY, new_intent())
    assert (await sun.client.applications.get(declined.application_id)).open_case == asked.open_case


@pytest.mark.parametrize("path", ["/cases", "/cases/261124000000"])
async def test_only_operators_with_the_scope_see_cases(bank: TestBank, path: str) -> None:
    for caller in (bank.core.settings.clients[0], bank.core.settings.operators[0]):
        headers = {"Authorization": f"Bearer {issue(bank.core, caller)}"}
        answer = await bank.http.send("GET", f"http://core-bank{path}", repeatable=True, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "access.scope")


async def test_staff_of_another_bank_see_none_of_them(bank: TestBank) -> None:
    made = await bank.client("haian").cases.complain_as_guest(GUEST, new_intent())
    assert (await bank.staff().open()).open_count == 0
    with pytest.raises(Problem):
        await bank.staff().get(made.number)
