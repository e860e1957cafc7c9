"""What an entry on the bank's own list does to offers, applications, lines and the customer's own copy."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from mock_partners.bank.core.credit.tables import decision, source_answer
from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.drawdowns import AskDraw
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, TestBank
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import TAX_LOAN, borrower, tax_borrower
from tests.support.people.operators import blacklist, lift_blacklist

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("esign")]
GAOS_BUSINESS = "92320706MA0000525Q"
ASK = AskDraw(amount_fen=1_000_000, term_months=12, method="level_payment")


async def test_a_listed_person_is_declined_with_the_end_and_no_source_is_asked(bank: TestBank) -> None:
    li = await borrower(bank)
    number = await blacklist(bank, LI.id_number, 90)
    until = (bank.clock.today() + timedelta(days=90)).isoformat()
    asked = await li.client.applications.eligibility(li.customer_id, "sunshine_e_micro")
    assert [(each.code, each.params) for each in asked.reasons] == [("N01", {"until": until})]
    declined = await li.decided()
    assert declined.decision is not None
    assert declined.state == "declined"
    assert [(each.code, each.params) for each in declined.decision.reasons] == [("N01", {"until": until})]
    assert await bank.store.read(lambda conn: conn.execute(select(source_answer.c.source)).all()) == []
    # The decision keeps what it rested on, after the entry is lifted too, and comes out again.
    await lift_blacklist(bank, number)
    kept = await bank.store.read(lambda conn: conn.execute(select(decision.c.statements)).scalar_one())
    facts = next(each["facts"] for each in kept if each["source"] == "blacklist")
    assert facts == {"listed": True, "reason": "misuse", "until": until}
    assert (await (await li.agree_again()).decided()).state == "contract_ready"
    await bank.prove()


async def test_an_entry_of_another_bank_counts_for_nothing_here(bank: TestBank) -> None:
    li = await borrower(bank)
    await blacklist(bank, LI.id_number, bank_id="hab")
    assert (await li.decided()).state == "contract_ready"


async def test_after_its_last_day_an_entry_declines_no_more(bank: TestBank) -> None:
    li = await borrower(bank)
    await blacklist(bank, LI.id_number, 1)
    bank.clock.advance(timedelta(days=2))
    assert (await li.decided()).state == "contract_ready"


async def test_a_listed_business_that_the_registry_names_is_declined(bank: TestBank) -> None:
    gao = await tax_borrower(bank, person("gao_ming"))
    await blacklist(bank, GAOS_BUSINESS)
    declined = await gao.decided(**TAX_LOAN)
    assert declined.decision is not None
    assert (declined.state, [each.code for each in declined.decision.reasons]) == ("declined", ["N01"])


async def test_an_entry_ends_what_was_offered_and_its_lifting_ends_what_was_declined(bank: TestBank) -> None:
    li = await borrower(bank)
    await li.check_list()
    await bank.work()
    assert (await li.client.pre_credit.get(li.customer_id)).state == "offered"
    number = await blacklist(bank, LI.id_number)
    with pytest.raises(Problem) as gone:
        await li.client.pre_credit.get(li.customer_id)
    assert gone.value.code == "pre_credit.not_asked"
    await li.check_list()
    await bank.work()
    found = await li.client.pre_credit.get(li.customer_id)
    assert found.state == "none"
    # Every product, whatever else it would need.
    assert {each.state for each in found.products} == {"declined"}
    assert all("N01" in [reason.code for reason in each.reasons] for each in found.products)
    bank.clock.advance(timedelta(minutes=1))
    await lift_blacklist(bank, number)
    with pytest.raises(Problem) as gone:
        await li.client.pre_credit.get(li.customer_id)
    assert gone.value.code == "pre_credit.not_asked"


async def test_a_line_is_frozen_while_an_entry_stands_and_says_why(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    line_id = await li.line_id()
    number = await blacklist(bank, LI.id_number)
    frozen = await li.client.lines.get(line_id)
    assert (frozen.state, frozen.available_fen) == ("frozen", 0)
    assert frozen.blacklisting is not None
    assert (frozen.blacklisting.reason, frozen.blacklisting.ends_on) == (
        "misuse",
        bank.clock.today() + timedelta(days=90),
    )
    (shown,) = (await li.client.customers.overview(li.customer_id)).lines
    assert shown == frozen
    with pytest.raises(Problem) as refused:
        await li.client.drawdowns.quote(line_id, ASK)
    assert (refused.value.status, refused.value.code) == (409, "line.not_open")
    await lift_blacklist(bank, number)
    again = await li.client.lines.get(line_id)
    assert (again.state, again.blacklisting) == ("open", None)
    assert (await li.client.drawdowns.quote(line_id, ASK)).amount_fen == ASK.amount_fen


async def test_the_customer_s_copy_names_each_entry_and_not_who_told_the_bank(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    before = await bank.client().data.get(customer.customer_id)
    assert (before.blacklistings, "blacklist_source" in before.not_included) == ([], False)
    number = await blacklist(bank, LI.id_number)
    await lift_blacklist(bank, number)
    await blacklist(bank, LI.id_number, 30, "untrue")
    found = await bank.client().data.get(customer.customer_id)
    assert [(each.reason, each.stands, each.lifted_at is None) for each in found.blacklistings] == [
        ("untrue", True, True),
        ("misuse", False, False),
    ]
    assert "blacklist_source" in found.not_included
    assert "炒股" not in found.model_dump_json()
