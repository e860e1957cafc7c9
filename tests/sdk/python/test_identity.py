"""What the SDK signs and seals equals the published vectors, and the platform's own verifiers believe it."""

from __future__ import annotations

import base64
import hmac
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sunbridge import SignatureError, identity
from sunbridge.identity import sm2, strings
from sunbridge.identity.sealing import sm4_cbc

from partner_adapters.identity.crypto import signers
from partner_adapters.identity.crypto.outgoing import Outgoing
from partner_adapters.identity.errors import IdentityUntrusted
from partner_adapters.identity.sealed.host import SealedHost
from partner_adapters.kit.values.guomi import sm2 as platform_sm2
from tests.support.houses.handing_over import ID, SM2_KEY, SM4_KEY, STRANGER, sealed_config

PAGE = Path(__file__).parents[3] / "docs" / "partners" / "test-vectors.md"
BLOCKS = {
    name: json.loads(content)
    for name, content in re.findall(r"^```json (\w+)\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
}
AT = 1_795_485_600
PERSON = {
    "uid": "m-1",
    "name": "李秀英",
    "idno": "11010519491231002X",
    "idtype": "01",
    "mobile": "19900000001",
    "level": "L3",
    "auth": "face",
    "authtime": "20261124100000",
    "evid": "E1",
}


class At:
    """A clock that stands at one moment."""

    def __init__(self, moment: float) -> None:
        self.moment = datetime.fromtimestamp(moment, UTC)

    def wall(self) -> datetime:
        return self.moment


def test_the_standards_vectors() -> None:
    for case in BLOCKS["hmac_sha256"]:
        mac = hmac.digest(bytes.fromhex(case["key"]), bytes.fromhex(case["text"]), "sha256")
        assert mac.hex() == case["mac"]
    for case in BLOCKS["sm3"]:
        assert identity.sm3_hex(case["text"]) == case["digest"]
    block = {name: bytes.fromhex(value) for name, value in BLOCKS["sm4_block"].items()}
    assert Cipher(SM4(block["key"]), ECB()).encryptor().update(block["plain"]) == block["sealed"]  # noqa: S305


def test_sm2_signs_as_the_standards_example_does() -> None:
    case = BLOCKS["sm2"]
    key = sm2.PrivateKey(int(case["private_key"], 16))
    assert key.public.point.hex() == case["public_key"]
    told_id, message = case["distinguishing_id"].encode(), case["message"].encode()
    digest = sm2.digest_of(key.public, message, told_id)
    assert digest.hex() == case["digest"]
    signature = sm2.sign_digest(key, digest, int(case["nonce"], 16))
    assert signature is not None
    assert signature.hex() == case["r"] + case["s"]
    assert sm2.verify(key.public, message, signature, told_id)
    for wrong in (b"message digesT", b""):
        assert not sm2.verify(key.public, wrong, signature, told_id)
    assert not sm2.verify(key.public, message, signature, b"")


def test_our_forms_equal_their_vectors_here_and_at_the_platform() -> None:
    headers = BLOCKS["hmac_sha256_headers"]
    made = strings.gateway_text(headers["method"], headers["url"], headers["access_key"], headers["date"])
    assert made == headers["text"]
    signed = identity.sign_headers(
        headers["method"],
        headers["url"],
        access_key=headers["access_key"],
        secret=headers["secret"],
        now=headers["at"],
    )
    assert signed["X-BG-HMAC-SIGNATURE"] == headers["signature"]
    assert signed["X-BG-DATE-TIME"] == headers["date"]
    parameters, text = BLOCKS["sorted_pairs"]["parameters"], BLOCKS["sorted_pairs"]["text"]
    assert identity.sorted_pairs(parameters) == text
    for case in BLOCKS["sm3_concat"]:
        how = {name: case[name] for name in ("secret_at", "joint", "case")}
        assert identity.sm3_sign(parameters, case["secret"], **how) == case["signature"]
        assert _signed({"kind": "sm3_concat", "secret": case["secret"], **how})["sign"] == case["signature"]
    pem = BLOCKS["sm2_pem"]
    for case in BLOCKS["sm2_text"]:
        how = {"distinguishing_id": ID, "encoding": case["encoding"], "form": case["form"]}
        ours = identity.Sm2Verifier(pem["public_key"], **how)
        assert ours.holds(text, case["signature"])
        assert not ours.holds(text + " ", case["signature"])
        signers.verify(_signer({"kind": "sm2", **pem, **how}), text, case["signature"])
    sealed = BLOCKS["sealed"]
    key, iv = bytes.fromhex(sealed["key"]), bytes.fromhex(sealed["iv"])
    assert strings.encode(sm4_cbc(key, iv, sealed["plain"].encode()), "base64url") == sealed["sealed"]
    host = identity.Sm2Verifier(pem["public_key"], distinguishing_id=ID)
    assert host.holds(sealed["sealed"], sealed["signature"])


def _signer(block: dict[str, Any]) -> Any:
    return TypeAdapter[Any](signers.Signer).validate_python(block)


def _signed(block: dict[str, Any]) -> dict[str, str]:
    """Return the parameters that the platform sends for the page's parameters."""
    call = Outgoing("POST", "https://host.example/", form=tuple(BLOCKS["sorted_pairs"]["parameters"].items()))
    return dict(signers.sign(_signer({**block, "place": "form"}), call, At(AT).wall()).form or ())


def test_a_gateway_believes_what_the_platform_signs_and_nothing_else() -> None:
    block = {"kind": "hmac_sha256_headers", "access_key": "AK", "secret": "SK"}
    call = Outgoing("GET", "https://host.example/a%20b", query=(("b", "2 +"), ("a", "值"), ("a", "")))
    headers = dict(signers.sign(_signer(block), call, At(AT).wall()).headers)
    url = "/a%20b?a=%E5%80%BC&b=2+%2B&a="
    assert identity.verify_headers("GET", url, headers, {"AK": "SK"}, now=AT + 299) == "AK"
    for changed, why in (
        ({"method": "POST"}, "does not fit"),
        ({"url": "/a%20b?a=%E5%80%BC&b=2"}, "does not fit"),
        ({"secrets": {"AK": "S"}}, "does not fit"),
        ({"secrets": {"BK": "SK"}}, "not known"),
        ({"now": AT + 301}, "301 s off"),
        ({"now": AT - 301}, "-301 s off"),
        ({"headers": {**headers, "X-BG-DATE-TIME": "soon"}}, "not a date"),
        ({"headers": {**headers, "X-BG-HMAC-ALGORITHM": "none"}}, "must be hmac-sha256"),
        ({"headers": {}}, "is missing"),
    ):
        asked = {
            "method": "GET",
            "url": url,
            "headers": headers,
            "secrets": {"AK": "SK"},
            "now": AT,
        } | changed
        with pytest.raises(SignatureError, match=why):
            identity.verify_headers(**asked)


def test_a_call_signed_with_sm3_is_believed_unless_a_parameter_changes() -> None:
    sent = _signed({"kind": "sm3_concat", "secret": "word"})
    assert identity.sm3_verify(sent, "word")
    assert not identity.sm3_verify({**sent, "name": "李秀"}, "word")
    assert not identity.sm3_verify(sent, "sword")
    assert not identity.sm3_verify({**sent, "sign": ""}, "word")


@settings(max_examples=10, deadline=None)
@given(
    scalar=st.integers(1, sm2.ORDER - 2),
    message=st.binary(max_size=100),
    told_id=st.binary(max_size=40),
)
def test_sm2_of_the_sdk_and_of_the_platform_believe_each_other(
    scalar: int, message: bytes, told_id: bytes
) -> None:
    theirs = platform_sm2.PrivateKey.from_scalar(scalar.to_bytes(32, "big"))
    ours = sm2.PrivateKey.from_pem(theirs.pem)
    assert ours.public == sm2.PublicKey.from_pem(theirs.public.pem)
    signature = sm2.sign(ours, message, told_id)
    assert platform_sm2.verify(theirs.public, message, sm2.to_der(signature), told_id)
    back = platform_sm2.raw(platform_sm2.sign(theirs, message, told_id))
    assert sm2.verify(ours.public, message, back, told_id)
    assert not sm2.verify(ours.public, message + b".", back, told_id)


def test_a_public_key_that_begins_with_04_serves() -> None:
    """The library beneath removes such digits from keys that it is given."""
    scalar = next(n for n in range(1, 2000) if platform_point(n).startswith(b"\x04"))
    key = sm2.PrivateKey(scalar)
    assert sm2.verify(key.public, b"m", sm2.sign(key, b"m", b""), b"")


def platform_point(scalar: int) -> bytes:
    return platform_sm2.PrivateKey.from_scalar(scalar.to_bytes(32, "big")).public.point[1:]


@pytest.mark.parametrize(
    "signature",
    [
        bytes(64),
        bytes(32) + b"\x01" * 32,
        sm2.ORDER.to_bytes(32, "big") + b"\x01" * 32,
        (1).to_bytes(32, "big") + (sm2.ORDER - 1).to_bytes(32, "big"),
        b"\x01" * 63,
        (2).to_bytes(32, "big") + (3).to_bytes(32, "big"),
    ],
)
def test_an_sm2_signature_out_of_range_is_refused(signature: bytes) -> None:
    assert not sm2.verify(sm2.PrivateKey(1).public, b"m", signature, b"")


def test_two_summands_that_cancel_or_agree_are_no_accident_to_trip_over() -> None:
    """With s = t · d the sum is twice a point, and with s = -t · d it is at infinity."""
    key = sm2.PrivateKey(5)
    t = 7
    for s in (t * 5 % sm2.ORDER, -t * 5 % sm2.ORDER):
        r = (t - s) % sm2.ORDER
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        assert not sm2.verify(key.public, b"m", signature, b"")


@pytest.mark.parametrize("point", [bytes(64), b"\x01" * 64, b"\x04" * 65])
def test_a_point_that_is_not_on_the_curve_is_refused(point: bytes) -> None:
    with pytest.raises(ValueError, match="not a point"):
        sm2.PublicKey(point)


def test_a_key_of_another_kind_is_refused() -> None:
    other = rsa.generate_private_key(65537, 2048)
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(ValueError, match="not an SM2 private key"):
        identity.Sm2Signer(pem, distinguishing_id=ID)
    with pytest.raises(ValueError, match="not an SM2 public key"):
        identity.Sm2Verifier(public, distinguishing_id=ID)
    with pytest.raises(ValueError, match="must be RSA"):
        identity.Rsa2Signer(
            rsa.generate_private_key(65537, 1024).private_bytes(  # noqa: S505
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            )
        )


@pytest.mark.anyio
async def test_the_platform_opens_what_the_sdk_sealed() -> None:
    key, signer = bytes.fromhex(SM4_KEY), identity.Sm2Signer(SM2_KEY.pem, distinguishing_id=ID)
    text = identity.seal(PERSON, key=key, signer=signer, now=AT)
    host = SealedHost("mbank", sealed_config(), At(AT + 59))  # type: ignore[arg-type]
    login = await host.receive(text)
    assert (login.identity.subject, login.identity.evidence_id) == ("m-1", "E1")
    forged = identity.seal(
        PERSON, key=key, signer=identity.Sm2Signer(STRANGER.pem, distinguishing_id=ID), now=AT
    )
    late = SealedHost("mbank", sealed_config(), At(AT + 120))  # type: ignore[arg-type]
    for opener, refused in ((host, forged), (host, text[:-2]), (late, text)):
        with pytest.raises(IdentityUntrusted):
            await opener.receive(refused)


@pytest.mark.anyio
async def test_a_seal_with_rsa_opens_too() -> None:
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    signer = identity.Rsa2Signer(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    text = identity.seal(PERSON, key=bytes.fromhex(SM4_KEY), signer=signer, now=AT)
    config = sealed_config(signature={"kind": "rsa2", "public_key": public})
    host = SealedHost("mbank", config, At(AT))  # type: ignore[arg-type]
    assert (await host.receive(text)).identity.subject == "m-1"


def test_each_seal_has_its_own_nonce_and_iv() -> None:
    key = bytes.fromhex(SM4_KEY)
    assert identity.seal(PERSON, key=key, signer=None) != identity.seal(PERSON, key=key, signer=None)
    with pytest.raises(ValueError, match="must not hold nonce"):
        identity.seal({**PERSON, "nonce": "n"}, key=key, signer=None)


@given(content=st.binary(max_size=60), encoding=st.sampled_from(["hex", "base64", "base64url"]))
def test_what_is_encoded_is_decoded(content: bytes, encoding: Any) -> None:
    assert strings.decode(strings.encode(content, encoding), encoding) == content


def test_characters_of_another_alphabet_are_refused() -> None:
    std = base64.b64encode(b"\xfb\xff\xfe").decode()
    for text, encoding in ((std, "base64url"), ("-_-_", "base64"), ("zz", "hex"), ("值", "base64url")):
        with pytest.raises(ValueError, match="is not"):
            strings.decode(text, encoding)  # type: ignore[arg-type]
