"""SM2 (GM/T 0003): signatures with SM3 and public-key encryption.

The caller always passes the distinguishing id. Two sides with different ids only see "wrong signature". Its usual
value is `USUAL_ID`. Numbers are 32 bytes, big endian.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Callable
from ctypes import byref, c_void_p
from dataclasses import dataclass, field
from typing import Literal, Self

from asn1crypto.core import Integer, OctetString, Sequence
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from partner_adapters.kit.values.guomi import libcrypto as lib
from partner_adapters.kit.values.guomi.libcrypto import LibcryptoError, libcrypto

USUAL_ID = b"1234567812345678"
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
# In bytes. Its length in bits is hashed as two bytes.
MAX_ID = 8191
# A key stream for one byte is zero once in 256 times, so 32 of them in a row never happen.
MAX_KEY_STREAMS = 32
# In bytes. Larger texts are sealed with SM4.
MAX_PLAIN = 2**16

# Order of a ciphertext's parts: today's (GM/T 0003.4), the old one, or ASN.1 (GM/T 0009).
Layout = Literal["c1c3c2", "c1c2c3", "der"]

_SPKI_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
_SEC1_HEAD = bytes.fromhex("30770201010420")
_SEC1_MIDDLE = bytes.fromhex("a00a06082a811ccf5501822da144034200")
_PEM = re.compile(
    r"\s*-----BEGIN (PUBLIC KEY|PRIVATE KEY|EC PRIVATE KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----\s*"
)


class _Sealed(Sequence):  # type: ignore[misc]
    _fields = [("x", Integer), ("y", Integer), ("hash", OctetString), ("text", OctetString)]


@dataclass(frozen=True)
class PublicKey:
    """A point on the curve, 65 bytes, uncompressed."""

    point: bytes

    @classmethod
    def from_point(cls, point: bytes) -> Self:
        """Read 64 bytes x‖y, or 65 with a leading 04. Raises ValueError if the point is not on the curve."""
        point = b"\x04" + point if len(point) == 64 else point
        if len(point) != 65 or point[0] != 4:
            raise ValueError("is not an SM2 point of 64 or 65 bytes")
        try:
            with lib.key(_SPKI_HEAD + point, private=False):
                return cls(point)
        except LibcryptoError:
            raise ValueError("is no point of the SM2 curve") from None

    @classmethod
    def from_pem(cls, pem: str) -> Self:
        """Read PEM `PUBLIC KEY`. Raises ValueError if it is not an SM2 key."""
        try:
            with lib.key(_der(pem, private=False), private=False) as pkey:
                return cls(lib.encoded(pkey, private=False)[-65:])
        except LibcryptoError:
            raise ValueError("is not an SM2 public key in PEM") from None

    @property
    def pem(self) -> str:
        return _pem("PUBLIC KEY", _SPKI_HEAD + self.point)


@dataclass(frozen=True)
class PrivateKey:
    """A scalar of 32 bytes with its public key."""

    scalar: bytes = field(repr=False)
    public: PublicKey

    @classmethod
    def generate(cls) -> Self:
        return cls.from_scalar((secrets.randbelow(ORDER - 2) + 1).to_bytes(32, "big"))

    @classmethod
    def from_scalar(cls, scalar: bytes) -> Self:
        """Read 32 bytes, a number from 1 to order - 2. Raises ValueError for others."""
        if len(scalar) != 32 or not 1 <= int.from_bytes(scalar, "big") <= ORDER - 2:
            raise ValueError("is not an SM2 private scalar")
        # libcrypto computes the public key if it is not given.
        der = bytes.fromhex("30310201010420") + scalar + _SEC1_MIDDLE[:12]
        with lib.key(der, private=True) as pkey:
            return cls(scalar, PublicKey(lib.encoded(pkey, private=False)[-65:]))

    @classmethod
    def from_pem(cls, pem: str) -> Self:
        """Read PEM `PRIVATE KEY` (PKCS #8) or `EC PRIVATE KEY` (SEC 1), not encrypted. Raises ValueError."""
        try:
            with lib.key(_der(pem, private=True), private=True) as pkey:
                der = lib.encoded(pkey, private=True)
        except LibcryptoError:
            raise ValueError("is not an SM2 private key in PEM") from None
        if der[2:7] != _SEC1_HEAD[2:]:
            raise ValueError("is not an SM2 private key in PEM")
        # Only the scalar is used: signing with a public key that does not belong to it would reveal it.
        return cls.from_scalar(der[7:39])

    @property
    def pem(self) -> str:
        return _pem("EC PRIVATE KEY", self._der)

    @property
    def _der(self) -> bytes:
        return _SEC1_HEAD + self.scalar + _SEC1_MIDDLE + self.public.point


def sign(key: PrivateKey, message: bytes, distinguishing_id: bytes) -> bytes:
    """Return a signature in DER, a SEQUENCE of r and s. `raw` turns it into 64 bytes r‖s."""
    _check_id(distinguishing_id)
    library = libcrypto()
    with (
        lib.key(key._der, private=True) as pkey,
        lib.owned(library.EVP_MD_CTX_new(), library.EVP_MD_CTX_free) as context,
    ):
        _begin(library.EVP_DigestSignInit, context, pkey, distinguishing_id)
        return lib.sized(
            lambda out, size: int(library.EVP_DigestSign(context, out, size, message, len(message)))
        )


def verify(key: PublicKey, message: bytes, signature: bytes, distinguishing_id: bytes) -> bool:
    """Whether a DER signature over the message is valid. A malformed one is not. `der` converts 64 bytes r‖s."""
    _check_id(distinguishing_id)
    library = libcrypto()
    with (
        lib.key(_SPKI_HEAD + key.point, private=False) as pkey,
        lib.owned(library.EVP_MD_CTX_new(), library.EVP_MD_CTX_free) as context,
    ):
        _begin(library.EVP_DigestVerifyInit, context, pkey, distinguishing_id)
        try:
            lib.checked(library.EVP_DigestVerify(context, signature, len(signature), message, len(message)))
        except LibcryptoError:
            return False
    return True


def raw(signature: bytes) -> bytes:
    """Convert DER to 64 bytes r‖s. Raises ValueError."""
    try:
        r, s = decode_dss_signature(signature)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    except (ValueError, OverflowError):
        raise ValueError("is not an SM2 signature in DER") from None


def der(signature: bytes) -> bytes:
    """Convert 64 bytes r‖s to DER. Raises ValueError."""
    if len(signature) != 64:
        raise ValueError("is not an SM2 signature of 64 bytes")
    return encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))


