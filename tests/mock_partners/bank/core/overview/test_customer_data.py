"""A customer's own copy: all that the bank may hand out, without another person, masked, and of a bounded size."""

from __future__ import annotations

import json

import pytest

from mock_partners.bank.core.overview import customer_data
from mock_partners.bank.core.papers import storing
from mock_partners.bank.core.papers.storing import PaperOf
from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.cases import Complain
from partner_adapters.kit.values.pictures import Picture
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import borrower

pytestmark = pytest.mark.anyio


async def test_a_copy_has_everything_of_one_person_and_nothing_of_another(
    bank: TestBank, esign: ESignStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    li, zhao = await borrower(bank, LI), await borrower(bank, person("zhao_min"))
    await li.check_list()
    line_id = await li.line_id()
    declined = await zhao.decided()
    await li.client.cases.complain(li.customer_id, Complain(note="字太小"), new_intent())

    applied = (await li.client.data.get(li.customer_id)).applications[0]
    lease = PaperOf("a" * 32, applied.application_id, li.customer_id, "lease")
    context, pages = bank.context(), [Picture(b"page", 1, 1)] * 2
    await bank.store.write(lambda conn: storing.store(conn, context, bank.core.paper_sealer, lease, pages))

    copy = await li.client.data.get(li.customer_id)
    assert [(each.code, each.name, each.pages) for each in copy.papers] == [("lease", None, 2)]
    assert [each.state for each in copy.applications] == ["signed"]
    assert [(each.outcome, each.decided_by) for each in copy.decisions] == [("approved", "machine")]
    assert {(each.source, each.application_id is None) for each in copy.answers} == {
        ("pre_credit_list", True),
        ("pre_credit_list", False),
        ("housing_fund", False),
        ("social_insurance", False),
        ("credit_bureau", False),
        ("courts", False),
    }
    of_list = next(each for each in copy.answers if each.application_id is None)
    assert (of_list.facts["listed"], of_list.facts["net_income"]) == (True, "60000.00")
    assert {each.consent_id for each in copy.answers} <= {each.consent_id for each in copy.consents}
    assert [each.line_id for each in copy.lines] == [line_id]
    assert {each.kind for each in copy.orders} >= {"account_opening", "application", "contract_signing"}
    assert {each.action for each in copy.checks} == {"account_opening", "contract_signing"}
    assert {each.side for each in copy.photographs} == {"front", "back"}
    assert [each.note for each in copy.cases] == ["字太小"]
    assert (copy.account, [each.entries for each in copy.statements]) != (None, [])
    assert (copy.cut_short, [each.address for each in copy.particulars]) == ([], [LI.address])

    text = copy.model_dump_json()
    secret = [LI.name, LI.id_number, LI.phone, *(card.number for card in LI.cards)]
    assert [each for each in secret if each in text] == []
    assert [each for each in (zhao.customer_id, declined.application_id) if each in text] == []
    reasons = [each.reasons for each in (await zhao.client.data.get(zhao.customer_id)).decisions]
    assert [[reason.code for reason in each] for each in reasons] == [["P02"]]
    with pytest.raises(Problem) as unknown:
        await bank.client("haian").data.get(li.customer_id)
    assert unknown.value.code == "customer.unknown"

    monkeypatch.setattr(customer_data, "MOST_HELD", 1)
    short = json.loads((await li.client.data.get(li.customer_id)).model_dump_json())
    assert {"consents", "orders", "answers"} <= set(short["cut_short"])
    assert max(len(short[name]) for name in short["cut_short"]) == 1
