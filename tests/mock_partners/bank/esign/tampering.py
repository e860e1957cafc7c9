"""Ways to tamper with a signed contract, as a stranger with the file or as an e-sign that lies. One row each."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    NullObject,
    NumberObject,
    StreamObject,
    TextStringObject,
    pdf_name,
)
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field

from mock_partners.bank.esign import signing
from mock_partners.bank.esign.authority import _SIGNING, Authority, create_authority
from mock_partners.bank.esign.certificates import Credential, issue
from mock_partners.bank.esign.pdf import Writer
from mock_partners.bank.esign.rendering import Rendered
from mock_partners.bank.esign.signing import Pen, Will
from mock_partners.bank.esign.timestamps import OwnTimeStamper
from partner_adapters.esign import containers
from partner_adapters.esign.containers import stamp_of
from partner_adapters.esign.signers import BANK_FIELD, BORROWER_FIELD
from partner_adapters.esign.wire import Signer
from tests.mock_partners.bank.esign.building import (
    BANK,
    BANK_ID,
    NOW,
    SIGNER,
    authority,
    contract,
    prepared,
    renderer,
    will,
)

# The order of the curve P-256: a signature (r, s) is as good as (r, order - s).
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class _Marks:
    """Renders each mark once: most rows sign the same document anew."""

    @staticmethod
    @cache
    def _rendered(template: str, data: tuple[Any, ...]) -> Rendered:
        return renderer().render(template, dict(data), NOW)

    def render(self, template: str, data: Mapping[str, Any], _now: object) -> Rendered:
        return self._rendered(template, tuple((data | {"serial": "0a"}).items()))


def pen(tsa: Credential | None = None, at: Any = NOW) -> Pen:
    return Pen(_Marks(), OwnTimeStamper(tsa or authority().tsa, at), at)  # type: ignore[arg-type]


def person(signer: Signer = SIGNER, number: str = "2031-0017", at: Any = NOW) -> Credential:
    return authority().event_credential(signer.name, signer.id_number, number, at)


@cache
def document() -> bytes:
    return prepared()


@cache
def half_signed() -> bytes:
    """The document with the borrower's signature only."""
    return pen().sign_for(will(), document(), person())


@cache
def signed() -> bytes:
    return sealed(half_signed())


def sealed(
    pdf: bytes, by: Authority | None = None, bank_id: str = BANK_ID, with_pen: Pen | None = None
) -> bytes:
    return (with_pen or pen()).seal(pdf, bank_id, by or authority(), "合同专用章")


def both(
    pdf: bytes | None = None,
    by: Credential | None = None,
    authority_: Authority | None = None,
    with_pen: Pen | None = None,
    will_: Will | None = None,
) -> bytes:
    """Sign as e-sign does, with anything exchanged, and verify nothing."""
    using = with_pen or pen()
    first = using.sign_for(will_ or will(), pdf or document(), by or person())
    return sealed(first, authority_, with_pen=using)


def flip(pdf: bytes, at: int) -> bytes:
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


# Changes of the file's objects, in one more revision.


def add_page(writer: Writer) -> None:
    page = PageObject(
        contents=writer.add_object(StreamObject(stream_data=b"BT ET")), media_box=(0, 0, 595, 842)
    )
    page["/Resources"] = DictionaryObject()
    writer.insert_page(page)


def replace_page(writer: Writer) -> None:
    page = writer.find_page_for_modification(1)[0].get_object()
    page["/Contents"] = writer.add_object(StreamObject(stream_data=b"BT ET"))
    writer.update_container(page)


def annotate(writer: Writer) -> None:
    page = writer.find_page_for_modification(0)[0].get_object()
    note = {"/Type": "/Annot", "/Subtype": "/FreeText"}
    annotation = DictionaryObject({pdf_name(key): pdf_name(value) for key, value in note.items()})
    annotation["/Rect"] = ArrayObject(map(NumberObject, (100, 500, 400, 540)))
    annotation["/Contents"] = TextStringObject("年利率 36%")
    annotation["/DA"] = TextStringObject("/Helv 12 Tf")
    page["/Annots"] = ArrayObject([*page.get("/Annots", ()), writer.add_object(annotation)])
    writer.update_container(page)


def hide_object(writer: Writer) -> None:
    writer.add_object(StreamObject(stream_data=b"another page, for a later revision to show"))


def add_field(writer: Writer) -> None:
    append_signature_field(writer, SigFieldSpec("third"))


