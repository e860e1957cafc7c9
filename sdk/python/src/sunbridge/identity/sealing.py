"""Sealing what a host knows about a person, for the dialect `sealed` (docs/partners/sealed.md)."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any, Protocol

from sunbridge.identity.strings import Encoding, encode

KEY_BYTES = 16


class Signer(Protocol):
    """What signs a text: `Sm2Signer`, `Rsa2Signer`, or an object of yours that asks an HSM."""

    def sign(self, text: str) -> str:
        """Return the signature in the encoding of your block."""
        ...


def seal(
    person: Mapping[str, Any],
    *,
    key: bytes,
    signer: Signer | None,
    made_at: str = "ts",
    nonce: str = "nonce",
    state: str | None = None,
    encoding: Encoding = "base64url",
    separator: str = ".",
    now: float | None = None,
) -> str:
    """Return the sealed text (SM4-CBC, the IV in front) and its signature: the value of your parameter of `/enter`.

    It is good for one launch, `life_s` long. `person`: JSON whose members your block's `fields` map. `key`: 16 bytes.
    `signer`: None only where your block has no `signature`. `made_at`, `nonce`, `encoding`, `separator`: as in your
    block, where `made_at_format` is `epoch_ms`. `state`: in an answer of your page, the `state` of the question.
    """
    if len(key) != KEY_BYTES:
        raise ValueError(f"key must have {KEY_BYTES} bytes")
    own = {
        made_at: int((time.time() if now is None else now) * 1000),
        nonce: state or secrets.token_urlsafe(24),
    }
    if taken := sorted(set(own) & set(person)):
        raise ValueError(f"person must not hold {', '.join(taken)}: they are made here")
    plain = json.dumps({**person, **own}, ensure_ascii=False, separators=(",", ":")).encode()
    sealed = encode(sm4_cbc(key, secrets.token_bytes(KEY_BYTES), plain), encoding)
    return sealed if signer is None else f"{sealed}{separator}{signer.sign(sealed)}"


def sm4_cbc(key: bytes, iv: bytes, plain: bytes) -> bytes:
    """Return the IV and the text encrypted with SM4 in CBC mode, padded as PKCS #7 says."""
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.algorithms import SM4
        from cryptography.hazmat.primitives.ciphers.modes import CBC
        from cryptography.hazmat.primitives.padding import PKCS7
    except ImportError as error:
        raise ImportError("SM4 needs cryptography: pip install 'sunbridge-sdk[signing]'") from error
    padder, context = PKCS7(128).padder(), Cipher(SM4(key), CBC(iv)).encryptor()
    return iv + context.update(padder.update(plain) + padder.finalize()) + context.finalize()
