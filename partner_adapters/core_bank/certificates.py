"""The certificate that a loan is settled (结清证明)."""

from __future__ import annotations

from datetime import date

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.cases import Case
from partner_adapters.core_bank.wire import Command, Sha256, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment


class SettlementCertificate(Wire):
    """The bank's statement that nothing is owed on a loan. The PDF says the same in Chinese, with the bank's seal."""

    number: str
    loan_id: str
    loan_reference: str
    product_name: Text
    contract_number: str
    principal_fen: Fen
    currency: Currency = CNY
    drawn_on: date
    settled_on: date
    issued_on: date
    document_sha256: Sha256 | None = None
    """The hash of the sealed PDF. None while it is being made, and where it is to be had at a counter only."""
    case: Case | None = None
    """The case of a certificate that is to be had at a counter only."""


class IssueCertificate(Command):
    """A request for the certificate. The loan says all that it needs."""


class Certificates:
    """`GET` and `POST /loans/{id}/certificate`, `GET /loans/{id}/certificate/document`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def issue(self, loan_id: str, intent: str) -> SettlementCertificate:
        """Issue the certificate, or return the one that was issued before. Problem 409 `loan.not_settled`."""
        return await self._calls.post(
            _path(loan_id), IssueCertificate(), SettlementCertificate, intent=intent
        )

    async def get(self, loan_id: str) -> SettlementCertificate:
        """Return the certificate. Problem 404 `certificate.not_issued`."""
        return await self._calls.get(_path(loan_id), SettlementCertificate)

    async def document(self, loan_id: str) -> bytes:
        """Return the sealed PDF, which the core has verified. Problem 409 `certificate.not_ready`."""
        return await self._calls.get_bytes(f"{_path(loan_id)}/document")


def _path(loan_id: str) -> str:
    return f"/loans/{segment(loan_id)}/certificate"
