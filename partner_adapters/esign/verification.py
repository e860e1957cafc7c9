"""Verify a signed document: e-sign before it answers, the bank before it opens a credit line."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel, SignatureStatus
from pyhanko_certvalidator import ValidationContext

from partner_adapters.esign.containers import certificates_of, encoded_once, stamp_of, stamped_at
from partner_adapters.esign.revisions import only_signed

# Its warnings name the signer in free text. What it found wrong is said by NotVerified.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
# How far the time-stamper's clock may be ahead.
CLOCK_SKEW = timedelta(seconds=60)


class NotVerified(Exception):
    """The document must not be shown as signed. The text names the check that failed."""


@dataclass(frozen=True)
class VerifiedSignature:
    """One signature of a verified document. Its certificate was judged at `stamped_at`, its time-stamp's time."""

    certificate: x509.Certificate
    stamped_at: datetime
    # What the signature says about itself: the borrower's names the identity evidence, `sha256:…`.
    reason: str


def verify(
    pdf: bytes,
    *,
    original: bytes,
    root: x509.Certificate,
    signers: Mapping[str, x509.Name],
    at: datetime,
) -> dict[str, VerifiedSignature]:
    """Return the signatures of `pdf`, by field, if it is `original`, signed in turn by exactly `signers`.

    `original` holds the bytes that were read. `signers`: field → subject of its certificate, as
    `signers.contract_signers` makes them. `root` is configured at the caller and never fetched from e-sign.

    Each signature must be intact and have a time-stamp that is trusted at business time `at`. At the time-stamp's
    time its certificate must be valid and lead to `root`. Nothing but these signatures may follow `original`. Raises
    NotVerified.
    """
    if not signers:
        raise NotVerified("no signer is expected")
    if not pdf.startswith(original):
        raise NotVerified("it does not begin with the document that was read")
    try:
        reader = PdfFileReader(BytesIO(pdf))
        signatures = reader.embedded_signatures
        if [signature.field_name for signature in signatures] != list(signers):
            raise NotVerified("the signatures are not those expected")
        found = {
            signature.field_name: _check(pdf, signature, root, signers[signature.field_name], at)
            for signature in signatures
        }
        *_, start, length = signatures[-1].byte_range
        if start + length != len(pdf):
            raise NotVerified("something follows the last signature")
        times = [signature.stamped_at for signature in found.values()]
        if times != sorted(times):
            raise NotVerified("stamped in another order")
        if not only_signed(original, reader, signatures):
            raise NotVerified("something but the signatures was added")
    except NotVerified:
        raise
    except Exception as error:
        # A broken file breaks the reader in many ways; none of them is a verified document.
        raise NotVerified(f"it cannot be read ({type(error).__name__})") from error
    return found


def _check(
    pdf: bytes, signature: EmbeddedPdfSignature, root: x509.Certificate, signer: x509.Name, at: datetime
) -> VerifiedSignature:
    stamped = stamped_at(signature)
    if stamped is None:
        raise NotVerified(f"{signature.field_name}: no time-stamp")
    status = validate_pdf_signature(
        signature,
        signer_validation_context=_trust(root, stamped),
        ts_validation_context=_trust(root, at),
        skip_diff=True,  # `only_signed` compares the revisions, more strictly
    )
    certificate = x509.load_der_x509_certificate(signature.signer_cert.dump())
    findings = [
        *_findings(status, signature.signed_data),
        (certificate.subject == signer, "another signer"),
        (stamped <= at + CLOCK_SKEW, "signed in the future"),
        (encoded_once(pdf, signature), "not in the one encoding of a signature"),
    ]
    for passed, what in findings:
        if not passed:
            raise NotVerified(f"{signature.field_name}: {what}")
    return VerifiedSignature(certificate, stamped, str(signature.sig_object.get("/Reason", "")))


def _findings(status: PdfSignatureStatus, signed: cms.SignedData) -> list[tuple[bool, str]]:
    stamp = status.timestamp_validity
    stamped = stamp is not None and stamp.intact and stamp.valid and stamp.trusted
    return [
        (status.coverage >= SignatureCoverageLevel.ENTIRE_REVISION, "it does not cover the document"),
        (status.intact and status.valid, "the signed bytes were changed"),
        (stamped, "no trusted time-stamp"),
        (status.trusted, "not issued under our root, or not valid when it was stamped"),
        (status.bottom_line, "another rule of the signature is broken"),
        (
            _brings_its_path(signed, status) and _brings_its_path(stamp_of(signed), stamp),
            "other certificates than those of its path",
        ),
    ]


def _brings_its_path(signed: cms.SignedData, status: SignatureStatus | None) -> bool:
    """Whether the container holds the certificates from the signer up to below the root, sorted as DER has sets."""
    assert status is not None, "a missing time-stamp was found before"
    path = list(status.validation_path or ())
    return certificates_of(signed) == sorted(certificate.dump() for certificate in path[1:])


def _trust(root: x509.Certificate, at: datetime) -> ValidationContext:
    return ValidationContext(trust_roots=[as_asn1(root)], moment=at, allow_fetching=False)


def as_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """Return the certificate in pyHanko's form."""
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
