"""Sign a prepared document with the borrower's event certificate and the bank's seal, or with the seal alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.layout import AxisAlignment, SimpleBoxLayoutRule
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession
from pyhanko.stamp import StaticStampStyle

from mock_partners.bank.esign.authority import Authority
from mock_partners.bank.esign.certificates import Credential
from mock_partners.bank.esign.pdf import PageAsStamp, Writer, field_size
from mock_partners.bank.esign.rendering import Renderer
from mock_partners.bank.esign.timestamps import DIGEST, OwnTimeStamper
from partner_adapters.esign.signers import BANK_FIELD, BORROWER_FIELD
from partner_adapters.esign.verification import NotVerified, verify
from partner_adapters.esign.wire import Certificate, Signer
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.masking import mask_id_number

# Hexadecimal digits kept free for a signature, which takes some 9,500: measuring it first would sign twice.
RESERVED = 16_384
_NAMES = {NameOID.SERIAL_NUMBER: "serialNumber"}


@dataclass(frozen=True)
class Will:
    """What the borrower's signature stands for: the person, the contract, the time and the evidence."""

    bank_id: str
    number: str
    signer: Signer
    confirmed_at: datetime
    evidence_digest: str


@dataclass(frozen=True)
class SignedDocument:
    pdf: bytes
    certificate: Certificate


def sign(pdf: bytes, will: Will, authority: Authority, renderer: Renderer, now: datetime) -> SignedDocument:
    """Add both signatures at business time `now` and verify the result. This is CPU work: call it in a thread.

    Raises `verification.NotVerified` when the result is wrong. Nothing has happened then.
    """
    pen = Pen(renderer, OwnTimeStamper(authority.tsa, now), now)
    person = authority.event_credential(will.signer.name, will.signer.id_number, will.number, now)
    sealed = pen.seal(pen.sign_for(will, pdf, person), will.bank_id, authority, "合同专用章")
    signers = {BORROWER_FIELD: person.certificate, BANK_FIELD: authority.seals[will.bank_id].certificate}
    _verify(sealed, pdf, authority, signers, now)
    return SignedDocument(sealed, _described(person))


def seal(pdf: bytes, bank_id: str, authority: Authority, renderer: Renderer, now: datetime) -> bytes:
    """Add the bank's seal alone at business time `now` and verify it. This is CPU work: call it in a thread.

    Raises `verification.NotVerified` when the result is wrong. Nothing has happened then.
    """
    pen = Pen(renderer, OwnTimeStamper(authority.tsa, now), now)
    sealed = pen.seal(pdf, bank_id, authority, "业务专用章")
    _verify(sealed, pdf, authority, {BANK_FIELD: authority.seals[bank_id].certificate}, now)
    return sealed


def _verify(
    signed: bytes, pdf: bytes, authority: Authority, by: Mapping[str, x509.Certificate], now: datetime
) -> None:
    """Raise NotVerified unless `signed` is `pdf`, signed with exactly the certificates `by` (by field)."""
    signers = {field: certificate.subject for field, certificate in by.items()}
    found = verify(signed, original=pdf, root=authority.root, signers=signers, at=now)
    if {field: signature.certificate for field, signature in found.items()} != dict(by):
        raise NotVerified("another certificate with the signer's names")


class Pen:
    """Writes one signature with its visible mark into one field."""

    def __init__(self, renderer: Renderer, stamps: OwnTimeStamper, now: datetime) -> None:
        self._renderer = renderer
        self._stamps = stamps
        self._now = now

    def sign_for(self, will: Will, pdf: bytes, person: Credential) -> bytes:
        """Return the document with the borrower's signature."""
        return self.sign(
            pdf,
            person,
            # Certifying: any later change but filling the bank's field breaks this signature in every reader.
            {
                "certify": True,
                "docmdp_permissions": MDPPerm.FILL_FORMS,
                "field_name": BORROWER_FIELD,
                "reason": f"sha256:{will.evidence_digest}",
            },
            "signature",
            {
                "name": will.signer.name,
                "masked_id": mask_id_number(will.signer.id_number),
                "confirmed_at": _shown(will.confirmed_at),
                "evidence": will.evidence_digest,
            },
        )

    def seal(self, pdf: bytes, bank_id: str, authority: Authority, title: str) -> bytes:
        """Return the document with the bank's seal, which carries this title. Nothing may change after it."""
        return self.sign(
            pdf,
            authority.seals[bank_id],
            {"docmdp_permissions": MDPPerm.NO_CHANGES, "field_name": BANK_FIELD},
            "seal",
            {"name": authority.seal_names[bank_id], "title": title},
        )

    def sign(
        self, pdf: bytes, by: Credential, metadata: dict[str, Any], template: str, shown: dict[str, Any]
    ) -> bytes:
        writer = Writer(pdf)
        width, height = field_size(writer, metadata["field_name"])
        data = shown | {
            "width": width,
            "height": height,
            "signed_at": _shown(self._now),
            "serial": _serial(by),
        }
        mark = self._renderer.render(template, data, self._now)
        signer = _Signer(
            PdfSignatureMetadata(md_algorithm=DIGEST, subfilter=SigSeedSubFilter.PADES, **metadata),
            by.signer(),
            timestamper=self._stamps,
            stamp_style=StaticStampStyle(
                background=PageAsStamp(mark.pdf),
                background_layout=SimpleBoxLayoutRule(AxisAlignment.ALIGN_MIN, AxisAlignment.ALIGN_MIN),
                background_opacity=1.0,
                border_width=0,
            ),
        )
        signer.at = self._now
        output = signer.sign_pdf(writer, existing_fields_only=True, bytes_reserved=RESERVED)
        assert isinstance(output, BytesIO)
        return output.getvalue()


class _Signer(PdfSigner):
    """pyHanko's signer at business time. It leaves the file a PDF 1.7, as PDF/A-2 requires."""

    at: datetime

    def init_signing_session(
        self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.at
        return session

    def register_extensions(self, pdf_out: BasePdfFileWriter, *, md_algorithm: str) -> None:
        # It would announce PDF 2.0, since that is where this curve is named; readers of 1.7 know it all the same.
        return


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


def _serial(by: Credential) -> str:
    return f"{by.certificate.serial_number:x}"


def _described(person: Credential) -> Certificate:
    certificate = person.certificate
    return Certificate(
        subject=certificate.subject.rfc4514_string(_NAMES),
        issuer=certificate.issuer.rfc4514_string(),
        serial=_serial(person),
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
    )
