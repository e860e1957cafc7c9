"""SM3 (GM/T 0004): digests of 32 bytes, and HMAC."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.hmac import HMAC


def digest(data: bytes) -> bytes:
    hashed = Hash(SM3())
    hashed.update(data)
    return hashed.finalize()


def mac(key: bytes, data: bytes) -> bytes:
    """Return HMAC-SM3."""
    keyed = HMAC(key, SM3())
    keyed.update(data)
    return keyed.finalize()
