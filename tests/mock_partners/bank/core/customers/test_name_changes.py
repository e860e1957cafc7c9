"""A name that an app states anew is a change: checked, told, decided. It is neither written over nor a lock-out."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from mock_partners.outside.card_network.tables import card
from partner_adapters.core_bank.name_changes import DecideName, NameChange
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import borrower

pytestmark = pytest.mark.anyio
NEW = "李秀兰"


async def states(bank: TestBank, name: str, partner: str = "lyg") -> str:
    """Log in with this name; returns the masked name under which the customer goes on."""
    customer = await bank.client(partner).customers.identify(bank.statement(name=name, agreed=True))
    await bank.work()
    return (await bank.client(partner).customers.overview(customer.customer_id)).customer.name_masked


async def latest(bank: TestBank) -> NameChange:
    customer = await bank.customer()
    change = (await bank.client().customers.overview(customer.customer_id)).name_change
    assert change is not None
    return change


async def know_as(bank: TestBank, name: str) -> None:
    """Let the banks of the person's cards know the person by this name."""
    renamed = update(card).where(card.c.id_number == LI.id_number).values(name=name)
    await bank.network.store.write(lambda conn: conn.execute(renamed))


async def test_before_an_account_the_app_that_stated_the_first_name_states_the_next(bank: TestBank) -> None:
    await bank.customer()
    assert await states(bank, f" {LI.name} ") == "李*英"
    with pytest.raises(AssertionError):
        await latest(bank)
    assert await states(bank, NEW) == "李*兰"
    assert (await latest(bank)).state == "accepted"
    # A second one within the year, and a wholly other one, are looked at by a person.
    assert await states(bank, "王芳") == "李*兰"
    assert (await latest(bank)).state == "referred"
    await bank.prove()


async def test_the_cards_bank_confirms_and_what_is_not_signed_is_prepared_anew(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    contract = await li.contract()
    await know_as(bank, NEW)
    assert await states(bank, NEW) == "李*兰"
    assert (await latest(bank)).state == "accepted"
    await bank.work()
    renewed = await li.client.contracts.get(contract.contract_id)
    assert (renewed.state, renewed.document_sha256 != contract.document_sha256) == ("ready", True)
    assert "name_changed" in {message.kind for message in await bank.messages()}
    signed = await li.sign(renewed)
    assert signed.state == "succeeded"
    # Another name later changes nothing about a contract that is signed.
    before = (await li.client.contracts.get(contract.contract_id)).document_sha256
    await states(bank, "李秀梅")
    assert (await li.client.contracts.get(contract.contract_id)).document_sha256 == before
    # An app that still has the name of before is only slow to hear.
    changes = (await latest(bank)).change_id
    await states(bank, LI.name)
    assert (await latest(bank)).change_id == changes
    await bank.prove()


@pytest.mark.parametrize(("accept", "shown"), [(True, "李*兰"), (False, "李*英")])
async def test_a_person_decides_where_the_cards_bank_knows_another_name(
    bank: TestBank, accept: bool, shown: str
) -> None:
    await bank.account()
    # Said twice: one change, one case. The customer goes on meanwhile.
    assert [await states(bank, NEW) for _ in range(2)] == ["李*英", "李*英"]
    assert (await latest(bank)).state == "referred"
    (case,) = (await bank.staff().open()).items
    assert (case.kind, case.note) == ("name", "")
    found = await bank.staff_names().get(case.number)
    assert (found.earlier_name, found.name, found.reason) == (LI.name, NEW, "card_differs")
    with pytest.raises(Problem, match=r"case\.unknown"):
        await bank.staff_names().decide("26112400000", DecideName(accept=True, answer="好"), new_intent())
    decision = DecideName(accept=accept, answer="已经核对户口本。")
    decided = await bank.staff_names().decide(case.number, decision, new_intent())
    assert decided.state == ("accepted" if accept else "refused")
    with pytest.raises(Problem, match=r"case\.ended"):
        await bank.staff_names().decide(case.number, decision, new_intent())
    assert await states(bank, NEW) == shown
    assert (await bank.staff().open()).items == []
    await bank.prove()