def change_metadata(writer: Writer) -> None:
    metadata = writer.root["/Metadata"]
    title = metadata.data.replace("最高额".encode(), "无限额".encode()) + b" "
    stream = StreamObject({pdf_name("/Type"): pdf_name("/Metadata")}, stream_data=title)
    stream["/Subtype"] = pdf_name("/XML")
    writer.root["/Metadata"] = writer.add_object(stream)
    writer.update_root()


def empty_field(writer: Writer) -> None:
    _field(writer, BORROWER_FIELD)["/V"] = NullObject()


def replace_mark(writer: Writer) -> None:
    marks = _field(writer, BORROWER_FIELD)["/AP"] = DictionaryObject()
    stream = StreamObject({pdf_name("/Type"): pdf_name("/XObject")}, stream_data=b"")
    stream["/Subtype"] = pdf_name("/Form")
    stream["/BBox"] = ArrayObject(map(NumberObject, (0, 0, 9, 9)))
    marks["/N"] = writer.add_object(stream)


def _field(writer: Writer, name: str) -> Any:
    (field,) = (
        entry.get_object()
        for entry in writer.root["/AcroForm"]["/Fields"]
        if entry.get_object()["/T"] == name
    )
    writer.update_container(field)
    return field


def after(pdf: bytes, change: Callable[[Writer], None]) -> bytes:
    """Return the file with one more revision."""
    writer = Writer(pdf)
    change(writer)
    return writer.appended()


def along(change: Callable[[Writer], None], sign: Callable[[], bytes]) -> bytes:
    """Return what `sign` makes when its first revision also holds this change."""
    changes = [change]

    def opened(pdf: bytes) -> Writer:
        writer = Writer(pdf)
        if changes:
            changes.pop()(writer)
        return writer

    with patch.object(signing, "Writer", opened):
        return sign()


# Changes of a signature's container, which lies in the gap between the signed bytes.


def gap_of(pdf: bytes, number: int = -1) -> tuple[int, int, Any]:
    signature = PdfFileReader(BytesIO(pdf)).embedded_signatures[number]
    return int(signature.byte_range[1]), int(signature.byte_range[2]), signature.signed_data


def ingap_of(pdf: bytes, change: Callable[[bytes], bytes], number: int = -1) -> bytes:
    """Return the file with other digits in the gap of a signature."""
    start, end, _ = gap_of(pdf, number)
    digits = change(pdf[start + 1 : end - 1])
    assert len(digits) == end - start - 2
    return pdf[:start] + b"<" + digits + b">" + pdf[end:]


def flip_of(needle: Callable[[Any], bytes], number: int = -1) -> bytes:
    """Return the signed file with one digit changed in a part of a signature's container."""
    part = needle(gap_of(signed(), number)[2])
    digits = part.hex().upper().encode()

    def changed(gap: bytes) -> bytes:
        # The low half of a byte near the end: in a signature (r, s) that is within s.
        at = gap.index(digits) + len(digits) * 3 // 4 | 1
        return gap[:at] + (b"1" if gap[at : at + 1] == b"0" else b"0") + gap[at + 1 :]

    return ingap_of(signed(), changed, number)


def signer_of(container: Any) -> Any:
    return container["signer_infos"][0]


def container(pdf: bytes, made: Callable[[Any], bytes], number: int = -1) -> bytes:
    """Return the file with a container that `made` encodes anew."""
    start, end, signed_data = gap_of(pdf, number)
    digits = made(signed_data).hex().upper().encode()
    return ingap_of(pdf, lambda _: digits.ljust(end - start - 2, b"0"), number)


def one_more_certificate(signed_data: Any) -> bytes:
    extra = SimpleNamespace(chosen=person().signer().signing_cert)
    return containers._signature(_parts(signed_data, certificates=[*signed_data["certificates"], extra]))


def no_stamp(signed_data: Any) -> bytes:
    return containers._container(signed_data, 1, containers._DATA, b"")


def stamp_of_another(signed_data: Any) -> bytes:
    first = gap_of(signed(), 0)[2]
    attributes = signer_of(first)["unsigned_attrs"]
    signer = _parts(signer_of(signed_data), unsigned_attrs=attributes)
    return containers._signature(_parts(signed_data, signer_infos=[signer]))


