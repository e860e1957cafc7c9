"""Signed and sealed texts, by keys that can be changed while old values are still about."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from itsdangerous import BadData, URLSafeSerializer


class Forged(Exception):
    """Not signed or sealed by us, or for another purpose."""


class Signing:
    """`keys`: newest first; the first signs and seals, every one is accepted."""

    def __init__(self, keys: Sequence[str]) -> None:
        assert keys
        self._oldest_first = list(reversed(keys))
        self._fernet = MultiFernet([Fernet(_sealing_key(key)) for key in keys])

    def sign(self, purpose: str, content: Any) -> str:
        """`content` (JSON-ready) as a URL-safe text that everyone can read and nobody can change."""
        return str(self._serializer(purpose).dumps(content))

    def unsign(self, purpose: str, text: str) -> Any:
        """Raises `Forged`."""
        try:
            return self._serializer(purpose).loads(text)
        except BadData:
            raise Forged(purpose) from None

    def seal(self, text: str) -> str:
        """Encrypted for our database: whoever reads a copy of it learns nothing."""
        return self._fernet.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Raises `Forged`."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Forged("seal") from None

    def _serializer(self, purpose: str) -> URLSafeSerializer:
        # itsdangerous signs with SHA-1 unless told, and signs with the list's last key.
        return URLSafeSerializer(
            self._oldest_first,
            salt=f"sunbridge.h5app.{purpose}",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )


def _sealing_key(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"sunbridge.h5app.seal:" + key.encode()).digest())
