"""Decrypting what hosts encrypt, with ciphers that the configuration names.

Every fault of a sealed text is the same ValueError, which tells nothing of the content. CBC, ECB and SM2 without a
signature do not prove who sealed a text, so the dialect must prove that in another way.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, assert_never

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as Context
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from pydantic import Field, SecretStr, model_validator

from partner_adapters.kit.values import strict_json
from partner_adapters.kit.values.canonical import Encoding, decode, sm2_private_key
from partner_adapters.kit.values.guomi import sm2, sm4
from partner_adapters.kit.values.settings import Secret, Settings

# Characters.
MAX_SEALED = 256 * 1024
BLOCK = 16
GCM_NONCE = 12
_CANNOT = "cannot be opened"

KeyEncoding = Literal["hex", "base64", "text"]


class _Sealed(Settings):
    encoding: Encoding = "base64"
    """Of the sealed text, and of an IV that comes beside it."""
    result: Literal["text", "json"] = "json"


class _Symmetric(_Sealed):
    key: Secret | None = None
    """Missing if an exchange call returns the key (WeChat's session key)."""
    key_encoding: KeyEncoding = "hex"

    @model_validator(mode="after")
    def _key_fits(self) -> _Symmetric:
        if self.key is not None:
            key_bytes(self, self.key.get_secret_value())
        return self


class Sm4Ecb(_Symmetric):
    """SM4, ECB, PKCS #7."""

    kind: Literal["sm4_ecb"]


class _WithIv(_Symmetric):
    iv_from: Literal["config", "prefix", "beside"] = "prefix"
    """Where the IV is: fixed in the configuration, before the sealed bytes, or beside them in the answer."""
    iv: Secret | None = None
    """In `key_encoding`."""

    @model_validator(mode="after")
    def _iv_fits(self) -> _WithIv:
        if (self.iv is None) == (self.iv_from == "config"):
            raise ValueError('iv is given exactly when iv_from is "config"')
        if self.iv is not None and len(_decoded(self.iv.get_secret_value(), self.key_encoding)) != BLOCK:
            raise ValueError(f"iv must have {BLOCK} bytes")
        return self


class Sm4Cbc(_WithIv):
    """SM4, CBC, PKCS #7."""

    kind: Literal["sm4_cbc"]


class AesCbc(_WithIv):
    """AES with 128, 192 or 256 bits, CBC, PKCS #7."""

    kind: Literal["aes_cbc"]


class AesGcm(_Symmetric):
    """AES-GCM with a tag of 16 bytes after the text. A fixed nonce would reveal the key, so it cannot be configured."""

    kind: Literal["aes_gcm"]
    iv_from: Literal["prefix", "beside"] = "prefix"


class Sm2Sealed(_Sealed):
    """SM2 to our public key."""

    kind: Literal["sm2"]
    private_key: Secret
    """PEM."""
    layout: sm2.Layout = "c1c3c2"
    prefix: bool = True
    """Whether C1 begins with 04."""

    @model_validator(mode="after")
    def _is_key(self) -> Sm2Sealed:
        sm2_private_key(self.private_key.get_secret_value())
        return self


Cipher = Annotated[Sm4Ecb | Sm4Cbc | AesCbc | AesGcm | Sm2Sealed, Field(discriminator="kind")]


def open_sealed(cipher: Cipher, sealed: str, *, key: SecretStr | None = None, iv: str | None = None) -> Any:
    """Return the text, or the JSON value, that the host sealed. Raises ValueError.

    Pass `key` if the configuration has none, and `iv` if `iv_from` is "beside".
    """
    try:
        if len(sealed) > MAX_SEALED:
            raise ValueError
        text = _plain(cipher, decode(sealed, cipher.encoding), key, iv).decode()
        return strict_json.parse(text) if cipher.result == "json" else text
    except ValueError:
        raise ValueError(_CANNOT) from None


def key_bytes(cipher: _Symmetric, key: str) -> bytes:
    """Return the key, decoded. Raises ValueError when its length does not fit the cipher."""
    decoded = _decoded(key, cipher.key_encoding)
    lengths = (16,) if isinstance(cipher, Sm4Ecb | Sm4Cbc) else (16, 24, 32)
    if len(decoded) not in lengths:
        raise ValueError(f"key must have {' or '.join(map(str, lengths))} bytes")
    return decoded


def _plain(cipher: Cipher, sealed: bytes, key: SecretStr | None, iv: str | None) -> bytes:
    if isinstance(cipher, Sm2Sealed):
        private = sm2_private_key(cipher.private_key.get_secret_value())
        return sm2.decrypt(private, sealed, layout=cipher.layout, prefix=cipher.prefix)
    chosen = cipher.key or key
    if chosen is None:
        raise ValueError("no key")
    secret = key_bytes(cipher, chosen.get_secret_value())
    match cipher:
        case Sm4Ecb():
            return sm4.ecb_decrypt(secret, sealed)
        case Sm4Cbc():
            return sm4.cbc_decrypt(secret, *_split(cipher, sealed, iv, BLOCK))
        case AesCbc():
            return _aes_cbc(secret, *_split(cipher, sealed, iv, BLOCK))
        case AesGcm():
            return _aes_gcm(secret, *_split(cipher, sealed, iv, GCM_NONCE))
        case _:
            assert_never(cipher)


def _split(cipher: _WithIv | AesGcm, sealed: bytes, beside: str | None, size: int) -> tuple[bytes, bytes]:
    if cipher.iv_from == "prefix":
        iv, sealed = sealed[:size], sealed[size:]
    elif isinstance(cipher, _WithIv) and cipher.iv is not None:
        iv = _decoded(cipher.iv.get_secret_value(), cipher.key_encoding)
    else:
        iv = decode(beside or "", cipher.encoding)
    if len(iv) != size:
        raise ValueError("no IV")
    return iv, sealed


def _aes_cbc(key: bytes, iv: bytes, sealed: bytes) -> bytes:
    context, unpadder = Context(AES(key), CBC(iv)).decryptor(), PKCS7(BLOCK * 8).unpadder()
    return unpadder.update(context.update(sealed) + context.finalize()) + unpadder.finalize()


def _aes_gcm(key: bytes, nonce: bytes, sealed: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(nonce, sealed, None)
    except InvalidTag:
        raise ValueError(_CANNOT) from None


def _decoded(text: str, encoding: KeyEncoding) -> bytes:
    return text.encode() if encoding == "text" else decode(text, encoding)
