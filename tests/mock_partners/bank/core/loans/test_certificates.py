"""The certificate that a loan is settled: for a settled loan only, issued once, sealed however often e-sign fails."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.certificates import SettlementCertificate
from partner_adapters.kit.values.problems import FieldError, Problem
from partner_adapters.kit.web.calls.http_client import Unanswered
from tests.support.houses.core import TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.borrowers import Borrower, borrow

pytestmark = pytest.mark.anyio
TODAY = date(2026, 11, 24)


async def settled(bank: TestBank, esign: ESignStandIn | None = None) -> tuple[Borrower, str]:
    (esign or ESignStandIn()).connect(bank)
    borrower = await borrow(bank, funds_fen=100_000)
    loan_id = await borrower.drawn(1_000_000)
    await borrower.repay(loan_id, "full")
    return borrower, loan_id


async def issued(bank: TestBank, loan_id: str) -> SettlementCertificate:
    await bank.client().certificates.issue(loan_id, new_intent())
    await bank.work()
    return await bank.client().certificates.get(loan_id)


async def test_a_settled_loan_has_a_certificate_that_the_bank_seals(bank: TestBank) -> None:
    borrower, loan_id = await settled(bank)
    certificate = await issued(bank, loan_id)
    loan = await bank.client().loans.get(loan_id)
    assert (certificate.drawn_on, certificate.settled_on, certificate.issued_on) == (TODAY, TODAY, TODAY)
    assert certificate.principal_fen == 1_000_000
    assert certificate.contract_number == loan.contract_number
    assert certificate.number == f"JQ-{certificate.loan_reference}"
    document = (await bank.client().certificates.document(loan_id)).decode()
    assert borrower.who.name in document
    assert borrower.who.id_number not in document
    await bank.prove()


async def test_a_certificate_is_issued_once_and_keeps_its_day(bank: TestBank) -> None:
    _, loan_id = await settled(bank)
    first = await issued(bank, loan_id)
    bank.clock.advance(timedelta(days=3))
    assert await issued(bank, loan_id) == first


async def test_it_is_sealed_later_when_e_sign_is_away(bank: TestBank) -> None:
    _, loan_id = await settled(bank)
    bank.wires.faults["esign"].add(Fault(kind="drop_response", path="*/sealed-documents", times=4))
    certificate = await bank.client().certificates.issue(loan_id, new_intent())
    assert certificate.document_sha256 is None
    with pytest.raises(Problem, match=r"certificate\.not_ready"):
        await bank.client().certificates.document(loan_id)
    await bank.work(60)
    assert (await bank.client().certificates.get(loan_id)).document_sha256 is not None


async def test_other_bytes_than_those_sealed_are_not_served(bank: TestBank) -> None:
    _, loan_id = await settled(bank)
    esign = ESignStandIn().connect(bank)
    await issued(bank, loan_id)
    esign.tampered = True
    with pytest.raises(Unanswered, match="answered 502"):
        await bank.client().certificates.document(loan_id)


async def test_a_loan_that_still_owes_has_none(bank: TestBank) -> None:
    borrower = await borrow(bank)
    loan_id = await borrower.drawn(1_000_000)
    with pytest.raises(Problem, match=r"loan\.not_settled"):
        await bank.client().certificates.issue(loan_id, new_intent())
    with pytest.raises(Problem, match=r"certificate\.not_issued"):
        await bank.client().certificates.get(loan_id)


async def test_another_partner_neither_issues_nor_reads_it(bank: TestBank) -> None:
    _, loan_id = await settled(bank)
    other = bank.client("haian").certificates
    for call in (other.issue(loan_id, new_intent()), other.get(loan_id), other.document(loan_id)):
        with pytest.raises(Problem, match=r"loan\.unknown"):
            await call


async def test_a_name_that_cannot_be_printed_is_told_with_the_counter(bank: TestBank) -> None:
    error = FieldError(field="holder.name", code="esign.missing_glyph", params={"character": "U+20BB7"})
    esign = ESignStandIn()
    _, loan_id = await settled(bank, esign)
    esign.refuses = Problem(422, "esign.missing_glyph", errors=[error])
    certificate = await issued(bank, loan_id)
    assert (certificate.document_sha256, await bank.unfinished()) == (None, [])
    assert certificate.case is not None
    assert (certificate.case.kind, certificate.case.note) == ("certificate", "𠮷 U+20BB7")
    # All messages of this loan were sent at one moment, so their order says nothing.
    assert [each for each in await bank.messages() if "请带身份证到任一网点柜面领" in each.text]
    await bank.prove()
