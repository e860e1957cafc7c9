"""A signing always ends, and a document that no longer counts is replaced: the customer reads and confirms anew."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from mock_partners.bank.core.credit.expiry import end_signings, expire_offers
from mock_partners.bank.core.customers.tables import customer
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.addresses import ChangeAddress
from partner_adapters.core_bank.contracts import Contract
from partner_adapters.core_bank.customers import ChoosePhone
from partner_adapters.core_bank.orders import Order
from partner_adapters.kit.values.problems import Problem
from tests.mock_partners.bank.core.credit.test_faults import lines_opened
from tests.mock_partners.bank.core.credit.test_lying_esign import differences
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import Borrower, borrower

pytestmark = pytest.mark.anyio
NEW_PHONE = "19900000099"


async def jobs(bank: TestBank) -> None:
    """What the core's job does every minute."""
    for end in (end_signings, expire_offers):
        await bank.store.write(lambda conn, end=end: end(conn, bank.context()))  # type: ignore[misc]


async def outcome(li: Borrower, order: Order) -> tuple[str, str | None]:
    ended = await li.client.orders.get(order.intent)
    return ended.state, ended.reason and ended.reason.code


async def until_the_worker_rests(li: Borrower, order: Order) -> None:
    """A busy machine may answer the signing before its worker has ended."""
    for _ in range(200):
        working = "contract.sign" in await li.bank.unfinished()
        if not working and (await outcome(li, order))[0] != "processing":
            return
        await asyncio.sleep(0.05)


async def renewed(li: Borrower, made: Contract) -> Contract:
    await li.bank.work()
    contract = await li.client.contracts.get(made.contract_id)
    assert contract.state == "ready"
    return contract


