"""Verify a signed contract before any caller learns that it is signed. Later checks use the same function."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO

from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from mock_partners.bank.esign.certificates import as_asn1, from_asn1

# Its warnings name the signer in free text. What it found wrong is said by NotVerified.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)


class NotVerified(Exception):
    """The document must not be shown as signed. The text names the check that failed."""


def verify(
    pdf: bytes,
    *,
    original: bytes,
    root: x509.Certificate,
    signers: Mapping[str, x509.Certificate],
    at: datetime,
) -> None:
    """Check that `pdf` is `original`, signed in turn by exactly `signers` (by field), and nothing else.

    Each signature must be intact, chain to `root`, be valid at business time `at` and have a trusted
    time-stamp. Only later signatures may follow the first. The last one covers the whole file. Raises
    NotVerified.
    """
    if not pdf.startswith(original):
        raise NotVerified("the signed file does not begin with the document that was prepared")
    try:
        signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
        if [signature.field_name for signature in signatures] != list(signers):
            raise NotVerified("the signatures are not those expected")
        for signature in signatures:
            _check(signature, root, signers[signature.field_name], at, last=signature is signatures[-1])
    except NotVerified:
        raise
    except Exception as error:
        # A broken file breaks the reader in many ways; none of them is a verified document.
        raise NotVerified(f"it cannot be read: {type(error).__name__}") from error


def _check(
    signature: EmbeddedPdfSignature,
    root: x509.Certificate,
    signer: x509.Certificate,
    at: datetime,
    *,
    last: bool,
) -> None:
    if from_asn1(signature.signer_cert) != signer:
        raise NotVerified(f"{signature.field_name}: another certificate")
    trust = ValidationContext(trust_roots=[as_asn1(root)], moment=at, allow_fetching=False)
    status = validate_pdf_signature(signature, signer_validation_context=trust)
    for passed, what in _findings(status, last):
        if not passed:
            raise NotVerified(f"{signature.field_name}: {what}")


def _findings(status: PdfSignatureStatus, last: bool) -> list[tuple[bool, str]]:
    stamp = status.timestamp_validity
    covered = SignatureCoverageLevel.ENTIRE_FILE if last else SignatureCoverageLevel.ENTIRE_REVISION
    changed = status.modification_level
    return [
        (status.intact and status.valid, "the signed bytes were changed"),
        (status.trusted, "not issued under our root, or not valid at that time"),
        (stamp is not None and stamp.valid and stamp.trusted, "no trusted time-stamp"),
        (status.coverage >= covered, "it does not cover the document"),
        (changed is not None and changed <= ModificationLevel.FORM_FILLING, "changed after signing"),
        (bool(status.docmdp_ok) and status.bottom_line, "a change that the signer did not allow"),
    ]
