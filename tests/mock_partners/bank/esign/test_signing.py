import cProfile
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.generic import TextStringObject
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from mock_partners.bank.esign.authority import Authority, create_authority
from mock_partners.bank.esign.certificates import from_asn1
from mock_partners.bank.esign.pdf import BANK_FIELD, BORROWER_FIELD, Writer
from mock_partners.bank.esign.signing import SignedDocument, sign
from mock_partners.bank.esign.timestamps import _Token
from mock_partners.bank.esign.verification import NotVerified, verify
from tests.mock_partners.bank.esign.building import (
    BANK,
    BANK_ID,
    EVIDENCE,
    NOW,
    SIGNER,
    authority,
    contract,
    prepared,
    renderer,
    will,
)
from tests.mock_partners.bank.esign.poppler import signatures_of


@pytest.fixture(scope="module")
def document() -> bytes:
    return prepared()


@pytest.fixture(scope="module")
def signed(document: bytes) -> SignedDocument:
    return sign(document, will(), authority(), renderer(), NOW)


def check(pdf: bytes, document: bytes, by: bytes | None = None, root: x509.Certificate | None = None) -> None:
    """Verify `pdf` with the certificates that `by` (or itself) carries."""
    signatures = PdfFileReader(BytesIO(by or pdf)).embedded_signatures
    signers = {one.field_name: from_asn1(one.signer_cert) for one in signatures}
    verify(pdf, original=document, root=root or authority().root, signers=signers, at=NOW)


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
    check(signed.pdf, document)


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
        key = from_asn1(signature.signer_cert).public_key()
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


def _flip(at: Callable[[bytes], int]) -> Callable[[bytes], bytes]:
    def change(pdf: bytes) -> bytes:
        position = at(pdf)
        return pdf[:position] + bytes([pdf[position] ^ 1]) + pdf[position + 1 :]

    return change


def _annotate(pdf: bytes) -> bytes:
    writer = Writer(pdf)
    writer.root["/Note"] = TextStringObject("另有约定")
    writer.update_root()  # type: ignore[no-untyped-call]
    return writer.appended()


def _another_field(pdf: bytes) -> bytes:
    writer = Writer(pdf)
    append_signature_field(writer, SigFieldSpec("third", box=(10, 10, 90, 90)))
    return writer.appended()


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(_flip(lambda pdf: 20_000), id="a byte of the text"),
        pytest.param(_flip(lambda pdf: pdf.rindex(b"/Reason") + 20), id="a byte of the evidence"),
        pytest.param(
            _flip(lambda pdf: pdf.rindex(b"/Contents <") + 400), id="a byte of the seal's signature"
        ),
        pytest.param(_flip(lambda pdf: len(pdf) - 30), id="a byte at the end"),
        pytest.param(_annotate, id="a word added after the seal"),
        pytest.param(_another_field, id="a field added after the seal"),
        pytest.param(lambda pdf: pdf + b"\n", id="a line break added"),
        pytest.param(lambda pdf: pdf[:-200], id="the end cut off"),
    ],
)
def test_a_changed_document_is_never_verified(
    tamper: Callable[[bytes], bytes], document: bytes, signed: SignedDocument
) -> None:
    check(signed.pdf, document)
    with pytest.raises(NotVerified):
        check(tamper(signed.pdf), document, by=signed.pdf)


def test_every_single_flipped_byte_of_a_sample_is_noticed(document: bytes, signed: SignedDocument) -> None:
    for position in range(7, len(signed.pdf), len(signed.pdf) // 9):
        with pytest.raises(NotVerified):
            check(_flip(lambda _pdf, at=position: at)(signed.pdf), document, by=signed.pdf)  # type: ignore[misc]


def test_a_good_signature_on_another_document_is_not_this_one(document: bytes) -> None:
    other = sign(prepared(contract(limit_fen=30_000_000)), will(), authority(), renderer(), NOW)
    with pytest.raises(NotVerified, match="does not begin with the document"):
        check(other.pdf, document)


def test_another_authority_of_the_same_name_is_not_trusted(document: bytes, signed: SignedDocument) -> None:
    impostor = Authority(create_authority({BANK_ID: BANK}, NOW))
    with pytest.raises(NotVerified, match="root"):
        check(signed.pdf, document, root=impostor.root)


def test_a_certificate_of_another_person_is_noticed(document: bytes, signed: SignedDocument) -> None:
    someone = authority().event_credential("王强", SIGNER.id_number, "2031-0017", NOW).certificate
    seal = authority().seals[BANK_ID].certificate
    signers = {BORROWER_FIELD: someone, BANK_FIELD: seal}
    with pytest.raises(NotVerified, match="another certificate"):
        verify(signed.pdf, original=document, root=authority().root, signers=signers, at=NOW)


def test_the_borrower_s_signature_alone_is_not_a_signed_contract(
    document: bytes, signed: SignedDocument
) -> None:
    first = PdfFileReader(BytesIO(signed.pdf)).embedded_signatures[0]
    end = first.byte_range[2] + first.byte_range[3]
    with pytest.raises(NotVerified, match="not those expected"):
        check(signed.pdf[:end], document, by=signed.pdf)


def test_an_authority_whose_key_is_another_s_does_not_start() -> None:
    keys, others = create_authority({BANK_ID: BANK}, NOW), create_authority({BANK_ID: BANK}, NOW)
    with pytest.raises(ValueError, match="is not the EC key of"):
        Authority(keys.model_copy(update={"tsa_key": others.tsa_key}))


def test_a_signing_never_encodes_its_certificates_again_and_again(document: bytes) -> None:
    """asn1crypto did so whenever a length happened to end in 0x80: seconds, in about every second signing."""
    for _ in range(8):
        profile = cProfile.Profile()
        profile.runcall(sign, document, will(), authority(), renderer(), NOW)
        encodings = sum(
            entry.callcount
            for entry in profile.getstats()
            if getattr(entry.code, "co_name", "") == "_set_contents"
        )
        assert 0 < encodings < 40_000
    token = _Token.load(bytes.fromhex("3003020101"))
    assert token.dump(force=True) == bytes.fromhex("3003020101")