@pytest.mark.both_databases
async def test_a_signature_without_an_answer_ends_after_a_day_and_is_asked_for_anew(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    made = await li.contract()
    bank.wires.faults["esign"].add(Fault(kind="down", times=None))
    order = await li.sign(made)
    bank.clock.advance(timedelta(hours=23))
    await jobs(bank)
    assert await outcome(li, order) == ("processing", None)
    bank.clock.advance(timedelta(hours=1))
    await jobs(bank)
    assert await outcome(li, order) == ("failed", "contract.not_signed")
    assert [code for code, _ in await differences(bank)] == ["contract.signature_unanswered"]
    waiting = await li.client.contracts.get(made.contract_id)
    assert (waiting.state, waiting.renewed_for) == ("preparing", "signing")

    bank.wires.faults["esign"].clear()
    again = await renewed(li, made)
    with pytest.raises(Problem, match=r"contract\.offer_changed"):
        await li.sign(again, document_sha256="0" * 64)
    assert (await li.sign(again)).state == "succeeded"
    assert (await lines_opened(bank), len(esign.envelopes)) == (1, 2)


async def test_esign_away_beyond_the_offers_end_frees_the_way_to_a_new_application(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    made = await li.contract()
    bank.clock.advance(timedelta(days=30))
    bank.wires.faults["esign"].add(Fault(kind="down", times=None))
    order = await li.sign(made)
    assert order.state == "processing"
    bank.clock.advance(timedelta(days=1))
    await jobs(bank)
    assert await outcome(li, order) == ("failed", "contract.offer_ended")
    assert (await li.client.contracts.get(made.contract_id)).state == "void"
    assert (await li.client.applications.get(made.application_id)).state == "expired"

    bank.wires.faults["esign"].clear()
    await bank.work()
    assert (esign.signed, await lines_opened(bank)) == (0, 0)
    assert (await (await li.agree_again()).decided()).state == "contract_ready"


async def test_an_intent_that_another_one_overtook_at_esign_is_asked_for_anew(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    made = await li.contract()
    (envelope_id,) = esign.envelopes
    esign.signed_by[envelope_id] = "the intent of another core"
    order = await li.sign(made)
    assert await outcome(li, order) == ("failed", "contract.not_signed")
    ((code, said),) = await differences(bank)
    assert (code, said["found"]) == ("contract.signature_refused", "envelope.already_signed")
    assert (await li.sign(await renewed(li, made))).state == "succeeded"


@pytest.mark.parametrize("until", ["renewed", "signed", "void"])
async def test_a_late_worker_opens_no_line(bank: TestBank, esign: ESignStandIn, until: str) -> None:
    """The signing ends while e-sign works. By the time of its answer the customer may have signed another document."""
    li = await borrower(bank)
    made = await li.contract()
    if until == "void":
        bank.clock.advance(timedelta(days=30))

    async def the_signing_ends() -> None:
        bank.clock.advance(timedelta(days=1))
        await jobs(bank)
        if until == "signed":
            assert (await li.sign(await renewed(li, made))).state == "succeeded"

    esign.meanwhile = the_signing_ends
    order = await li.sign(made)
    await until_the_worker_rests(li, order)
    code = "contract.offer_ended" if until == "void" else "contract.not_signed"
    assert await outcome(li, order) == ("failed", code)
    codes = sorted(code for code, _ in await differences(bank))
    # Where work was done meanwhile, another worker has taken over the row, and this one's answer is fenced off.
    late = [] if until == "signed" else ["contract.signed_too_late"]
    assert codes == ["contract.signature_unanswered", *late]
    assert await lines_opened(bank) == (1 if until == "signed" else 0)
    if until == "renewed":
        assert (await li.sign(await renewed(li, made))).state == "succeeded"


async def change_phone(li: Borrower) -> None:
    await li.client.customers.identify(li.bank.statement(phone_number=NEW_PHONE))
    await li.client.customers.choose_phone(li.customer_id, ChoosePhone(use="app"), new_intent())


@pytest.mark.both_databases
async def test_a_ready_document_is_void_when_the_phone_changes(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank)
    made = await li.contract()
    await change_phone(li)
    waiting = await li.client.contracts.get(made.contract_id)
    assert (waiting.state, waiting.document_sha256, waiting.renewed_for) == ("preparing", None, "details")
    assert (await li.client.customers.overview(li.customer_id)).todo == []
    with pytest.raises(Problem, match=r"contract\.not_ready"):
        await li.sign(made)
    again = await renewed(li, made)
    assert again.document_sha256 != made.document_sha256
    assert [one.signer.phone for one in esign.commands.values()] == [LI.phone, NEW_PHONE]
    with pytest.raises(Problem, match=r"contract\.offer_changed"):
        await li.sign(made)
    assert (await li.sign(again)).state == "succeeded"


async def test_a_ready_document_is_void_when_the_address_changes(bank: TestBank, esign: ESignStandIn) -> None:
    li = await borrower(bank)
    made = await li.contract()
    moved = ChangeAddress(address="江苏省连云港市东海县石湖乡示例村5组2号")
    await li.client.addresses.change(li.customer_id, moved, new_intent())
    again = await renewed(li, made)
    assert (again.renewed_for, list(esign.commands.values())[-1].signer.address) == ("details", moved.address)
    await li.client.addresses.change(li.customer_id, moved, new_intent())
    assert (await li.client.contracts.get(made.contract_id)).state == "ready", "nothing has changed"


async def test_a_phone_that_changes_while_the_document_is_made_is_in_the_document(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    esign.meanwhile = lambda: change_phone(li)
    application = await li.decided()
    contract = await li.client.contracts.get(str(application.contract_id))
    assert (contract.state, [one.signer.phone for one in esign.commands.values()]) == (
        "ready",
        [LI.phone, NEW_PHONE],
    )
    assert (await li.sign(contract)).state == "succeeded"


async def test_what_was_confirmed_is_signed_though_the_phone_changes_meanwhile(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    made = await li.contract()
    esign.meanwhile = lambda: change_phone(li)
    assert (await li.sign(made)).state == "succeeded"
    assert (await li.client.contracts.get(made.contract_id)).read_sha256 == made.document_sha256


async def test_a_change_past_every_command_is_found_before_the_signature(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank)
    made = await li.contract()
    await bank.store.write(lambda conn: conn.execute(update(customer).values(phone=NEW_PHONE)))
    with pytest.raises(Problem, match=r"contract\.offer_changed"):
        await li.sign(made)
