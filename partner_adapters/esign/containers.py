"""The one encoding of a signature in a file. Most of a CMS container is not signed, so it may hold nothing more."""

from __future__ import annotations

from datetime import datetime

from asn1crypto import cms
from asn1crypto.core import Asn1Value
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

# In DER: the only algorithms, and the types of a container, of what it holds and of the attribute with a time-stamp.
_SHA256 = bytes.fromhex("300d06096086480165030402010500")
_ECDSA = bytes.fromhex("300a06082a8648ce3d040302")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_DATA = bytes.fromhex("06092a864886f70d010701")
_TIME_STAMP = bytes.fromhex("060b2a864886f70d0109100104")
_STAMP_ATTRIBUTE = bytes.fromhex("060b2a864886f70d010910020e")
_INTEGER, _OCTETS, _SEQUENCE, _SET = 0x02, 0x04, 0x30, 0x31
_FIRST, _SECOND = 0xA0, 0xA1  # the tags [0] and [1]


def encoded_once(pdf: bytes, signature: EmbeddedPdfSignature) -> bool:
    """Whether the gap in the signed bytes holds the signature in its one encoding, then zeros and nothing else.

    Readers ignore what fills the gap, the case of its digits, and whatever else a container brings along.
    """
    before, start = signature.byte_range[1], signature.byte_range[2]
    encoded = _signature(signature.signed_data)
    return pdf[before:start] == b"<" + encoded.hex().upper().encode().ljust(start - before - 2, b"0") + b">"


def stamped_at(signature: EmbeddedPdfSignature) -> datetime | None:
    """Return the time that the signature's time-stamp names, or None without one. The stamp is not verified yet."""
    for stamp in extract_tst_data_iter(signature.signer_info, signed=False):
        moment: datetime = stamp["encap_content_info"]["content"].parsed["gen_time"].native
        return moment
    return None


def certificates_of(signed: cms.SignedData) -> list[bytes]:
    """Return the certificates that a container brings, in DER."""
    return [_raw(certificate.chosen) for certificate in signed["certificates"]]


def stamp_of(signed: cms.SignedData) -> cms.SignedData:
    """Return the first time-stamp of a document's signature."""
    return signed["signer_infos"][0]["unsigned_attrs"][0]["values"][0]["content"]


def _signature(signed: cms.SignedData) -> bytes:
    """Encode a document's signature: the document is its content, one time-stamp its only unsigned attribute."""
    stamp = _time_stamp(stamp_of(signed))
    unsigned = _tlv(_SECOND, _tlv(_SEQUENCE, _STAMP_ATTRIBUTE, _tlv(_SET, stamp)))
    return _container(signed, 1, _DATA, unsigned)


def _time_stamp(signed: cms.SignedData) -> bytes:
    content = bytes(signed["encap_content_info"]["content"])
    return _container(signed, 3, _TIME_STAMP + _tlv(_FIRST, _tlv(_OCTETS, content)), b"")


def _container(signed: cms.SignedData, version: int, content: bytes, unsigned: bytes) -> bytes:
    body = _tlv(
        _SEQUENCE,
        _tlv(_INTEGER, bytes([version])),
        _tlv(_SET, _SHA256),
        _tlv(_SEQUENCE, content),
        _tlv(_FIRST, *certificates_of(signed)),
        _tlv(_SET, _signer(signed["signer_infos"][0], unsigned)),
    )
    return _tlv(_SEQUENCE, _SIGNED_DATA, _tlv(_FIRST, body))


def _signer(signer: cms.SignerInfo, unsigned: bytes) -> bytes:
    return _tlv(
        _SEQUENCE,
        _tlv(_INTEGER, b"\x01"),
        _raw(signer["sid"].chosen),
        _SHA256,
        _tlv(_FIRST, signer["signed_attrs"].contents),
        _ECDSA,
        _tlv(_OCTETS, signer["signature"].native),
        unsigned,
    )


def _raw(value: Asn1Value) -> bytes:
    """Return the bytes as they were read. `dump` may encode everything again (timestamps of e-sign)."""
    encoded: bytes = value._header + value.contents + value._trailer
    return encoded


def _tlv(tag: int, *parts: bytes) -> bytes:
    """Encode a value in DER."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + content
