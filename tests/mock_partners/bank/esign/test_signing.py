import cProfile
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.reader import PdfFileReader

from mock_partners.bank.esign.authority import Authority, create_authority
from mock_partners.bank.esign.signing import SignedDocument, sign
from mock_partners.bank.esign.timestamps import _Token
from partner_adapters.esign.signers import BANK_FIELD, BORROWER_FIELD, contract_signers
from partner_adapters.esign.verification import NotVerified, verify
from tests.mock_partners.bank.esign.building import (
    BANK,
    BANK_ID,
    EVIDENCE,
    NOW,
    SIGNER,
    authority,
    prepared,
    renderer,
    will,
)
from tests.mock_partners.bank.esign.poppler import signatures_of
from tests.mock_partners.bank.esign.tampering import both


@pytest.fixture(scope="module")
def document() -> bytes:
    return prepared()


@pytest.fixture(scope="module")
def signed(document: bytes) -> SignedDocument:
    return sign(document, will(), authority(), renderer(), NOW)


SIGNERS = contract_signers(SIGNER.name, SIGNER.id_number, "2031-0017", BANK)


def test_two_signatures_stand_on_the_document_that_was_read(document: bytes, signed: SignedDocument) -> None:
    assert signed.pdf.startswith(document)
    borrower, bank = PdfFileReader(BytesIO(signed.pdf)).embedded_signatures
    assert (borrower.field_name, bank.field_name) == (BORROWER_FIELD, BANK_FIELD)
    assert borrower.signer_cert.subject.native == {
        "country_name": "CN",
        "common_name": "李秀英",
        "organizational_unit_name": "3207**********0246",
        "serial_number": "2031-0017",
    }
    assert bank.signer_cert.subject.native["organization_name"] == BANK
    assert borrower.sig_object["/Reason"] == f"sha256:{EVIDENCE}"


def test_another_tool_finds_both_signatures_valid(signed: SignedDocument, tmp_path: Path) -> None:
    found = signatures_of(signed.pdf, tmp_path)
    assert found.count("Signature is Valid.") == 2
    assert found.count("Signature Type: ETSI.CAdES.detached") == 2
    assert found.count("Total document signed") == 1
    assert "Not total document signed" in found  # the first: the bank's comes after it


def test_the_whole_file_keeps_business_time(signed: SignedDocument) -> None:
    for signature in PdfFileReader(BytesIO(signed.pdf)).embedded_signatures:
        assert signature.self_reported_timestamp == NOW
    dates = set(re.findall(rb"D:([0-9]{8})", signed.pdf))
    assert dates == {b"20310305"}


def test_the_event_certificate_is_fresh_short_and_elliptic(signed: SignedDocument) -> None:
    again = sign(prepared(), will(), authority(), renderer(), NOW)
    assert again.certificate.serial != signed.certificate.serial
    assert signed.certificate.valid_from == NOW
    assert signed.certificate.valid_until == NOW + timedelta(hours=1)
    borrower, bank = PdfFileReader(BytesIO(signed.pdf)).embedded_signatures
    for signature in (borrower, bank):
        key = x509.load_der_x509_certificate(signature.signer_cert.dump()).public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert isinstance(key.curve, ec.SECP256R1)
        # The mere certificate, never its key or the root, goes into the file.
        assert len(signature.other_embedded_certs) == 1


def test_the_documents_stay_what_pdf_a_2_asks(signed: SignedDocument) -> None:
    reader = PdfFileReader(BytesIO(signed.pdf))
    assert reader.input_version == (1, 7)
    metadata = reader.root["/Metadata"].data.decode()
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>U</pdfaid:conformance>" in metadata
    for field in (entry.get_object() for entry in reader.root["/AcroForm"]["/Fields"]):
        assert "/N" in field["/AP"]
        assert field["/F"] & 4  # printed


def test_a_document_needs_a_signer(document: bytes, signed: SignedDocument) -> None:
    for pdf in (document, signed.pdf):
        with pytest.raises(NotVerified, match="no signer is expected"):
            verify(pdf, original=document, root=authority().root, signers={}, at=NOW)


def test_the_verdict_says_when_each_certificate_was_judged(document: bytes, signed: SignedDocument) -> None:
    """The event certificate is valid for an hour. Its time-stamp proves later that it signed within."""
    later = NOW + timedelta(days=1000)
    found = verify(signed.pdf, original=document, root=authority().root, signers=SIGNERS, at=later)
    assert [signature.stamped_at for signature in found.values()] == [NOW, NOW]
    assert f"{found[BORROWER_FIELD].certificate.serial_number:x}" == signed.certificate.serial
    assert found[BANK_FIELD].certificate == authority().seals[BANK_ID].certificate
    assert found[BORROWER_FIELD].reason == f"sha256:{EVIDENCE}"


def test_an_authority_whose_key_is_another_s_does_not_start() -> None:
    keys, others = create_authority({BANK_ID: BANK}, NOW), create_authority({BANK_ID: BANK}, NOW)
    with pytest.raises(ValueError, match="is not the EC key of"):
        Authority(keys.model_copy(update={"tsa_key": others.tsa_key}))


def test_a_signing_never_encodes_its_certificates_again_and_again() -> None:
    """asn1crypto did so whenever a length happened to end in 0x80: seconds, in about every second signing."""
    for _ in range(8):
        profile = cProfile.Profile()
        profile.runcall(both)
        encodings = sum(
            entry.callcount
            for entry in profile.getstats()
            if getattr(entry.code, "co_name", "") == "_set_contents"
        )
        assert 0 < encodings < 40_000
    token = _Token.load(bytes.fromhex("3003020101"))
    assert token.dump(force=True) == bytes.fromhex("3003020101")