def encrypt(key: PublicKey, plain: bytes, *, layout: Layout = "c1c3c2", prefix: bool = True) -> bytes:
    """Seal 1 to `MAX_PLAIN` bytes, else ValueError. With `prefix`, C1 begins with 04 (not in `der`)."""
    if not 1 <= len(plain) <= MAX_PLAIN:
        raise ValueError(f"SM2 seals 1 to {MAX_PLAIN} bytes")
    library = libcrypto()
    with (
        lib.key(_SPKI_HEAD + key.point, private=False) as pkey,
        lib.owned(library.EVP_PKEY_CTX_new(pkey, None), library.EVP_PKEY_CTX_free) as context,
    ):
        lib.checked(library.EVP_PKEY_encrypt_init(context))
        for _ in range(MAX_KEY_STREAMS):
            sealed = lib.sized(
                lambda out, size: int(library.EVP_PKEY_encrypt(context, out, size, plain, len(plain)))
            )
            parts = _Sealed.load(sealed, strict=True)
            # A key stream of zeros must be thrown away (GM/T 0003.4, 6.1 A5); libcrypto does not look.
            if parts["text"].native != plain:
                return sealed if layout == "der" else _join(parts, layout, prefix)
        raise RuntimeError(
            f"SM2 made {MAX_KEY_STREAMS} key streams of zeros: libcrypto's random numbers are broken"
        )


def decrypt(key: PrivateKey, sealed: bytes, *, layout: Layout = "c1c3c2", prefix: bool = True) -> bytes:
    """Return what was sealed for the key in this layout. Every failure raises the same ValueError."""
    library = libcrypto()
    try:
        asn1 = _to_der(sealed, layout, prefix)
        with (
            lib.key(key._der, private=True) as pkey,
            lib.owned(library.EVP_PKEY_CTX_new(pkey, None), library.EVP_PKEY_CTX_free) as context,
        ):
            lib.checked(library.EVP_PKEY_decrypt_init(context))
            plain = lib.sized(
                lambda out, size: int(library.EVP_PKEY_decrypt(context, out, size, asn1, len(asn1)))
            )
            if plain == _Sealed.load(asn1, strict=True)["text"].native:
                raise ValueError("key stream of zeros")
            return plain
    except (LibcryptoError, ValueError, TypeError, OverflowError):
        raise ValueError("SM2: cannot be opened") from None


def _begin(init: Callable[..., int], context: int, pkey: int, distinguishing_id: bytes) -> None:
    library = libcrypto()
    key_context = c_void_p()
    lib.checked(init(context, byref(key_context), library.EVP_sm3(), None, pkey))
    lib.checked(library.EVP_PKEY_CTX_set1_id(key_context, distinguishing_id, len(distinguishing_id)))


def _check_id(distinguishing_id: bytes) -> None:
    if len(distinguishing_id) > MAX_ID:
        raise ValueError(f"an SM2 distinguishing id has at most {MAX_ID} bytes")


def _join(parts: _Sealed, layout: Layout, prefix: bool) -> bytes:
    point: bytes = parts["x"].native.to_bytes(32, "big") + parts["y"].native.to_bytes(32, "big")
    check: bytes = parts["hash"].native
    text: bytes = parts["text"].native
    return (b"\x04" if prefix else b"") + point + (check + text if layout == "c1c3c2" else text + check)


def _to_der(sealed: bytes, layout: Layout, prefix: bool) -> bytes:
    if len(sealed) > MAX_PLAIN + 200:
        raise ValueError("too long")
    if layout == "der":
        return sealed
    if prefix and sealed[:1] != b"\x04":
        raise ValueError("no 04 in front")
    body = sealed[1:] if prefix else sealed
    point, rest = body[:64], body[64:]
    if len(rest) <= 32:
        raise ValueError("too short")
    check, text = (rest[:32], rest[32:]) if layout == "c1c3c2" else (rest[-32:], rest[:-32])
    numbers = {"x": int.from_bytes(point[:32], "big"), "y": int.from_bytes(point[32:], "big")}
    return bytes(_Sealed({**numbers, "hash": check, "text": text}).dump())


def _der(pem: str, *, private: bool) -> bytes:
    match = _PEM.fullmatch(pem)
    if match is None or match[1].endswith("PRIVATE KEY") != private:
        raise ValueError(f"is not an SM2 {'private' if private else 'public'} key in PEM")
    try:
        return base64.b64decode("".join(match[2].split()), validate=True)
    except binascii.Error:
        raise ValueError("is no PEM") from None


def _pem(label: str, der: bytes) -> str:
    text = base64.b64encode(der).decode()
    lines = "\n".join(text[i : i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"
