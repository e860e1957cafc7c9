"""The risk grade of a customer: from the bank's own facts, stored with its reasons, never told."""

from datetime import timedelta

import pytest

from mock_partners.bank.core.due_diligence.risk_rules import grade_facts, read_rules
from partner_adapters.core_bank.calls import CoreCalls, CoreTokens
from partner_adapters.core_bank.due_diligence import RiskGrade, RiskGradeList
from tests.support.houses.core import LI, TestBank, new_intent, stated_by

FACTS = {
    "customer": {
        "age": 40,
        "nationality": "CN",
        "occupation": "farmer",
        "address_in_region": True,
        "document_days_left": 3000,
    },
    "earlier": {"high_within_review": False},
}


@pytest.mark.parametrize(
    ("about", "grade", "reasons"),
    [
        ({}, "low", []),
        ({"occupation": "other"}, "low", ["occupation_not_stated"]),
        (
            {"occupation": "other", "address_in_region": False},
            "medium",
            ["occupation_not_stated", "address_outside_region"],
        ),
        (
            {"occupation": "other", "address_in_region": False, "document_days_left": 20},
            "high",
            ["occupation_not_stated", "address_outside_region", "document_expires_soon"],
        ),
        ({"age": 80}, "low", ["age_75_or_more"]),
        ({"age": 17}, "high", ["minor", "age_below_20"]),
        ({"nationality": "US"}, "high", ["foreign_nationality"]),
    ],
)
def test_a_grade_is_the_sum_of_its_reasons(about: dict[str, object], grade: str, reasons: list[str]) -> None:
    graded = grade_facts(read_rules()[0], {**FACTS, "customer": FACTS["customer"] | about})
    assert (graded.grade, [reason.code for reason in graded.reasons]) == (grade, reasons)


def test_a_missing_fact_refers_to_a_person() -> None:
    known = {name: fact for name, fact in FACTS["customer"].items() if name != "address_in_region"}
    assert grade_facts(read_rules()[0], {**FACTS, "customer": known}).grade == "high"


async def _grades(bank: TestBank, customer_id: str) -> list[RiskGrade]:
    tokens = CoreTokens(bank.http, "http://core-bank", "diligence-hzw", "diligence's secret")
    calls = CoreCalls(bank.http, "http://core-bank", tokens)
    return (await calls.get(f"/due-diligence/{customer_id}", RiskGradeList)).items


@pytest.mark.anyio
async def test_a_high_grade_ends_at_the_counter_without_a_word_of_it_and_stays(bank: TestBank) -> None:
    customer_id = (await bank.customer(LI)).customer_id
    risky = stated_by(LI).model_copy(
        update={
            "occupation": "other",
            "address": "上海市浦东新区示例路1号",
            "document_expires_on": bank.clock.today() + timedelta(days=20),
        }
    )
    command = await bank.open_command(LI, customer_id)
    asked = len([path for party, _, path in bank.wires.sent if party == "card_network"])
    for particulars in (risky, stated_by(LI)):  # other answers do not help
        command = command.model_copy(update={"particulars": particulars})
        order = await bank.client().accounts.open(customer_id, command, new_intent())
        await bank.work()
        order = await bank.client().orders.get(order.intent)
        assert (order.state, order.reason and order.reason.code) == ("failed", "account.at_counter")
        assert "high" not in order.model_dump_json()
    assert len([path for party, _, path in bank.wires.sent if party == "card_network"]) == asked
    newest, first = await _grades(bank, customer_id)
    assert [reason.code for reason in newest.reasons] == ["graded_high_before"]
    assert first.grade == "high"
    assert first.points == 6
    assert first.next_review_on > bank.clock.today() + timedelta(days=150)
    assert first.facts["customer"]["occupation"] == "other"
    await bank.prove()


@pytest.mark.anyio
async def test_an_ordinary_customer_is_graded_low_and_opens_the_account(bank: TestBank) -> None:
    await bank.account(LI)
    (grade,) = await _grades(bank, (await bank.customer(LI)).customer_id)
    assert (grade.grade, grade.reasons, grade.rules_version) == ("low", [], "2026-12-2")
    await bank.prove()
