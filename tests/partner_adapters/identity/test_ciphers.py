"""What hosts seal is opened by name; anything else is one refusal that says nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher as Context
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, TypeAdapter, ValidationError

from partner_adapters.identity.crypto.ciphers import MAX_SEALED, Cipher, open_sealed
from partner_adapters.kit.values.canonical import encode
from partner_adapters.kit.values.guomi import sm2, sm4

CIPHER: TypeAdapter[Any] = TypeAdapter(Cipher)
KEY, IV = bytes(range(16)), bytes(range(100, 116))
SM2_KEY = sm2.PrivateKey.generate()
PLAIN = json.dumps({"name": "李秀英", "data": '{"id": "1"}'}, ensure_ascii=False).encode()


def cipher(**values: Any) -> Any:
    return CIPHER.validate_python(values)


def aes_cbc(plain: bytes, key: bytes = KEY) -> bytes:
    padder, context = PKCS7(128).padder(), Context(AES(key), CBC(IV)).encryptor()
    return context.update(padder.update(plain) + padder.finalize()) + context.finalize()


def seal(chosen: Any, plain: bytes) -> bytes:
    match chosen.kind:
        case "sm4_ecb":
            return sm4.ecb_encrypt(KEY, plain)
        case "sm4_cbc":
            return (IV if chosen.iv_from == "prefix" else b"") + sm4.cbc_encrypt(KEY, IV, plain)
        case "aes_cbc":
            return (IV if chosen.iv_from == "prefix" else b"") + aes_cbc(plain)
        case "aes_gcm":
            return IV[:12] + AESGCM(KEY).encrypt(IV[:12], plain, None)
        case _:
            return sm2.encrypt(SM2_KEY.public, plain, layout=chosen.layout, prefix=chosen.prefix)


SETTINGS: list[dict[str, Any]] = [
    {"kind": "sm4_ecb", "key": KEY.hex()},
    {"kind": "sm4_ecb", "key": encode(KEY, "base64"), "key_encoding": "base64", "encoding": "hex"},
    {"kind": "sm4_cbc", "key": KEY.decode("latin-1"), "key_encoding": "text"},
    {"kind": "sm4_cbc", "key": KEY.hex(), "iv_from": "config", "iv": IV.hex()},
    {"kind": "aes_cbc", "key": KEY.hex()},
    {"kind": "aes_cbc", "key": KEY.hex(), "iv_from": "config", "iv": IV.hex(), "encoding": "hex"},
    {"kind": "aes_gcm", "key": KEY.hex()},
    {"kind": "sm2", "private_key": SM2_KEY.pem},
    {"kind": "sm2", "private_key": SM2_KEY.pem, "layout": "c1c2c3", "prefix": False, "encoding": "hex"},
    {"kind": "sm2", "private_key": SM2_KEY.pem, "layout": "der"},
]


@pytest.mark.parametrize("values", SETTINGS)
def test_what_the_host_sealed_is_opened(values: dict[str, Any]) -> None:
    chosen = cipher(**values)
    sealed = encode(seal(chosen, PLAIN), chosen.encoding)
    assert open_sealed(chosen, sealed) == json.loads(PLAIN)
    assert open_sealed(chosen.model_copy(update={"result": "text"}), sealed) == PLAIN.decode()
    assert KEY.hex() not in repr(chosen)


@pytest.mark.parametrize("values", SETTINGS)
@pytest.mark.parametrize(
    "plain",
    [b"\xff\xfe", b"{", b'{"a":1,"a":2}', b"[" * 5000, b'{"a":NaN}', b"\0", b"[" * 40 + b"]" * 40],
)
def test_what_opens_to_nonsense_is_refused(values: dict[str, Any], plain: bytes) -> None:
    chosen = cipher(**values)
    with pytest.raises(ValueError, match=r"^cannot be opened$"):
        open_sealed(chosen, encode(seal(chosen, plain), chosen.encoding))


@settings(deadline=None)
@given(st.sampled_from(SETTINGS), st.binary(max_size=120), st.text(max_size=40))
def test_noise_never_opens_and_never_shows(values: dict[str, Any], noise: bytes, text: str) -> None:
    chosen = cipher(**values)
    for sealed in (encode(noise, chosen.encoding), text, "A" * (MAX_SEALED + 4)):
        with pytest.raises(ValueError, match=r"^cannot be opened$"):
            open_sealed(chosen, sealed)


@given(st.integers(0, 12 * 8 + 16 * 8))
def test_a_flipped_bit_under_gcm_is_seen(bit: int) -> None:
    chosen = cipher(kind="aes_gcm", key=KEY.hex(), result="text")
    wrong = bytearray(seal(chosen, b"x"))
    wrong[bit // 8 % len(wrong)] ^= 1 << bit % 8
    with pytest.raises(ValueError, match=r"^cannot be opened$"):
        open_sealed(chosen, encode(bytes(wrong), "base64"))


def test_a_session_key_and_an_iv_come_beside_the_text() -> None:
    """WeChat's way: the key from an exchange call, the IV in a field of its own."""
    chosen = cipher(kind="aes_cbc", key_encoding="base64", iv_from="beside")
    sealed, key, iv = (encode(part, "base64") for part in (aes_cbc(PLAIN), KEY, IV))
    assert open_sealed(chosen, sealed, key=SecretStr(key), iv=iv) == json.loads(PLAIN)
    for wrong in (
        {"iv": iv},
        {"key": SecretStr(key)},
        {"key": SecretStr(key[:-4]), "iv": iv},
        {"key": SecretStr("值"), "iv": iv},
        {"key": SecretStr(key), "iv": iv[4:]},
    ):
        with pytest.raises(ValueError, match=r"^cannot be opened$"):
            open_sealed(chosen, sealed, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [24, 32])
def test_longer_aes_keys_are_known(size: int) -> None:
    key = bytes(range(size))
    chosen = cipher(kind="aes_cbc", key=key.hex(), iv_from="config", iv=IV.hex())
    assert open_sealed(chosen, encode(aes_cbc(PLAIN, key), "base64")) == json.loads(PLAIN)


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"kind": "sm4_ecb", "key": "00" * 32}, "key must have 16 bytes"),
        ({"kind": "sm4_ecb", "key": "zz" * 16}, "is not hex"),
        ({"kind": "aes_gcm", "key": "00" * 17}, "key must have 16 or 24 or 32 bytes"),
        ({"kind": "aes_gcm", "key": "00" * 16, "iv_from": "config", "iv": "00" * 12}, "iv"),
        ({"kind": "aes_cbc", "key": "00" * 16, "iv_from": "config"}, "iv is given exactly when"),
        ({"kind": "aes_cbc", "key": "00" * 16, "iv": "00" * 16}, "iv is given exactly when"),
        ({"kind": "sm4_cbc", "key": "00" * 16, "iv_from": "config", "iv": "00"}, "iv must have 16 bytes"),
        ({"kind": "sm2", "private_key": "x"}, "is not an SM2 private key"),
        ({"kind": "rot13"}, "kind"),
    ],
)
def test_a_wrong_block_says_what_is_wrong(values: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        cipher(**values)
