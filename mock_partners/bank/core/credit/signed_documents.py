"""What the core believes of a signed contract: only what it has verified itself.

E-sign's answer that it signed and verified a document is a claim. A line opens on the file alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from mock_partners.bank.core.credit.records import DocumentRecord, SigningRecord
from partner_adapters.esign.client import ESign
from partner_adapters.esign.signers import BORROWER_FIELD, contract_signers
from partner_adapters.esign.verification import NotVerified

# E-sign's clock may differ from the core's by so much, as e-sign allows the core's.
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class SignatureToExpect:
    """What the customer confirmed, and who signs: the borrower by `name` and `id_number`, and the bank.

    `root`: the certificate under which both are trusted, from the core's own settings.
    """

    document: DocumentRecord
    signing: SigningRecord
    number: str
    name: str
    id_number: str
    bank_name: str
    root: x509.Certificate


def verified_prefix(pdf: bytes, expected: SignatureToExpect, esign: ESign, now: datetime) -> str:
    """Return the SHA-256 of the file's beginning, which is the document that was read.

    CPU work of about 0.1 s: call it in a thread. Raises `NotVerified` unless all of this holds: the file begins with
    exactly the bytes that were read. It carries exactly the borrower's signature and the bank's seal, issued to these
    two under the configured root. The borrower's signature names the evidence that authorised it.
    """
    read = pdf[: expected.document.size_bytes or 0]
    prefix_sha256 = hashlib.sha256(read).hexdigest()
    if prefix_sha256 != expected.document.sha256:
        raise NotVerified("the file does not begin with the document that was read")
    signers = contract_signers(expected.name, expected.id_number, expected.number, expected.bank_name)
    found = esign.verify_signed(pdf, original=read, root=expected.root, signers=signers, at=now)
    borrower = found[BORROWER_FIELD]
    if borrower.reason != f"sha256:{expected.signing.evidence_digest}":
        raise NotVerified("the borrower's signature names other evidence")
    if borrower.stamped_at < expected.signing.started_at - CLOCK_SKEW:
        raise NotVerified("signed before it was confirmed")
    return prefix_sha256
