"""A complaint of a customer or a guest has a number, a day to answer and an answer from a named operator."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from partner_adapters.core_bank.cases import (
    AnswerCase,
    CaseState,
    Complain,
    ComplainAsGuest,
    FindComplaint,
)
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.people.applicants import borrower

pytestmark = pytest.mark.anyio
NOTE = "充值扣了款，\n账户里没有"
PHONE = "19900001111"
GUEST = ComplainAsGuest(note=NOTE, name="王女士", phone=PHONE)
REPLY = AnswerCase(answer="钱已退回您的银行卡，请查收。")


async def refusal(call: object) -> Problem:
    with pytest.raises(Problem) as refused:
        await call  # type: ignore[misc]
    return refused.value


async def inbox(bank: TestBank, phone: str) -> list[str]:
    response = await bank.http.send(
        "GET", "http://messages/messages", repeatable=True, params={"phone": phone}
    )
    return [item["text"] for item in response.json()["items"]]


def on_pages(number: str) -> str:
    """The number of a case as pages and text messages write it."""
    return f"{number[:6]}-{number[6:]}"


async def test_a_customer_complains_and_reads_the_answer(bank: TestBank) -> None:
    customer = await bank.customer()
    cases, intent = bank.client().cases, new_intent()
    made = await cases.complain(customer.customer_id, Complain(note=NOTE), intent)
    assert (made.kind, made.state, made.note, made.answer) == ("complaint", CaseState.OPEN, NOTE, None)
    assert (made.answer_days, made.in_working_days) == (15, False)
    assert made.answer_by == date(2026, 12, 9)
    assert await cases.complain(customer.customer_id, Complain(note=NOTE), intent) == made, "a second tap"

    answered = await bank.staff().answer(made.number, REPLY, new_intent())
    assert (answered.answered_by, answered.name, answered.phone) == ("service-hzw", LI.name, LI.phone)
    (case,) = await cases.all(customer.customer_id)
    assert (case.state, case.answer, case.closed_at) == (CaseState.ANSWERED, REPLY.answer, bank.clock.now())
    (message,) = await bank.client().customer_messages.all(customer.customer_id)
    assert (message.kind, message.ref, message.case_kind) == ("case_answered", made.case_id, "complaint")
    await bank.work()
    assert await inbox(bank, LI.phone) == [
        f"【海州湾农村商业银行】您的投诉（编号{on_pages(made.number)}）有答复了，请打开“消息”看。想问清楚，请致电0518-85500000。"
    ]
    await bank.prove()


async def test_a_guest_complains_and_gets_the_answer_by_text_message(bank: TestBank) -> None:
    cases = bank.client().cases
    made = await cases.complain_as_guest(GUEST, new_intent())
    assert await inbox(bank, PHONE) == [], "the number is unverified"
    found = await cases.find_complaint(FindComplaint(number=made.number, phone=PHONE))
    assert found == made
    assert "note" not in found.model_dump()
    await bank.staff().answer(made.number, REPLY, new_intent())
    await bank.work()
    assert await inbox(bank, PHONE) == [
        f"【海州湾农村商业银行】您的投诉（编号{on_pages(made.number)}）答复：{REPLY.answer}"
        " 想问清楚，请致电0518-85500000。"
    ]
    found = await cases.find_complaint(FindComplaint(number=made.number, phone=PHONE))
    assert found.state is CaseState.ANSWERED
    await bank.prove()


async def test_what_a_guest_does_not_know_exactly_is_answered_alike(bank: TestBank) -> None:
    made = await bank.client().cases.complain_as_guest(GUEST, new_intent())
    customer = await bank.customer()
    own = await bank.client().cases.complain(customer.customer_id, Complain(note=NOTE), new_intent())
    for number, phone in ((made.number, LI.phone), ("261124000000", PHONE), (own.number, LI.phone)):
        refused = await refusal(bank.client().cases.find_complaint(FindComplaint(number=number, phone=phone)))
        assert (refused.status, refused.code, refused.params) == (404, "case.unknown", {})
    elsewhere = bank.client("haian").cases.find_complaint(FindComplaint(number=made.number, phone=PHONE))
    assert (await refusal(elsewhere)).code == "case.unknown"


async def test_a_customer_of_another_partner_is_unknown(bank: TestBank) -> None:
    customer = await bank.customer()
    elsewhere = bank.client("haian").cases.complain(customer.customer_id, Complain(note=NOTE), new_intent())
    assert (await refusal(elsewhere)).code == "customer.unknown"


async def test_a_complaint_is_taken_with_a_frozen_account_and_without_any_consent(bank: TestBank) -> None:
    li = await borrower(bank)
    account = (await li.client.customers.overview(li.customer_id)).account
    assert account is not None
    await li.client.freezes.freeze(account.account_id, new_intent())
    for consent in await li.client.consents.all(li.customer_id):
        if consent.withdrawn_at is None and consent.purpose != "account_terms":
            await li.client.consents.withdraw(li.customer_id, consent.consent_id)
    made = await li.client.cases.complain(li.customer_id, Complain(note=NOTE), new_intent())
    assert made.state is CaseState.OPEN


async def test_five_complaints_a_day_are_enough_for_one_person(bank: TestBank) -> None:
    customer, cases = await bank.customer(), bank.client().cases
    for turn in range(5):
        await cases.complain(customer.customer_id, Complain(note=f"{turn}"), new_intent())
        await cases.complain_as_guest(GUEST, new_intent())
    for call in (
        cases.complain(customer.customer_id, Complain(note="6"), new_intent()),
        cases.complain_as_guest(GUEST, new_intent()),
    ):
        refused = await refusal(call)
        assert (refused.status, refused.code, refused.params) == (409, "complaint.too_many", {"max": 5})
    await cases.complain_as_guest(GUEST.model_copy(update={"phone": "19900002222"}), new_intent())
    bank.clock.advance(timedelta(days=1))
    await cases.complain(customer.customer_id, Complain(note="6"), new_intent())
