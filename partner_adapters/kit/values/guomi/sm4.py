"""SM4 (GM/T 0002): ECB and CBC with PKCS #7 padding, GCM with a tag of 16 bytes after the text.

Keys have 16 bytes. Every failure to decrypt raises the same ValueError.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB, GCM
from cryptography.hazmat.primitives.padding import PKCS7

BLOCK = 16
TAG = 16


def ecb_encrypt(key: bytes, plain: bytes) -> bytes:
    return _encrypt(key, ECB(), plain)  # noqa: S305 - hosts ask for it


def ecb_decrypt(key: bytes, sealed: bytes) -> bytes:
    return _decrypt(key, ECB(), sealed)  # noqa: S305 - hosts ask for it


def cbc_encrypt(key: bytes, iv: bytes, plain: bytes) -> bytes:
    return _encrypt(key, CBC(iv), plain)


def cbc_decrypt(key: bytes, iv: bytes, sealed: bytes) -> bytes:
    return _decrypt(key, CBC(iv), sealed)


def gcm_encrypt(key: bytes, nonce: bytes, plain: bytes, associated: bytes = b"") -> bytes:
    """Encrypt. Raises RuntimeError if `cryptography` was built without SM4-GCM."""
    try:
        context = Cipher(SM4(key), GCM(nonce)).encryptor()
    except UnsupportedAlgorithm:
        raise RuntimeError("this build of cryptography lacks SM4-GCM") from None
    context.authenticate_additional_data(associated)
    return context.update(plain) + context.finalize() + context.tag


def gcm_decrypt(key: bytes, nonce: bytes, sealed: bytes, associated: bytes = b"") -> bytes:
    """Decrypt. Raises ValueError, or RuntimeError as `gcm_encrypt` does."""
    if len(sealed) < TAG:
        raise ValueError("SM4: cannot be opened")
    try:
        context = Cipher(SM4(key), GCM(nonce, sealed[-TAG:])).decryptor()
        context.authenticate_additional_data(associated)
        return context.update(sealed[:-TAG]) + context.finalize()
    except UnsupportedAlgorithm:
        raise RuntimeError("this build of cryptography lacks SM4-GCM") from None
    except InvalidTag:
        raise ValueError("SM4: cannot be opened") from None


def _encrypt(key: bytes, mode: ECB | CBC, plain: bytes) -> bytes:
    padder = PKCS7(BLOCK * 8).padder()
    context = Cipher(SM4(key), mode).encryptor()
    return context.update(padder.update(plain) + padder.finalize()) + context.finalize()


def _decrypt(key: bytes, mode: ECB | CBC, sealed: bytes) -> bytes:
    unpadder = PKCS7(BLOCK * 8).unpadder()
    try:
        context = Cipher(SM4(key), mode).decryptor()
        padded = context.update(sealed) + context.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise ValueError("SM4: cannot be opened") from None
