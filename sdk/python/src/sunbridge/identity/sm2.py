"""SM2 signatures with SM3 (GB/T 32918.2, curve of GB/T 32918.5), over the curve arithmetic of `gmssl`.

`gmssl` computes in Python, so an observer who times many signatures learns something about the key. Where that
matters, sign in an HSM and hand `seal` an object of your own that has `sign`.
"""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass, field
from typing import Any, Self

from sunbridge.identity.sm3 import sm3_digest

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GENERATOR = bytes.fromhex(
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)
# In bytes. Its length in bits is hashed as two bytes.
MOST_ID = 8191
# id-ecPublicKey and the curve of SM2.
_ALGORITHM = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")
_PEM = re.compile(
    r"\s*-----BEGIN (PUBLIC KEY|PRIVATE KEY|EC PRIVATE KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----\s*"
)


@dataclass(frozen=True)
class PublicKey:
    """A point of the curve, as 64 bytes x‖y."""

    point: bytes

    def __post_init__(self) -> None:
        x, y = _numbers(self.point) if len(self.point) == 64 else (P, P)
        if x >= P or y >= P or (y * y - (x * x * x + A * x + B)) % P:
            raise ValueError("is not a point of the SM2 curve")

    @classmethod
    def from_pem(cls, pem: str) -> Self:
        """Read PEM `PUBLIC KEY`. Raises ValueError."""
        label, der = _body(pem)
        bits = b"\x03\x42\x00\x04"
        if label != "PUBLIC KEY" or der[:-64] != b"\x30\x59" + _ALGORITHM + bits:
            raise ValueError("is not an SM2 public key in PEM")
        return cls(der[-64:])


@dataclass(frozen=True)
class PrivateKey:
    """A number of 32 bytes, with its public key."""

    scalar: int = field(repr=False)
    public: PublicKey = field(init=False)

    def __post_init__(self) -> None:
        if not 1 <= self.scalar <= ORDER - 2:
            raise ValueError("is not a private key of SM2")
        object.__setattr__(self, "public", PublicKey(_multiply(self.scalar, GENERATOR)))

    @classmethod
    def from_pem(cls, pem: str) -> Self:
        """Read PEM `PRIVATE KEY` (PKCS #8) or `EC PRIVATE KEY` (SEC 1), without a password. Raises ValueError."""
        label, der = _body(pem)
        try:
            if label == "PRIVATE KEY":
                outer = _sequence(der)
                if outer[1] != _ALGORITHM:
                    raise ValueError
                der = _octets(outer[2])
            elif label != "EC PRIVATE KEY" or _ALGORITHM[-10:] not in der:
                raise ValueError
            return cls(int.from_bytes(_octets(_sequence(der)[1]), "big"))
        except (ValueError, IndexError, TypeError):
            raise ValueError("is not an SM2 private key in PEM") from None


def sign(key: PrivateKey, message: bytes, distinguishing_id: bytes) -> bytes:
    """Return the signature, 64 bytes r‖s."""
    digest = digest_of(key.public, message, distinguishing_id)
    while True:
        signature = sign_digest(key, digest, secrets.randbelow(ORDER - 1) + 1)
        if signature is not None:
            return signature


def sign_digest(key: PrivateKey, digest: bytes, nonce: int) -> bytes | None:
    """Return r‖s, or None where the nonce does not serve. Two signatures with one nonce reveal the key."""
    x, _ = _numbers(_multiply(nonce, GENERATOR))
    r = (int.from_bytes(digest, "big") + x) % ORDER
    s = pow(1 + key.scalar, -1, ORDER) * (nonce - r * key.scalar) % ORDER
    if r == 0 or r + nonce == ORDER or s == 0:
        return None
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify(key: PublicKey, message: bytes, signature: bytes, distinguishing_id: bytes) -> bool:
    """Whether 64 bytes r‖s sign the message."""
    if len(signature) != 64:
        return False
    r, s = _numbers(signature)
    if not (1 <= r < ORDER and 1 <= s < ORDER) or (r + s) % ORDER == 0:
        return False
    x = _sum_x(_multiply(s, GENERATOR), _multiply((r + s) % ORDER, key.point))
    digest = int.from_bytes(digest_of(key, message, distinguishing_id), "big")
    return x is not None and (digest + x) % ORDER == r


def digest_of(key: PublicKey, message: bytes, distinguishing_id: bytes) -> bytes:
    """Return what is signed: SM3 over the signer's id and key (Z) and over the message."""
    if len(distinguishing_id) > MOST_ID:
        raise ValueError(f"a distinguishing id has at most {MOST_ID} bytes")
    length = (len(distinguishing_id) * 8).to_bytes(2, "big")
    curve = A.to_bytes(32, "big") + B.to_bytes(32, "big") + GENERATOR
    return sm3_digest(sm3_digest(length + distinguishing_id + curve + key.point) + message)


def to_der(signature: bytes) -> bytes:
    """Return a SEQUENCE of r and s."""
    from Cryptodome.Util.asn1 import DerSequence

    _arithmetic()
    return DerSequence(_numbers(signature)).encode()


def from_der(signature: bytes) -> bytes:
    """Return r‖s. Raises ValueError."""
    try:
        r, s = (int(number) for number in _sequence(signature))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    except (ValueError, TypeError, IndexError, OverflowError):
        raise ValueError("is not an SM2 signature in DER") from None


def _multiply(scalar: int, point: bytes) -> bytes:
    """Return scalar · point. `scalar` is from 1 to the order, excluding the order."""
    return bytes.fromhex(_arithmetic()._kg(scalar, point.hex()))


def _sum_x(one: bytes, other: bytes) -> int | None:
    """Return the x coordinate of the sum, or None where it is the point at infinity."""
    curve = _arithmetic()
    added = (
        curve._double_point(one.hex() + "1")
        if one == other
        else curve._add_point(one.hex() + "1", other.hex())
    )
    found = curve._convert_jacb_to_nor(added)
    return None if found is None else int(found[:64], 16)


def _arithmetic() -> Any:
    try:
        from gmssl.sm2 import CryptSM2
    except ImportError as error:
        raise ImportError("SM2 needs gmssl: pip install 'sunbridge-sdk[sm]'") from error
    # Only its arithmetic. Its own `sign_with_sm3` draws nonces from a generator that can be predicted, and knows one
    # id; its constructor damages public keys whose x begins with 0 or 4; its `verify` does not check ranges.
    return CryptSM2(private_key="", public_key="")


def _numbers(pair: bytes) -> tuple[int, int]:
    return int.from_bytes(pair[:32], "big"), int.from_bytes(pair[32:], "big")


def _body(pem: str) -> tuple[str, bytes]:
    found = _PEM.fullmatch(pem)
    if found is None:
        raise ValueError("is not a key in PEM without a password")
    return found[1], base64.b64decode("".join(found[2].split()))


def _sequence(der: bytes) -> Any:
    _arithmetic()
    from Cryptodome.Util.asn1 import DerSequence

    return DerSequence().decode(der, strict=True)


def _octets(der: bytes) -> bytes:
    from Cryptodome.Util.asn1 import DerOctetString

    return DerOctetString().decode(der, strict=True).payload
