"""Each way of signing, checked by someone who knows only the host's manual."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from partner_adapters.identity.crypto.outgoing import Outgoing
from partner_adapters.identity.crypto.signers import Rsa2, Signer, Sm2, sign, verify
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.kit.values import canonical
from partner_adapters.kit.values.guomi import sm2

NOW = datetime(2026, 11, 24, 2, 0, 0, tzinfo=UTC)
SIGNER: TypeAdapter[Any] = TypeAdapter(Signer)


def private_pem(key: Any) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: Any) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


RSA_KEY = rsa.generate_private_key(65537, 2048)
SHORT = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused
P256 = generate_private_key(SECP256R1())
RSA2 = {"kind": "rsa2", "private_key": private_pem(RSA_KEY), "public_key": public_pem(RSA_KEY)}
SM2_KEY = sm2.PrivateKey.generate()
SM2 = {
    "kind": "sm2",
    "private_key": SM2_KEY.pem,
    "public_key": SM2_KEY.public.pem,
    "distinguishing_id": "1234567812345678",
}


def signer(**values: Any) -> Any:
    return SIGNER.validate_python(values)


def test_md5_over_joined_fields_with_the_secret_behind() -> None:
    chosen = signer(
        kind="md5_concat",
        fields=["appId", "time"],
        separator="|",
        secret="s3cret",
        case="upper",
        place="form",
        time={"name": "time", "moment": {"format": "yyyyMMddHHmmss"}},
    )
    signed = sign(chosen, Outgoing("POST", "https://host.example/x", form=(("appId", "a1"),)), NOW)
    expected = hashlib.md5(b"a1|20261124100000|s3cret").hexdigest().upper()  # noqa: S324 - the host's
    assert signed.form == (("appId", "a1"), ("time", "20261124100000"), ("sign", expected))
    assert "s3cret" not in repr(chosen) + repr(signed)


def test_md5_with_the_secret_in_the_middle_and_everything_in_headers() -> None:
    chosen = signer(
        kind="md5_concat",
        fields=["servicecode", "$secret", "time"],
        secret="pw",
        place="header",
        time={"name": "time", "moment": {"format": "epoch_ms"}},
    )
    signed = sign(chosen, Outgoing("GET", "https://host.example/x", query=(("servicecode", "svc"),)), NOW)
    stamp = str(int(NOW.timestamp()) * 1000)
    expected = hashlib.md5(f"svcpw{stamp}".encode()).hexdigest()  # noqa: S324 - the host's
    assert dict(signed.headers) == {"time": stamp, "sign": expected}
    assert signed.query == (("servicecode", "svc"),)


def test_the_gateway_reads_its_headers() -> None:
    chosen = signer(kind="hmac_sha256_headers", access_key="AK", secret="SK")
    call = Outgoing(
        "post",
        "https://host.example/restapi/token",
        query=(("b", "2"), ("a", "值")),
        json={"ticket": "t"},
        headers={"Accept": "application/json"},
    )
    signed = sign(chosen, call, NOW)
    text = "POST\n/restapi/token\na=%E5%80%BC&b=2\nAK\nTue, 24 Nov 2026 02:00:00 GMT\n"
    assert dict(signed.headers) == {
        "Accept": "application/json",
        "X-BG-HMAC-ACCESS-KEY": "AK",
        "X-BG-HMAC-ALGORITHM": "hmac-sha256",
        "X-BG-DATE-TIME": "Tue, 24 Nov 2026 02:00:00 GMT",
        "X-BG-HMAC-SIGNATURE": base64.b64encode(hmac.digest(b"SK", text.encode(), "sha256")).decode(),
    }
    assert (signed.query, signed.json) == (call.query, call.json)


@pytest.mark.parametrize(
    ("secret_at", "joint", "text"),
    [
        ("both", "", "kapp=1&n=2k"),
        ("before", "", "kapp=1&n=2"),
        ("after", "&key=", "app=1&n=2&key=k"),
    ],
)
def test_sm3_with_the_secret_around(secret_at: str, joint: str, text: str) -> None:
    chosen = signer(kind="sm3_concat", secret="k", secret_at=secret_at, joint=joint, place="json")
    signed = sign(
        chosen, Outgoing("POST", "https://h.example/", json={"n": 2, "app": "1", "none": None}), NOW
    )
    assert signed.json == {"n": 2, "app": "1", "none": None, "sign": canonical.sm3_hex(text)}


def test_a_time_in_a_header_is_signed_too() -> None:
    chosen = signer(kind="sm3_concat", secret="k", place="header", time={"moment": {"format": "epoch_s"}})
    signed = sign(chosen, Outgoing("GET", "https://h.example/", query=(("z", "1"),)), NOW)
    stamp = str(int(NOW.timestamp()))
    assert signed.headers["sign"] == canonical.sm3_hex(f"ktimestamp={stamp}&z=1k")


def test_rsa2_is_believed_by_the_host() -> None:
    chosen = signer(**RSA2, place="form", time={"moment": {"format": "yyyy-MM-dd HH:mm:ss"}})
    call = Outgoing("POST", "https://h.example/gateway.do", query=(("charset", "utf-8"),), form=(("e", ""),))
    signed = sign(chosen, call, NOW)
    signature = dict(signed.form or ())["sign"]
    RSA_KEY.public_key().verify(
        base64.b64decode(signature),
        b"charset=utf-8&timestamp=2026-11-24 10:00:00",
        padding.PKCS1v15(),
        SHA256(),
    )


@pytest.mark.parametrize("encoding", ["hex", "base64"])
@pytest.mark.parametrize("form", ["der", "raw"])
def test_sm2_is_believed_by_the_host_that_assumes_the_same_id(encoding: str, form: str) -> None:
    chosen = signer(**SM2, encoding=encoding, form=form, leave_out=["trace"])
    signed = sign(chosen, Outgoing("GET", "https://h.example/", query=(("a", "1"), ("trace", "t"))), NOW)
    got = dict(signed.query)["sign"]
    signature = bytes.fromhex(got) if encoding == "hex" else base64.b64decode(got)
    signature = sm2.der(signature) if form == "raw" else signature
    assert sm2.verify(SM2_KEY.public, b"a=1", signature, b"1234567812345678")
    verify(chosen, "a=1", got)
    with pytest.raises(IdentityUntrusted):
        verify(chosen.model_copy(update={"distinguishing_id": "another"}), "a=1", got)


KINDS = [RSA2, SM2, {**SM2, "form": "raw", "encoding": "hex"}]


def signature_of(chosen: Rsa2 | Sm2, content: str) -> str:
    """What the host sends beside its answer."""
    secret = chosen.private_key.get_secret_value()
    if isinstance(chosen, Rsa2):
        return canonical.rsa2_sign(secret, content)
    raw = chosen.form == "raw"
    return canonical.sm2_sign(secret, content, chosen.distinguishing_id, chosen.encoding, raw=raw)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hosts_signature_holds_over_the_text_as_it_stands_and_no_other(kind: dict[str, Any]) -> None:
    chosen = signer(**kind)
    content = '{ "name" : "\\u674e\\/秀英",\t"n":[1, 2]}'
    signature = signature_of(chosen, content)
    verify(chosen, content, signature)
    for text, signed in (
        (content.replace(" : ", ": "), signature),
        (content, "AA" + signature),
        (content, ""),
    ):
        with pytest.raises(IdentityUntrusted) as refused:
            verify(chosen, text, signed)
        assert refused.value.code == Code.BAD_SIGNATURE


def test_without_the_hosts_key_nothing_is_believed() -> None:
    chosen = signer(**RSA2)
    unknown = signer(**{**RSA2, "public_key": None})
    with pytest.raises(IdentityUntrusted) as refused:
        verify(unknown, "{}", signature_of(chosen, "{}"))
    assert refused.value.code == Code.UNKNOWN_KEY


@settings(deadline=None)
@given(st.text(max_size=80))
def test_noise_is_no_signature(noise: str) -> None:
    for kind in KINDS:
        with pytest.raises(IdentityUntrusted):
            verify(signer(**kind), "a=1", noise)


MD5 = {"kind": "md5_concat", "fields": ["a"], "secret": "s"}


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({**RSA2, "private_key": private_pem(SHORT)}, "private_key"),
        ({**RSA2, "private_key": private_pem(P256)}, "private_key"),
        ({**RSA2, "private_key": SM2_KEY.pem}, "private_key"),
        ({**RSA2, "public_key": public_pem(SHORT)}, "public_key"),
        ({**RSA2, "public_key": SM2_KEY.public.pem}, "public_key"),
        ({**SM2, "private_key": private_pem(P256)}, "private_key"),
        ({**SM2, "public_key": public_pem(P256)}, "public_key"),
        ({**SM2, "public_key": SM2_KEY.pem}, "public_key"),
        ({**SM2, "distinguishing_id": "x" * 8192}, "distinguishing_id"),
        ({name: SM2[name] for name in ("kind", "private_key")}, "distinguishing_id"),
        ({**MD5, "fields": []}, "fields"),
        ({**MD5, "fields": ["a", "$other"]}, "fields"),
        ({**MD5, "secret": ""}, "secret"),
        ({**MD5, "signature": "sign\r\nX: y"}, "signature"),
        ({**MD5, "key": "x"}, "key"),
        ({"kind": "hmac_sha256_headers", "access_key": "a b", "secret": "s"}, "access_key"),
        ({"kind": "crc32"}, "kind"),
    ],
)
def test_a_wrong_block_names_its_key_and_shows_no_secret(values: dict[str, Any], key: str) -> None:
    with pytest.raises(ValidationError, match=key) as refused:
        signer(**values)
    secret = values.get("private_key", "")
    assert not secret or secret.splitlines()[1] not in str(refused.value)


def test_what_cannot_be_signed_without_doubt_is_not_sent() -> None:
    once = Outgoing("GET", "https://h.example/", query=(("a", "1"),))
    for call, chosen in (
        (Outgoing("GET", "https://h.example/"), signer(**MD5)),
        (Outgoing("GET", "https://h.example/", query=(("a", "1"), ("a", "2"))), signer(**MD5)),
        (Outgoing("GET", "https://h.example/", query=(("a", "1"), ("a", "2"))), signer(**RSA2)),
        (Outgoing("POST", "https://h.example/", json={"a": 0.5}), signer(**RSA2)),
        (once.with_parameter("query", "sign", "mine"), signer(**MD5)),
        (
            once.with_parameter("header", "x-bg-date-time", "mine"),
            signer(kind="hmac_sha256_headers", access_key="a", secret="s"),
        ),
        (Outgoing("POST", "https://h.example/", form=(("a", "1"),)), signer(**MD5, place="json")),
    ):
        with pytest.raises(ValueError, match=r"missing: a|twice|fraction|already|not both"):
            sign(chosen, call, NOW)
