"""What happens to applications and signatures when others are slow, silent or wrong."""

import pytest
from sqlalchemy import func, select

from mock_partners.bank.core.credit.tables import contract, source_answer
from mock_partners.bank.core.lines.tables import credit_line
from mock_partners.testing.people.personas import person
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import Unanswered
from tests.support.houses.core import TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import borrower

pytestmark = pytest.mark.anyio
ASKED_FIRST = ("/pre-credit-list/search", "/housing-fund/records", "/social-insurance/records")
LEAVING_A_RECORD = ("/credit-bureau/reports", "/courts/cases")
SOURCES = (*ASKED_FIRST, *LEAVING_A_RECORD)


def asked(bank: TestBank) -> dict[str, int]:
    """How often each source was asked, the look at the list before the application not counted."""
    return {path: bank.wires.sent.count(("data_sources", "POST", path)) for path in SOURCES}


async def lines_opened(bank: TestBank) -> int:
    query = select(func.count()).select_from(credit_line)
    return await bank.store.read(lambda conn: conn.execute(query).scalar_one())


@pytest.mark.parametrize("path", [*ASKED_FIRST[:2], *LEAVING_A_RECORD])
async def test_a_source_that_is_down_for_a_minute_delays_and_never_declines(
    bank: TestBank, esign: ESignStandIn, path: str
) -> None:
    li = await borrower(bank)
    bank.wires.faults["data_sources"].add(Fault(kind="down", path=path, times=None))
    order = await li.apply()
    await bank.work(60)
    waiting = await li.client.applications.get(order.result["application_id"])
    assert (waiting.state, waiting.decision) == ("submitted", None)
    assert (await li.client.orders.get(order.intent)).state == "processing"
    assert asked(bank)[path] > 2, "asked again and again"
    # Queries that leave a record wait for the others, which alone may decline already.
    waits = LEAVING_A_RECORD if path in ASKED_FIRST else ()
    others = {other: times for other, times in asked(bank).items() if other != path}
    assert others == {other: 0 if other in waits else 1 for other in others}

    bank.wires.faults["data_sources"].clear()
    await bank.work(120)
    assert (await li.client.applications.get(waiting.application_id)).state == "contract_ready"
    assert (await li.client.orders.get(order.intent)).state == "succeeded"
    await bank.prove()


async def test_answers_lost_on_the_way_are_asked_for_again(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank)
    for path in SOURCES:
        bank.wires.faults["data_sources"].add(Fault(kind="drop_response", path=path, times=4))
    application = await li.decided()
    assert application.state == "contract_ready"
    count = select(func.count()).select_from(source_answer)
    assert await bank.store.read(lambda conn: conn.execute(count).scalar_one()) == 5


async def test_an_answer_lost_after_preparing_makes_one_contract(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank)
    bank.wires.faults["esign"].add(Fault(kind="drop_response", path="/envelopes", times=5))
    made = await li.contract()
    assert made.state == "ready"
    assert len(esign.envelopes) == 1
    count = select(func.count()).select_from(contract)
    assert await bank.store.read(lambda conn: conn.execute(count).scalar_one()) == 1