def other_value_of_stamp(signed_data: Any) -> bytes:
    """Replace the time-stamp's signature (r, s) by (r, order - s), which verifies as well."""
    stamp = stamp_of(signed_data)
    value = signer_of(stamp)["signature"].native
    r, s = decode_dss_signature(value)
    other = SimpleNamespace(native=encode_dss_signature(r, ORDER - s))
    twin = _parts(stamp, signer_infos=[_parts(signer_of(stamp), signature=other)])
    attributes = [{"values": [{"content": twin}]}]
    signer = _parts(signer_of(signed_data), unsigned_attrs=attributes)
    return containers._signature(_parts(signed_data, signer_infos=[signer]))


def _parts(value: Any, **changes: Any) -> dict[str, Any]:
    return {name: value[name] for name in value._field_map} | changes


def spaced(digits: bytes) -> bytes:
    return digits[:2] + b" " + digits[2:-1]


def filled(digits: bytes) -> bytes:
    return digits[:-8] + b"DEADBEEF"


# The rows.


def swapped_seal() -> bytes:
    """The seal's field signed by the borrower's certificate."""
    by = person()
    metadata = {"docmdp_permissions": MDPPerm.NO_CHANGES, "field_name": BANK_FIELD}
    first = pen().sign_for(will(), document(), by)
    return pen().sign(first, by, metadata, "seal", {"name": BANK, "title": "合同专用章"})


def not_certified() -> bytes:
    metadata = {"field_name": BORROWER_FIELD, "reason": f"sha256:{will().evidence_digest}"}
    mark = {"name": SIGNER.name, "masked_id": "", "confirmed_at": "", "evidence": ""}
    return sealed(pen().sign(document(), person(), metadata, "signature", mark))


def without_stamps(at: Any = NOW) -> bytes:
    using = Pen(_Marks(), None, NOW)  # type: ignore[arg-type]
    return both(by=person(at=at), with_pen=using)


def impostor() -> Authority:
    return Authority(create_authority({BANK_ID: BANK}, NOW))


def foreign_authority() -> bytes:
    other = impostor()
    by = other.event_credential(SIGNER.name, SIGNER.id_number, "2031-0017", NOW)
    return both(by=by, authority_=other)


def issued_by_seal() -> bytes:
    seal = authority().seals[BANK_ID]
    subject, chain = person().certificate.subject, (seal.certificate, *seal.chain)
    life = (NOW, NOW + timedelta(hours=1))
    return both(by=issue(subject, issuer=seal, life=life, extensions=_SIGNING, chain=chain))


def bank_of_another_name() -> bytes:
    return sealed(half_signed(), bank_id="hab")


def end_of_first(pdf: bytes) -> int:
    first = PdfFileReader(BytesIO(pdf)).embedded_signatures[0]
    return int(first.byte_range[2] + first.byte_range[3])


