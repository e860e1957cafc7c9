"""Large contents sealed in chunks by AES-GCM, each bound to its content's name, its place, and whether it is the last.

A chunk that is changed, swapped, taken from another content or missing, also at the end, is refused when the content
is opened. Keys can be replaced: each chunk begins with the id of its key.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT = b"\x01"
KEY_ID_BYTES, NONCE_BYTES, TAG_BYTES = 4, 12, 16
OVERHEAD_BYTES = len(FORMAT) + KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES


class NotAsSealed(Exception):
    """A chunk is not as it was sealed, or its key is not among ours."""


class ChunkSealer:
    """Seals by the first of `secrets`, and opens what each of them sealed. `use`: what the contents are, to which its
    keys are bound."""

    def __init__(self, secrets: Sequence[str], use: str) -> None:
        assert secrets
        self._keys = {_key_id(secret): AESGCM(_key(secret, use)) for secret in secrets}
        self._newest = _key_id(secrets[0])

    @property
    def newest_key_id(self) -> str:
        """The id of the key that seals now, in hex."""
        return self._newest.hex()

    def seal(self, name: str, number: int, content: bytes, *, is_last: bool) -> bytes:
        """Return one chunk of the content `name` sealed. `number` counts from 0."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._keys[self._newest].encrypt(nonce, content, _place(name, number, is_last))
        return FORMAT + self._newest + nonce + sealed

    def seal_all(self, name: str, content: bytes, chunk_bytes: int) -> list[bytes]:
        """Return the whole content sealed in chunks of at most `chunk_bytes`."""
        pieces = list(cut(content, chunk_bytes))
        return [
            self.seal(name, number, piece, is_last=number == len(pieces) - 1)
            for number, piece in enumerate(pieces)
        ]

    def open_all(self, name: str, chunks: Sequence[bytes]) -> bytes:
        """Return the content of all its chunks in their order. Raises `NotAsSealed`."""
        if not chunks:
            raise NotAsSealed(name)
        return b"".join(
            self._open(name, number, chunk, is_last=number == len(chunks) - 1)
            for number, chunk in enumerate(chunks)
        )

    def _open(self, name: str, number: int, chunk: bytes, *, is_last: bool) -> bytes:
        key_ends = len(FORMAT) + KEY_ID_BYTES
        nonce_ends = key_ends + NONCE_BYTES
        key = self._keys.get(chunk[len(FORMAT) : key_ends])
        if key is None or not chunk.startswith(FORMAT) or len(chunk) < OVERHEAD_BYTES:
            raise NotAsSealed(name)
        try:
            return key.decrypt(chunk[key_ends:nonce_ends], chunk[nonce_ends:], _place(name, number, is_last))
        except InvalidTag:
            raise NotAsSealed(name) from None


def cut(content: bytes, piece_bytes: int) -> Iterator[bytes]:
    """Yield the content in pieces of `piece_bytes`, the last of which may be shorter. An empty content is one piece."""
    for start in range(0, max(len(content), 1), piece_bytes):
        yield content[start : start + piece_bytes]


def _place(name: str, number: int, is_last: bool) -> bytes:
    return json.dumps([name, number, is_last]).encode()


def _key_id(secret: str) -> bytes:
    return hashlib.sha256(b"sealed chunks:" + secret.encode()).digest()[:KEY_ID_BYTES]


def _key(secret: str, use: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"sunbridge.{use}".encode()).derive(secret.encode())