async def test_an_answer_lost_after_signing_signs_once_and_opens_one_line(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    made = await li.contract()
    bank.wires.faults["esign"].add(Fault(kind="drop_response", path="*/signatures", times=5))
    order = await li.sign(made)
    assert order.state == "processing"
    assert esign.signed == 1
    assert (await li.client.contracts.get(made.contract_id)).state == "signing"
    assert await lines_opened(bank) == 0
    with pytest.raises(Problem) as refused:
        await li.sign(made)
    assert refused.value.code == "contract.not_ready"
    with pytest.raises(Problem) as refused:
        await li.client.contracts.document(made.contract_id)
    assert refused.value.code == "contract.not_ready"

    await bank.work(120)
    assert (await li.client.orders.get(order.intent)).state == "succeeded"
    assert (esign.signed, await lines_opened(bank)) == (1, 1)
    await bank.prove()


async def test_esign_down_for_a_minute_delays_the_signature(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank)
    made = await li.contract()
    bank.wires.faults["esign"].add(Fault(kind="down", times=None))
    order = await li.sign(made)
    await bank.work(60)
    assert (await li.client.orders.get(order.intent)).state == "processing"
    bank.wires.faults["esign"].clear()
    await bank.work(120)
    assert (await li.client.orders.get(order.intent)).state == "succeeded"


async def test_bytes_that_are_not_those_named_are_never_shown_and_open_no_line(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    made = await li.contract()
    esign.tampered = True
    # The core refuses with 502 `contract.document_differs`. For a caller that is a question without an answer.
    with pytest.raises(Unanswered, match="answered 502"):
        await li.client.contracts.document(made.contract_id)
    order = await li.sign(made)
    await bank.work(60)
    ended = await li.client.orders.get(order.intent)
    assert (ended.state, ended.reason and ended.reason.code) == ("failed", "contract.not_verified")
    assert await lines_opened(bank) == 0
    esign.tampered = False
    await bank.work(120)
    again = await li.client.contracts.get(made.contract_id)
    assert (again.state, again.renewed_for) == ("ready", "signing")
    assert (await li.sign(again)).state == "succeeded"
    assert await lines_opened(bank) == 1


async def test_a_document_that_esign_changed_is_never_signed_and_another_is_confirmed(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    made = await li.contract()
    ((envelope_id, kept),) = esign.envelopes.items()
    esign.envelopes[envelope_id] = kept.model_copy(update={"document_sha256": "0" * 64})
    order = await li.sign(made)
    assert (order.state, order.reason and order.reason.code) == ("failed", "contract.document_differs")
    waiting = await li.client.applications.get(made.application_id)
    assert (waiting.state, await lines_opened(bank)) == ("approved", 0)
    assert [step.name for step in waiting.timeline if step.at is None] == ["contract_ready", "signed"]
    await bank.work()
    again = await li.client.contracts.get(made.contract_id)
    assert (again.state, again.read_sha256 == again.document_sha256) == ("ready", True)
    assert (await li.sign(again)).state == "succeeded"


async def test_a_consent_withdrawn_before_the_query_stops_it(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank)
    bank.wires.faults["data_sources"].add(Fault(kind="down", path="/credit-bureau/reports", times=None))
    order = await li.apply()
    before = asked(bank)["/credit-bureau/reports"]
    await li.client.consents.withdraw(li.customer_id, li.consent_to("credit_bureau_inquiry"))
    bank.wires.faults["data_sources"].clear()
    await bank.work(120)
    assert asked(bank)["/credit-bureau/reports"] == before
    application = await li.client.applications.get(order.result["application_id"])
    assert application.decision is not None
    assert [reason.code for reason in application.decision.reasons] == ["A03"]
    await bank.prove()


async def test_a_consent_withdrawn_after_its_source_answered_covers_nothing(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    bank.wires.faults["data_sources"].add(Fault(kind="down", path="/courts/cases", times=None))
    order = await li.apply()
    assert asked(bank)["/credit-bureau/reports"] == 1
    await li.client.consents.withdraw(li.customer_id, li.consent_to("credit_bureau_inquiry"))
    bank.wires.faults["data_sources"].clear()
    await bank.work(120)
    application = await li.client.applications.get(order.result["application_id"])
    assert application.decision is not None
    assert (application.state, [reason.code for reason in application.decision.reasons]) == (
        "declined",
        ["A03"],
    )
    # The decision kept that the consent did not stand, so that it can be replayed.
    await bank.prove()


async def test_a_list_that_is_down_leaves_the_look_open_until_it_answers(bank: TestBank) -> None:
    li = await borrower(bank)
    bank.wires.faults["data_sources"].add(Fault(kind="down", times=None))
    order = await li.check_list()
    await bank.work(60)
    assert (await li.client.orders.get(order.intent)).state == "processing"
    with pytest.raises(Problem) as refused:
        await li.client.pre_credit.get(li.customer_id)
    assert refused.value.code == "pre_credit.not_asked"
    bank.wires.faults["data_sources"].clear()
    await bank.work(60)
    assert (await li.client.pre_credit.get(li.customer_id)).state == "offered"


async def test_a_second_tap_makes_no_second_application(bank: TestBank) -> None:
    zhao, intent = await borrower(bank, person("zhao_min")), new_intent()
    first = await zhao.apply(intent)
    assert await zhao.apply(intent) == first
    with pytest.raises(Problem) as refused:
        await zhao.apply(intent, term_months=6)
    assert refused.value.code == "intent.reused"
    overview = await zhao.client.customers.overview(zhao.customer_id)
    assert len(overview.applications) == 1
