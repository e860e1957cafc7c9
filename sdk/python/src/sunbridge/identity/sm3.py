"""SM3 (GB/T 32905): the digest, and the signature with a shared secret (`kind = "sm3_concat"`)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Literal

from sunbridge.identity.strings import sorted_pairs

Place = Literal["before", "after", "both"]
Case = Literal["lower", "upper"]


def sm3_digest(content: bytes) -> bytes:
    """Return the 32 bytes."""
    try:
        from cryptography.hazmat.primitives.hashes import SM3, Hash
    except ImportError as error:
        raise ImportError("SM3 needs cryptography: pip install 'sunbridge-sdk[signing]'") from error
    hashed = Hash(SM3())
    hashed.update(content)
    return hashed.finalize()


def sm3_hex(text: str) -> str:
    """Return the digest of a text in hexadecimal digits."""
    return sm3_digest(text.encode()).hex()


def sm3_sign(
    parameters: Mapping[str, str],
    secret: str,
    *,
    secret_at: Place = "both",
    joint: str = "",
    case: Case = "lower",
    signature: str = "sign",
) -> str:
    """Return SM3 over the sorted parameters and the secret.

    `secret_at`, `joint`, `case`: as in your block. `signature`: the parameter that carries the signature.
    """
    text = sorted_pairs(parameters, leave_out=(signature,))
    if secret_at in ("before", "both"):
        text = f"{secret}{joint}{text}"
    if secret_at in ("after", "both"):
        text = f"{text}{joint}{secret}"
    digest = sm3_hex(text)
    return digest.upper() if case == "upper" else digest


def sm3_verify(
    parameters: Mapping[str, str],
    secret: str,
    *,
    secret_at: Place = "both",
    joint: str = "",
    case: Case = "lower",
    signature: str = "sign",
) -> bool:
    """Whether the parameter `signature` signs the other parameters."""
    right = sm3_sign(parameters, secret, secret_at=secret_at, joint=joint, case=case, signature=signature)
    return hmac.compare_digest(right.encode(), parameters.get(signature, "").encode())
