"""The certificate that a loan is settled (结清证明): ordered by the borrower and sealed by e-sign."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, insert, select, update

from mock_partners.bank.core import orders
from mock_partners.bank.core.cases.opening import open_case
from mock_partners.bank.core.cases.records import CaseRecord, find_latest_case
from mock_partners.bank.core.cases.wire import case_to_wire
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers import read_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import ESIGN
from mock_partners.bank.core.kernel.services import (
    CoreServices,
    Handlers,
    OutsideWork,
    context_of,
    enqueue_leased,
)
from mock_partners.bank.core.loans.records import LoanRecord, read_loan, read_own_loan, repayments_of_loan
from mock_partners.bank.core.loans.states import LOAN_STATES
from mock_partners.bank.core.loans.tables import settlement_certificate
from mock_partners.bank.core.notices.text_messages import notify_customer
from partner_adapters.core_bank.certificates import IssueCertificate, SettlementCertificate
from partner_adapters.esign import wire as esign
from partner_adapters.esign.client import unprintable_characters
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.values.masking import mask_id_number
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log

SEAL = "certificate.seal"
_t = settlement_certificate.c


class DocumentDiffers(Exception):
    """E-sign sent other bytes than those whose hash it named."""


@dataclass(frozen=True)
class CertificateRecord:
    """One certificate. `document_id` and `sha256` are None until e-sign has sealed it."""

    loan: LoanRecord
    number: str
    loan_reference: str
    settled_on: date
    issued_on: date
    document_id: str | None
    sha256: str | None


def issue(conn: Connection, ctx: Context, loan_id: str, _command: IssueCertificate, _intent: str) -> Started:
    """Order the certificate, unless it was issued before. Problems 404 `loan.unknown`, 409 `loan.not_settled`."""
    loan = read_own_loan(conn, ctx, loan_id)
    if not LOAN_STATES.is_final(loan.state):
        raise Problem(409, "loan.not_settled")
    if _find(conn, loan) is not None:
        return Started()
    conn.execute(
        insert(settlement_certificate).values(
            bank_id=ctx.bank_id,
            loan_id=loan_id,
            # The reference of the loan's order is the bank's own, and a loan has one certificate.
            number=f"JQ-{_reference(conn, loan)}",
            settled_on=repayments_of_loan(conn, loan)[-1].value_date,
            issued_on=ctx.today,
        )
    )
    return Started(enqueue_leased(conn, ctx, SEAL, loan_id, customer_id=loan.customer_id))


def show(conn: Connection, ctx: Context, loan_id: str) -> SettlementCertificate:
    """Return the certificate. Problems 404 `loan.unknown`, `certificate.not_issued`."""
    certificate = read_certificate(conn, ctx, loan_id)
    case = find_latest_case(conn, ctx.bank_id, certificate.loan.customer_id, loan_id)
    return _to_wire(certificate, case)


def show_issued(conn: Connection, ctx: Context, loan_id: str, _intent: str) -> SettlementCertificate:
    """Return the certificate that a command ordered."""
    return show(conn, ctx, loan_id)


def read_certificate(conn: Connection, ctx: Context, loan_id: str) -> CertificateRecord:
    """Return the certificate. Problems 404 `loan.unknown`, `certificate.not_issued`."""
    certificate = _find(conn, read_own_loan(conn, ctx, loan_id))
    if certificate is None:
        raise Problem(404, "certificate.not_issued")
    return certificate


async def seal(core: CoreServices, row: OutboxRow) -> Effect:
    """Have the document sealed. It is served once the bytes have the hash that e-sign names."""
    ctx, loan_id = context_of(core, row), row.subject
    command = await core.store.read(lambda conn: _seal_command(conn, ctx, loan_id))
    if command is None:
        return nothing_to_do
    try:
        sealed = await core.esign.seal(ctx.bank_id, command)
        await fetch_document(core, ctx, sealed.document_id, sealed.document_sha256)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except (Problem, DocumentDiffers) as error:
        reason = error.code if isinstance(error, Problem) else "document differs"
        if isinstance(error, Problem) and (found := unprintable_characters(error)) is not None:
            log.warning("certificate.at_counter", loan=loan_id, reason=reason)
            return lambda conn: _send_to_counter(conn, ctx, loan_id, found)
        # The customer can do nothing about it: the certificate waits until the bank has solved it.
        log.error("certificate.not_sealed", loan=loan_id, reason=reason)
        raise RetryLater(reason) from error
    return lambda conn: _store_document(conn, ctx, loan_id, sealed)


def _send_to_counter(conn: Connection, ctx: Context, loan_id: str, characters: str) -> None:
    """Open the case of a certificate that is to be had at a counter only, and tell the customer."""
    loan = read_loan(conn, ctx.bank_id, loan_id)
    case = open_case(conn, ctx, "certificate", loan.customer_id, loan_id, characters)
    notify_customer(conn, ctx, loan.customer_id, "certificate_at_counter", number=case.number)


def _store_document(conn: Connection, ctx: Context, loan_id: str, sealed: esign.SealedDocument) -> None:
    same = (_t.bank_id == ctx.bank_id) & (_t.loan_id == loan_id)
    values = {"document_id": sealed.document_id, "document_sha256": sealed.document_sha256}
    conn.execute(update(settlement_certificate).where(same).values(**values))


async def fetch_document(core: CoreServices, ctx: Context, document_id: str, sha256: str) -> bytes:
    """Return the sealed PDF.

    Raises `DocumentDiffers` if it does not have this hash, `Problem` or `CallFailed` if e-sign does not send it.
    """
    content = await core.esign.sealed_document(ctx.bank_id, document_id)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DocumentDiffers(document_id)
    return content


def _seal_command(conn: Connection, ctx: Context, loan_id: str) -> esign.SealDocument | None:
    """Return the command for e-sign, or None if the certificate is sealed already."""
    loan = read_loan(conn, ctx.bank_id, loan_id)
    certificate, holder = _find(conn, loan), read_customer(conn, ctx.bank_id, loan.customer_id)
    assert certificate is not None, "the certificate was stored with its order"
    if certificate.document_id is not None:
        return None
    return esign.SealDocument(
        number=certificate.number,
        holder=esign.Holder(name=holder.name, id_number_masked=mask_id_number(holder.id_number)),
        bank=esign.Lender(name=ctx.bank.name["zh"], phone=ctx.bank.phone, address=ctx.bank.address),
        product_name=loan.product_name["zh"],
        contract_number=loan.contract_number,
        loan_reference=certificate.loan_reference,
        principal_fen=loan.terms.principal_fen,
        drawn_on=loan.drawn_on,
        settled_on=certificate.settled_on,
        issued_on=certificate.issued_on,
    )


def _find(conn: Connection, loan: LoanRecord) -> CertificateRecord | None:
    same = (_t.bank_id == loan.bank_id) & (_t.loan_id == loan.loan_id)
    row = conn.execute(select(settlement_certificate).where(same)).first()
    if row is None:
        return None
    return CertificateRecord(
        loan,
        row.number,
        _reference(conn, loan),
        row.settled_on,
        row.issued_on,
        row.document_id,
        row.document_sha256,
    )


def _reference(conn: Connection, loan: LoanRecord) -> str:
    return orders.read(conn, loan.bank_id, loan.intent).reference


def _to_wire(certificate: CertificateRecord, case: CaseRecord | None) -> SettlementCertificate:
    loan = certificate.loan
    return SettlementCertificate(
        number=certificate.number,
        loan_id=loan.loan_id,
        loan_reference=certificate.loan_reference,
        product_name=loan.product_name,
        contract_number=loan.contract_number,
        principal_fen=loan.terms.principal_fen,
        drawn_on=loan.drawn_on,
        settled_on=certificate.settled_on,
        issued_on=certificate.issued_on,
        document_sha256=certificate.sha256,
        case=None if case is None else case_to_wire(case),
    )


HANDLERS: Handlers = {SEAL: OutsideWork(seal, (ESIGN,))}
