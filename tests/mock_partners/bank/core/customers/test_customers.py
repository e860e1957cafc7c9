"""A partner's statement identifies its customer by its signature only, and never another customer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey
from sqlalchemy import Connection, func, select

from mock_partners.bank.core.customers.tables import consent, customer, customer_link, customer_phone
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.consents import GiveConsents
from partner_adapters.core_bank.customers import ChoosePhone, IdentityStatement
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, LIU, WANG, TestBank, new_intent

pytestmark = pytest.mark.anyio


async def refusal(bank: TestBank, statement: IdentityStatement) -> tuple[int, str]:
    with pytest.raises(Problem) as refused:
        await bank.client().customers.identify(statement)
    return refused.value.status, refused.value.code


async def everything_about(bank: TestBank) -> list[tuple[str, int]]:
    """How many rows the tables of customers have."""
    tables = (customer, customer_link, consent)

    def count(conn: Connection) -> list[tuple[str, int]]:
        return [(t.name, conn.execute(select(func.count()).select_from(t)).scalar_one()) for t in tables]

    return await bank.store.read(count)


async def test_nothing_is_taken_in_before_the_customer_agrees(bank: TestBank) -> None:
    before = await everything_about(bank)
    assert await refusal(bank, bank.statement(LI)) == (403, "consent.missing")
    other = bank.statement(LI).model_copy(update={"given": bank.agreement(purpose="courts_inquiry")})
    assert await refusal(bank, other) == (403, "consent.missing")
    (given,) = bank.agreement().consents
    older = GiveConsents(consents=[given.model_copy(update={"version": "2020-01-01"})], session_ref="s")
    stale = bank.statement(LI).model_copy(update={"given": older})
    assert await refusal(bank, stale) == (409, "consent.text_changed")
    assert await everything_about(bank) == before


async def test_the_consent_that_comes_with_the_statement_is_stored_once_and_lasts(bank: TestBank) -> None:
    first = await bank.customer(LI)
    await bank.customer(LI)
    (stored,) = await bank.client().consents.all(first.customer_id)
    assert (stored.purpose, stored.permits_here) == ("share_with_bank", True)
    assert await bank.client().customers.identify(bank.statement(LI)) == first


async def test_a_customer_who_withdrew_it_is_recognised_by_the_subject_alone(bank: TestBank) -> None:
    first = await bank.customer(LI)
    (stored,) = await bank.client().consents.all(first.customer_id)
    await bank.client().consents.withdraw(first.customer_id, stored.consent_id)
    bare = bank.statement(LI).model_copy(update={"particulars": ""})
    assert await bank.client().customers.identify(bare) == first
    assert await refusal(bank, bank.statement(LIU).model_copy(update={"particulars": ""})) == (
        401,
        "identity.refused",
    )
    # Nothing is looked at of what a partner hands over all the same.
    other = bank.statement(LI, name="李秀兰", phone_number="13900000000")
    assert await bank.client().customers.identify(other) == first
    # Agreeing again is a new consent.
    bank.clock.advance(timedelta(minutes=1))
    assert await bank.customer(LI) == first
    assert [each.permits_here for each in await bank.client().consents.all(first.customer_id)] == [
        True,
        False,
    ]


async def test_a_person_is_registered_once_and_leaves_the_core_masked(bank: TestBank) -> None:
    first = await bank.customer(LI)
    assert await bank.customer(LI) == first
    assert (first.name_masked, first.phone_masked) == ("李*英", "199****0001")
    assert LI.id_number not in first.model_dump_json()
    assert (await bank.customer(LIU)).customer_id != first.customer_id


async def test_a_number_that_the_app_states_is_asked_about_and_changes_nothing_by_itself(
    bank: TestBank,
) -> None:
    first = await bank.customer(LI)
    moved = await bank.client().customers.identify(bank.statement(LI, phone_number="19912345678"))
    assert (moved.customer_id, moved.phone_masked) == (first.customer_id, first.phone_masked)
    customers = bank.client().customers
    overview = await customers.overview(first.customer_id)
    assert (overview.phone_stated_masked, overview.todo[0].kind) == ("199****5678", "phone_differs")
    # The host says the known number again: nothing is left to ask.
    await customers.identify(bank.statement(LI))
    assert (await customers.overview(first.customer_id)).phone_stated_masked is None


async def test_the_number_that_is_replaced_is_told_and_the_new_one_counts_from_then(bank: TestBank) -> None:
    first = await bank.customer(LI)
    customers = bank.client().customers
    await customers.identify(bank.statement(LI, phone_number="19912345678"))
    answered = await customers.choose_phone(first.customer_id, ChoosePhone(use="app"), new_intent())
    assert answered.phone_masked == "199****5678"
    await bank.work()
    (told,) = [m.text for m in await bank.messages(LI) if m.kind == "phone_replaced"]
    assert "199****5678" in told
    assert "19912345678" not in told
    assert await replaced_numbers(bank) == [None]
    assert (await customers.overview(first.customer_id)).todo == []
    with pytest.raises(Problem) as refused:
        await customers.choose_phone(first.customer_id, ChoosePhone(use="app"), new_intent())
    assert refused.value.code == "phone.not_asked"


async def test_a_number_that_the_customer_did_not_take_is_not_asked_about_again(bank: TestBank) -> None:
    first = await bank.customer(LI)
    customers = bank.client().customers
    for number, asked in (("19912345678", True), ("19912345678", False), ("19900007777", True)):
        await customers.identify(bank.statement(LI, phone_number=number))
        overview = await customers.overview(first.customer_id)
        assert (overview.phone_stated_masked is not None) == asked, number
        if asked:
            kept = await customers.choose_phone(first.customer_id, ChoosePhone(use="bank"), new_intent())
            assert kept.phone_masked == first.phone_masked
    await bank.work()
    assert [m for m in await bank.messages(LI) if m.kind.startswith("phone")] == []


async def replaced_numbers(bank: TestBank) -> list[str | None]:
    return await bank.store.read(lambda conn: list(conn.scalars(select(customer_phone.c.replaced_phone))))


NAMELESS = {"name": None, "id_number": None, "id_type": None, "phone_number": None}


async def test_a_check_that_names_nobody_is_about_the_customer_its_subject_is_known_to_mean(
    bank: TestBank,
) -> None:
    assert await refusal(bank, bank.statement(LI, **NAMELESS)) == (401, "identity.refused")
    first = await bank.customer(LI)
    assert await bank.client().customers.identify(bank.statement(LI, **NAMELESS)) == first
    assert await refusal(bank, bank.statement(LIU, **NAMELESS)) == (401, "identity.refused")


@pytest.mark.parametrize(
    "info",
    [
        {"sub": "subject of liu_yang"},
        {"aud": "somebody else"},
        {"iss": "http://gov-app/haian"},
        {"name": None},
        {"phone_number": None},
        {"id_number": None},
        {"id_number": "320722197905120240"},
    ],
)
async def test_a_statement_that_does_not_hold_together_is_refused(
    bank: TestBank, info: dict[str, Any]
) -> None:
    assert await refusal(bank, bank.statement(LI, **info)) == (401, "identity.refused")


async def test_a_statement_signed_by_somebody_else_is_refused(bank: TestBank) -> None:
    forged = bank.id_token(LI, key=ECKey.generate_key("P-256", {"kid": "lyg"}))
    statement = bank.statement(LI)
    assert await refusal(bank, statement.model_copy(update={"statement": forged})) == (
        401,
        "identity.refused",
    )
    other = bank.statement(WANG, "haian")
    assert await refusal(bank, other) == (401, "identity.refused")


async def test_a_subject_that_stood_for_somebody_else_is_refused(bank: TestBank) -> None:
    await bank.customer(LI)
    mixed = bank.statement(LI, agreed=True, name=LIU.name, id_number=LIU.id_number)
    assert await refusal(bank, mixed) == (401, "identity.refused")


async def test_without_the_partners_keys_nobody_is_identified_yet(bank: TestBank) -> None:
    bank.wires.faults["gov_app"].add(Fault(kind="down", times=None))
    with pytest.raises(Exception, match="503"):
        await bank.client().customers.identify(bank.statement(LI, agreed=True))
    bank.wires.faults["gov_app"].clear()
    assert (await bank.customer(LI)).name_masked == "李*英"


async def test_a_partner_sees_only_customers_it_brought_itself(bank: TestBank) -> None:
    known = await bank.customer(LI)
    with pytest.raises(Problem) as refused:
        await bank.client("haian").customers.overview(known.customer_id)
    assert (refused.value.status, refused.value.code) == (404, "customer.unknown")


async def test_the_overview_of_a_new_customer_is_empty_but_true(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    overview = await bank.client().customers.overview(customer.customer_id)
    assert (overview.customer, overview.account) == (customer, None)
    assert overview.business_date == bank.clock.today()
    assert (overview.lines, overview.applications, overview.loans, overview.running_orders) == (
        [],
        [],
        [],
        [],
    )
