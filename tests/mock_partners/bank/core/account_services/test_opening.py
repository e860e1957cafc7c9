"""Opening the electronic account: only for the person just seen, only with their own class I card."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mock_partners.bank.core.account_services.tables import opening
from mock_partners.bank.core.verification.tables import evidence_used
from mock_partners.testing.people.personas import Person
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.kit.values.check_digits import is_card_number
from partner_adapters.kit.values.clock import epoch
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, LIU, WANG, TestBank, new_intent

pytestmark = pytest.mark.anyio


async def test_an_account_opens_with_a_matching_card_and_the_person_is_told(bank: TestBank) -> None:
    account = await bank.account(LI)
    assert (account.balance_fen, account.state, account.bound_card.last_four) == (0, "open", "1234")
    await bank.work()
    (message,) = await bank.messages(LI)
    assert account.last_four in message.text
    assert "中国银行（1234）" in message.text
    await bank.prove()


async def test_the_card_number_is_forgotten_once_the_opening_has_ended(bank: TestBank) -> None:
    await bank.account(LI)
    rows = await bank.store.read(lambda conn: conn.execute(select(opening)).all())
    assert [(row.card_number, row.card_phone) for row in rows] == [(None, None)]


@pytest.mark.parametrize(
    ("other", "code", "params"),
    [
        ({"card_phone": "19911112222"}, "card.mismatch", {"which": "phone"}),
        ({"card_number": WANG.cards[0].number}, "card.mismatch", {"which": "name,id_number,phone"}),
        ({"card_number": LI.cards[1].number}, "card.not_class_i", {}),
        ({"card_number": LI.cards[2].number}, "card.not_class_i", {}),
        ({"card_number": "6216600000000000018"}, "card.unknown", {}),
    ],
)
async def test_a_card_that_does_not_fit_fails_the_order_with_its_reason(
    bank: TestBank, other: dict[str, str], code: str, params: dict[str, str]
) -> None:
    customer = await bank.customer(LI)
    command = await bank.open_command(LI, customer.customer_id, **other)
    order = await bank.client().accounts.open(customer.customer_id, command, new_intent())
    assert order.state == "failed"
    assert order.reason is not None
    assert (order.reason.code, order.reason.params) == (code, params)
    assert (await bank.client().customers.overview(customer.customer_id)).account is None
    await bank.prove()


async def test_a_card_number_that_breaks_the_check_digit_opens_an_account(bank: TestBank) -> None:
    customer, number = await bank.customer(LI), LI.cards[3].number
    assert not is_card_number(number)
    command = await bank.open_command(LI, customer.customer_id, card_number=number)
    order = await bank.client().accounts.open(customer.customer_id, command, new_intent())
    assert order.state == "succeeded"
    await bank.prove()


@pytest.mark.parametrize(
    "claims",
    [
        {"auth_time": 1},
        {"auth_time": 2**33},
        {"auth_time": None},
        {"amr": ["pwd"]},
        {"aud": "somebody else"},
        {"iss": "http://gov-app/haian"},
        {"sub": "another person"},
        {"exp": 1},
        {"iat": 2**33},
        {"nbf": 2**33},
        {"nonce": "of another attempt"},
        {"nonce": None},
        {"typ": "at+jwt"},
        {"typ": "logout+jwt"},
    ],
)
async def test_evidence_that_does_not_hold_asks_for_a_new_check(
    bank: TestBank, claims: dict[str, Any]
) -> None:
    customer = await bank.customer(LI)
    await bank.customer(LIU)
    command = await bank.open_command(LI, customer.customer_id, evidence=bank.evidence(LI, **claims))
    with pytest.raises(Problem) as refused:
        await bank.client().accounts.open(customer.customer_id, command, new_intent())
    assert (refused.value.status, refused.value.code) == (401, "step_up.required")


async def test_the_time_that_the_partner_says_of_the_check_is_kept(bank: TestBank) -> None:
    customer, checked_at = await bank.customer(LI), bank.clock.wall() - timedelta(seconds=123)
    evidence = bank.evidence(LI, auth_time=epoch(checked_at))
    command = await bank.open_command(LI, customer.customer_id, evidence=evidence)
    await bank.client().accounts.open(customer.customer_id, command, new_intent())
    kept = await bank.store.read(lambda conn: conn.execute(select(evidence_used)).one())
    assert epoch(kept.auth_time) == epoch(checked_at)


async def test_somebody_elses_face_opens_no_account(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    await bank.customer(LIU)
    command = await bank.open_command(LI, customer.customer_id, evidence=bank.evidence(LIU))
    with pytest.raises(Problem) as refused:
        await bank.client().accounts.open(customer.customer_id, command, new_intent())
    assert refused.value.code == "step_up.required"


async def test_without_its_consents_no_account_opens_and_nobody_is_asked(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    for purposes in (["account_terms"], ["face_processing"]):
        ids = await bank.consents(customer.customer_id, purposes)
        command = await bank.open_command(LI, customer.customer_id, consent_ids=ids)
        with pytest.raises(Problem) as refused:
            await bank.client().accounts.open(customer.customer_id, command, new_intent())
        assert (refused.value.status, refused.value.code) == (403, "consent.missing")
    assert ("card_network", "POST", "/four-elements") not in bank.wires.sent


async def test_a_withdrawn_consent_counts_no_more(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    command = await bank.open_command(LI, customer.customer_id)
    await bank.client().consents.withdraw(customer.customer_id, command.consent_ids[1])
    with pytest.raises(Problem) as refused:
        await bank.client().accounts.open(customer.customer_id, command, new_intent())
    assert refused.value.params == {"purpose": "face_processing"}


async def test_a_second_account_is_refused(bank: TestBank) -> None:
    await bank.account(LI)
    customer = await bank.customer(LI)
    command = await bank.open_command(LI, customer.customer_id)
    with pytest.raises(Problem) as refused:
        await bank.client().accounts.open(customer.customer_id, command, new_intent())
    assert (refused.value.status, refused.value.code) == (409, "account.exists")


async def test_two_openings_at_once_make_one_account(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    bank.wires.faults["card_network"].add(Fault(kind="down", times=None))
    intents = [new_intent(), new_intent()]
    for intent in intents:
        command = await bank.open_command(LI, customer.customer_id)
        order = await bank.client().accounts.open(customer.customer_id, command, intent)
        assert order.state == "processing"
    bank.wires.faults["card_network"].clear()
    await bank.work()
    orders = [await bank.client().orders.get(intent) for intent in intents]
    assert sorted(order.state.value for order in orders) == ["failed", "succeeded"]
    assert [order.reason.code for order in orders if order.reason] == ["account.exists"]
    await bank.prove()


async def test_an_opening_repeated_with_newer_evidence_is_the_same_opening(bank: TestBank) -> None:
    customer, intent = await bank.customer(LI), new_intent()
    command = await bank.open_command(LI, customer.customer_id)
    first = await bank.client().accounts.open(customer.customer_id, command, intent)
    again = command.model_copy(update={"evidence": bank.evidence(LI, face_evidence_id="F2")})
    assert await bank.client().accounts.open(customer.customer_id, again, intent) == first


async def test_the_same_person_has_an_account_at_each_bank(bank: TestBank) -> None:
    one = await bank.account(WANG, "haian")
    two = await bank.account(WANG, "lyg")
    assert one.account_id != two.account_id
    for partner, account_id in (("lyg", one.account_id), ("haian", two.account_id)):
        with pytest.raises(Problem) as refused:
            await bank.client(partner).accounts.get(account_id)
        assert (refused.value.status, refused.value.code) == (404, "account.unknown")


@pytest.mark.parametrize(
    ("who", "expires_on", "code"),
    [
        (LI, date(2026, 11, 23), "document.expired"),
        (LI, date(2099, 12, 31), "document.not_as_issued"),
        (WANG, None, "document.not_long_term"),
    ],
)
async def test_a_document_that_cannot_be_opens_no_account(
    bank: TestBank, who: Person, expires_on: date | None, code: str
) -> None:
    customer = await bank.customer(who)
    validity = (await bank.client().customers.overview(customer.customer_id)).card_validity
    assert validity is not None
    assert validity.refusal(expires_on) == code
    good = await bank.open_command(who, customer.customer_id)
    late = good.particulars.model_copy(update={"document_expires_on": expires_on})
    command = good.model_copy(update={"particulars": late})
    with pytest.raises(Problem) as refused:
        await bank.client().accounts.open(customer.customer_id, command, new_intent())
    assert [(e.field, e.code) for e in refused.value.errors] == [("particulars.document_expires_on", code)]
