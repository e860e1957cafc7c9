"""Sign and seal texts, with keys that can be replaced while values made with older keys are in use."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from itsdangerous import BadData, URLSafeSerializer


class Forged(Exception):
    """The text was not signed or sealed with our keys, or was made for another purpose."""


class Signing:
    """Signs and seals with the first of `keys`, and accepts them all.

    A signed text is accepted only for its own purpose, and no text by another `application`.
    """

    def __init__(self, keys: Sequence[str], application: str) -> None:
        assert keys
        self._oldest_first = list(reversed(keys))
        self._application = application
        self._fernet = MultiFernet([Fernet(_sealing_key(application, key)) for key in keys])

    def sign(self, purpose: str, content: Any) -> str:
        """Return `content` (JSON-ready) as URL-safe text that can be read but not changed."""
        return str(self._serializer(purpose).dumps(content))

    def unsign(self, purpose: str, text: str) -> Any:
        """Return the signed content. Raises `Forged`."""
        try:
            return self._serializer(purpose).loads(text)
        except BadData:
            raise Forged(purpose) from None

    def seal(self, text: str) -> str:
        """Return the text encrypted for our database, so that a copy of the database does not reveal it."""
        return self._fernet.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Return the decrypted text. Raises `Forged`."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Forged("seal") from None

    def _serializer(self, purpose: str) -> URLSafeSerializer:
        # itsdangerous signs with SHA-1 unless told otherwise, and signs with the list's last key.
        return URLSafeSerializer(
            self._oldest_first,
            salt=f"{self._application}.{purpose}",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )


def _sealing_key(application: str, key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(f"{application}.seal:{key}".encode()).digest())