LONG_AGO = NOW - timedelta(hours=2)
# What is done to the file → how to make it, and when it is verified.
ROWS: dict[str, tuple[Callable[[], bytes], Any]] = {
    "nothing": (signed, NOW),
    "a byte of the text is flipped": (lambda: flip(signed(), 20_000), NOW),
    "a byte of the evidence digest in the signature is flipped": (
        lambda: flip(signed(), signed().rindex(b"/Reason") + 20),
        NOW,
    ),
    "a byte of the cross-references at the end is flipped": (lambda: flip(signed(), len(signed()) - 30), NOW),
    "a byte of the borrower's signature value is flipped": (
        lambda: flip_of(lambda one: signer_of(one)["signature"].native, 0),
        NOW,
    ),
    "a byte of the seal's signature value is flipped": (
        lambda: flip_of(lambda one: signer_of(one)["signature"].native),
        NOW,
    ),
    "a byte of the borrower's certificate is flipped": (
        lambda: flip_of(lambda one: one["certificates"][0].chosen["tbs_certificate"]["subject"].contents, 0),
        NOW,
    ),
    "a byte of the seal's certificate is flipped": (
        lambda: flip_of(lambda one: one["certificates"][0].chosen["tbs_certificate"]["subject"].contents),
        NOW,
    ),
    "a byte of the time in the seal's time-stamp is flipped": (
        lambda: flip_of(
            lambda one: stamp_of(one)["encap_content_info"]["content"].parsed["gen_time"].contents
        ),
        NOW,
    ),
    "a byte of the value of the seal's time-stamp is flipped": (
        lambda: flip_of(lambda one: signer_of(stamp_of(one))["signature"].native),
        NOW,
    ),
    "the digits of the seal's signature are in the other case": (
        lambda: ingap_of(signed(), bytes.lower),
        NOW,
    ),
    "a space stands between the digits of the seal's signature": (lambda: ingap_of(signed(), spaced), NOW),
    "the padding after the seal's signature is filled": (lambda: ingap_of(signed(), filled), NOW),
    "the seal's signature brings one more certificate": (
        lambda: container(signed(), one_more_certificate),
        NOW,
    ),
    "the seal's time-stamp is taken out": (lambda: container(signed(), no_stamp), NOW),
    "the seal has the borrower's time-stamp": (lambda: container(signed(), stamp_of_another), NOW),
    "the seal's time-stamp has the other value of the same signature": (
        lambda: container(signed(), other_value_of_stamp),
        NOW,
    ),
    "a page is added before the first signature": (lambda: both(after(document(), add_page)), NOW),
    "an annotation is added before the first signature": (lambda: both(after(document(), annotate)), NOW),
    "the first signature's revision replaces a page": (lambda: along(replace_page, both), NOW),
    "the first signature's revision brings an annotation": (lambda: along(annotate, both), NOW),
    "the first signature's revision hides an unused object": (lambda: along(hide_object, both), NOW),
    "a page is added between the signatures": (lambda: sealed(after(half_signed(), add_page)), NOW),
    "an annotation is added between the signatures": (lambda: sealed(after(half_signed(), annotate)), NOW),
    "an unused object is hidden between the signatures": (
        lambda: sealed(after(half_signed(), hide_object)),
        NOW,
    ),
    "an invisible field is added between the signatures": (
        lambda: sealed(after(half_signed(), add_field)),
        NOW,
    ),
    "the seal's revision changes the title": (
        lambda: along(change_metadata, lambda: sealed(half_signed())),
        NOW,
    ),
    "the seal's revision replaces the borrower's mark": (
        lambda: along(replace_mark, lambda: sealed(half_signed())),
        NOW,
    ),
    "an annotation is added after the seal": (lambda: after(signed(), annotate), NOW),
    "a page is added after the seal": (lambda: after(signed(), add_page), NOW),
    "an unused object is hidden after the seal": (lambda: after(signed(), hide_object), NOW),
    "a line break is added at the end": (lambda: signed() + b"\n", NOW),
    "another document follows the end": (lambda: signed() + prepared(contract(limit_fen=9_900_000)), NOW),
    "the end is cut off": (lambda: signed()[:-200], NOW),
    "the seal is cut off": (lambda: signed()[: end_of_first(signed())], NOW),
    "both signatures are cut off": (document, NOW),
    "the borrower never signed": (lambda: sealed(document()), NOW),
    "a later revision empties the borrower's field": (lambda: after(signed(), empty_field), NOW),
    "the borrower's signature allows any change": (not_certified, NOW),
    "another authority of the same name signed": (foreign_authority, NOW),
    "another time-stamper of the same name stamped": (lambda: both(with_pen=pen(impostor().tsa)), NOW),
    "the borrower's own certificate stamped": (lambda: both(with_pen=pen(person())), NOW),
    "the bank's seal issued the borrower's certificate": (issued_by_seal, NOW),
    "the borrower's certificate is in the seal's field": (swapped_seal, NOW),
    "another person signed": (
        lambda: both(by=person(SIGNER.model_copy(update={"name": "王强"}))),
        NOW,
    ),
    "a person of the same name with another id number signed": (
        lambda: both(by=person(SIGNER.model_copy(update={"id_number": "320722199001010011"}))),
        NOW,
    ),
    "another bank sealed": (bank_of_another_name, NOW),
    "a contract of another amount is signed": (lambda: both(prepared(contract(limit_fen=30_000_000))), NOW),
    "a certificate for another contract number signed": (lambda: both(by=person(number="2031-0018")), NOW),
    "an older document of the same contract is signed": (
        lambda: both(prepared(contract(account_number="6230001000000012348"))),
        NOW,
    ),
    "it is verified three years later": (signed, NOW + timedelta(days=3 * 365)),
    "the borrower's certificate had expired before the time-stamp": (
        lambda: both(by=person(at=LONG_AGO)),
        NOW,
    ),
    "there are no time-stamps": (without_stamps, NOW),
    "there are no time-stamps, and it is verified three years later": (
        without_stamps,
        NOW + timedelta(days=3 * 365),
    ),
    "it is stamped two hours ahead": (lambda: both(), LONG_AGO),
}
