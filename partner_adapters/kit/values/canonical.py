"""The exact strings that hosts sign, and signatures over them, for the signing and the checking side.

Texts are UTF-8, keys are PEM or bytes, secrets are text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from partner_adapters.kit.values.guomi import sm2, sm3
from partner_adapters.kit.values.strict_json import compact

Pairs = Iterable[tuple[str, str]]
# base64url: RFC 4648, section 5, without padding.
Encoding = Literal["hex", "base64", "base64url"]
RSA_BITS = 2048
_NOT_BASE64URL = re.compile(r"[^A-Za-z0-9_-]")
# Most characters of one encoded value.
MAX_ENCODED = 2**20


def text_of(value: object) -> str:
    """Return a parameter as text: `True` → `true`, `None` → ``, an object → compact JSON. A float is a ValueError."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float):
        raise ValueError("a number with a fraction has no one text: send a string")
    return compact(value)


def sorted_pairs(pairs: Pairs, *, leave_out: Iterable[str] = ("sign",)) -> str:
    """Sort by name, without empty values and `leave_out`: `b=2&a=1&c=&sign=x` → `a=1&b=2`. No name may come twice."""
    skipped = frozenset(leave_out)
    listed = [(name, value) for name, value in pairs if name not in skipped]
    if len({name for name, _ in listed}) != len(listed):
        raise ValueError("a parameter twice cannot be signed")
    return "&".join(f"{name}={value}" for name, value in sorted(listed) if value)


def joined(values: Mapping[str, str], fields: Iterable[str], separator: str) -> str:
    """Join the named values in the given order. Raises ValueError that names a missing field."""
    names = tuple(fields)
    if missing := [name for name in names if name not in values]:
        raise ValueError(f"to be signed, but missing: {', '.join(missing)}")
    return separator.join(values[name] for name in names)


def gateway_string(method: str, path: str, query: Pairs, access_key: str, date: str) -> str:
    """Return `METHOD\\nPATH\\nsorted query\\nkey\\ndate\\n`, with the query percent-encoded."""
    canonical = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query))
    return "".join(f"{line}\n" for line in (method.upper(), path or "/", canonical, access_key, date))


def md5_hex(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def sm3_hex(text: str) -> str:
    return sm3.digest(text.encode()).hex()


def hmac_sha256(secret: str, text: str) -> str:
    """Return HMAC-SHA256 in base64."""
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()


def equal(expected: str, got: str) -> bool:
    """Whether two secrets or signatures are the same text, compared in constant time. An empty one equals nothing."""
    return bool(expected) and hmac.compare_digest(expected.encode(), got.encode("utf-8", "replace"))


@lru_cache(64)
def rsa_private_key(pem: str) -> RSAPrivateKey:
    """Return the key. Raises ValueError unless it is an RSA key of at least `RSA_BITS`, not encrypted."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey) or key.key_size < RSA_BITS:
        raise ValueError(f"is no RSA private key of {RSA_BITS} bits or more in PEM")
    return key


@lru_cache(64)
def rsa_public_key(pem: str) -> RSAPublicKey:
    """Return the key. Raises ValueError unless it is an RSA key of at least `RSA_BITS`."""
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPublicKey) or key.key_size < RSA_BITS:
        raise ValueError(f"is no RSA public key of {RSA_BITS} bits or more in PEM")
    return key


sm2_private_key = lru_cache(64)(sm2.PrivateKey.from_pem)
sm2_public_key = lru_cache(64)(sm2.PublicKey.from_pem)


def rsa2_sign(private_pem: str, text: str) -> str:
    """Sign with SHA256withRSA (PKCS #1 v1.5), base64."""
    signature = rsa_private_key(private_pem).sign(text.encode(), PKCS1v15(), SHA256())
    return base64.b64encode(signature).decode()


def rsa2_holds(public_pem: str, text: str, signature: str) -> bool:
    try:
        rsa_public_key(public_pem).verify(decode(signature, "base64"), text.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def sm2_sign(private_pem: str, text: str, distinguishing_id: str, encoding: Encoding, *, raw: bool) -> str:
    """Sign with SM2 and SM3, as r‖s (`raw`) or DER."""
    key = sm2_private_key(private_pem)
    signature = sm2.sign(key, text.encode(), distinguishing_id.encode())
    return encode(sm2.raw(signature) if raw else signature, encoding)


def sm2_holds(
    public_pem: str, text: str, signature: str, distinguishing_id: str, encoding: Encoding, *, raw: bool
) -> bool:
    key = sm2_public_key(public_pem)
    try:
        decoded = decode(signature, encoding)
        return sm2.verify(
            key, text.encode(), sm2.der(decoded) if raw else decoded, distinguishing_id.encode()
        )
    except ValueError:
        return False


def encode(data: bytes, encoding: Encoding) -> str:
    if encoding == "hex":
        return data.hex()
    if encoding == "base64url":
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    return base64.b64encode(data).decode()


def decode(text: str, encoding: Encoding) -> bytes:
    """Decode strictly, without spaces or another alphabet. Raises ValueError that does not repeat the text."""
    try:
        if len(text) > MAX_ENCODED:
            raise ValueError
        if encoding == "hex":
            return binascii.unhexlify(text)
        if encoding == "base64url":
            if _NOT_BASE64URL.search(text):
                raise ValueError
            return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError(f"is not {encoding}") from None
