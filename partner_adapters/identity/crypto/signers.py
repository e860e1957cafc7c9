"""Signing calls as hosts require it, and checking signed answers, with signers that the configuration names.

`sign` has no side effects. The same request, settings and time give the same result, except for SM2's random number.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, assert_never
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator

from partner_adapters.identity.crypto.outgoing import Outgoing, Pairs, Place
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.kit.values import canonical
from partner_adapters.kit.values.guomi import sm2
from partner_adapters.kit.values.moments import MomentFormat
from partner_adapters.kit.values.settings import FileText, Secret, Settings

SECRET_FIELD = "$secret"
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]


class Time(Settings):
    """The time of the call, as one more parameter that is added before signing."""

    name: Name = "timestamp"
    moment: MomentFormat = MomentFormat(format="epoch_ms")


class _Parameters(Settings):
    place: Place = "query"
    """Where signature and time are sent. The time is signed as a parameter even if it is sent in a header."""
    signature: Name = "sign"
    time: Time | None = None


class Md5Concat(_Parameters):
    """MD5 over the joined values of `fields`. For old hosts only: two different requests can join to one text."""

    kind: Literal["md5_concat"]
    fields: tuple[Annotated[str, Field(pattern=r"^(\$secret|[A-Za-z0-9_.\-]{1,64})$")], ...] = Field(
        min_length=1
    )
    """Names of parameters in their order. `$secret` marks the place of the secret, which otherwise comes last."""
    separator: str = Field(default="", max_length=8)
    secret: Secret
    case: Literal["lower", "upper"] = "lower"


class HmacSha256Headers(Settings):
    """HMAC-SHA256 over method, path, sorted query, access key and date. All of it is sent in headers."""

    kind: Literal["hmac_sha256_headers"]
    access_key: str = Field(pattern=r"^[\x21-\x7E]{1,200}$")
    secret: Secret
    signature_header: Name = "X-BG-HMAC-SIGNATURE"
    algorithm_header: Name = "X-BG-HMAC-ALGORITHM"
    algorithm: str = Field(default="hmac-sha256", pattern=r"^[\x21-\x7E]{1,64}$")
    key_header: Name = "X-BG-HMAC-ACCESS-KEY"
    date_header: Name = "X-BG-DATE-TIME"
    date: MomentFormat = MomentFormat(format="rfc1123")


class Sm3Concat(_Parameters):
    """SM3 over `a=1&b=2`, sorted, with the secret before it, after it or around it."""

    kind: Literal["sm3_concat"]
    secret: Secret
    secret_at: Literal["before", "after", "both"] = "both"
    joint: str = Field(default="", max_length=16)
    """The text between the parameters and the secret, such as `&key=`."""
    case: Literal["lower", "upper"] = "lower"


class _KeyPair(_Parameters):
    private_key: Secret
    """Our private key, PEM."""
    public_key: FileText | None = None
    """The host's public key for its answers, PEM."""
    leave_out: tuple[Name, ...] = ()
    """Parameters that are sent but not signed, beside the signature."""


class Rsa2(_KeyPair):
    """SHA256withRSA over `a=1&b=2`, sorted, without empty values. The signature is base64."""

    kind: Literal["rsa2"]

    @field_validator("private_key")
    @classmethod
    def _is_private_key(cls, pem: SecretStr) -> SecretStr:
        canonical.rsa_private_key(pem.get_secret_value())
        return pem

    @field_validator("public_key")
    @classmethod
    def _is_public_key(cls, pem: str | None) -> str | None:
        if pem is not None:
            canonical.rsa_public_key(pem)
        return pem


def _id_bytes(text: str) -> str:
    if len(text.encode()) > sm2.MAX_ID:
        raise ValueError("is too long")
    return text


class Sm2(_KeyPair):
    """SM2 with SM3 over the same string as `rsa2`."""

    kind: Literal["sm2"]
    distinguishing_id: Annotated[str, AfterValidator(_id_bytes)]
    """The signer's id, agreed with the host for both directions. Most hosts use 1234567812345678."""
    encoding: canonical.Encoding = "base64"
    form: Literal["der", "raw"] = "der"

    @field_validator("private_key")
    @classmethod
    def _is_private_key(cls, pem: SecretStr) -> SecretStr:
        sm2.PrivateKey.from_pem(pem.get_secret_value())
        return pem

    @field_validator("public_key")
    @classmethod
    def _is_public_key(cls, pem: str | None) -> str | None:
        if pem is not None:
            sm2.PublicKey.from_pem(pem)
        return pem


Signer = Annotated[Md5Concat | HmacSha256Headers | Sm3Concat | Rsa2 | Sm2, Field(discriminator="kind")]


def sign(signer: Signer, call: Outgoing, now: datetime) -> Outgoing:
    """Return the signed call. Raises ValueError when the configuration does not fit the call."""
    if isinstance(signer, HmacSha256Headers):
        return _with_hmac(signer, call, now)
    signed = call.parameters
    if signer.time:
        moment = signer.time.moment.write(now)
        call = call.with_parameter(signer.place, signer.time.name, moment)
        signed = (*signed, (signer.time.name, moment))
    return call.with_parameter(signer.place, signer.signature, _signature(signer, signed))


def _signature(signer: Md5Concat | Sm3Concat | Rsa2 | Sm2, signed: Pairs) -> str:
    match signer:
        case Md5Concat():
            return _md5(signer, signed)
        case Sm3Concat():
            return _sm3(signer, signed)
        case Rsa2():
            text = canonical.sorted_pairs(signed, leave_out=(signer.signature, *signer.leave_out))
            return canonical.rsa2_sign(signer.private_key.get_secret_value(), text)
        case Sm2():
            text = canonical.sorted_pairs(signed, leave_out=(signer.signature, *signer.leave_out))
            key, said = signer.private_key.get_secret_value(), signer.distinguishing_id
            return canonical.sm2_sign(key, text, said, signer.encoding, raw=signer.form == "raw")
        case _:
            assert_never(signer)


def _md5(signer: Md5Concat, signed: Pairs) -> str:
    values = dict(signed)
    if len(values) != len(signed):
        raise ValueError("a parameter twice cannot be signed")
    values[SECRET_FIELD] = signer.secret.get_secret_value()
    fields = signer.fields if SECRET_FIELD in signer.fields else (*signer.fields, SECRET_FIELD)
    return _cased(canonical.md5_hex(canonical.joined(values, fields, signer.separator)), signer.case)


def _sm3(signer: Sm3Concat, signed: Pairs) -> str:
    secret = signer.secret.get_secret_value()
    text = canonical.sorted_pairs(signed, leave_out=(signer.signature,))
    if signer.secret_at in ("before", "both"):
        text = f"{secret}{signer.joint}{text}"
    if signer.secret_at in ("after", "both"):
        text = f"{text}{signer.joint}{secret}"
    return _cased(canonical.sm3_hex(text), signer.case)


def _cased(digest: str, case: Literal["lower", "upper"]) -> str:
    return digest.upper() if case == "upper" else digest


def _with_hmac(signer: HmacSha256Headers, call: Outgoing, now: datetime) -> Outgoing:
    date = signer.date.write(now)
    text = canonical.gateway_string(call.method, urlsplit(call.url).path, call.query, signer.access_key, date)
    signature = canonical.hmac_sha256(signer.secret.get_secret_value(), text)
    for name, value in (
        (signer.key_header, signer.access_key),
        (signer.algorithm_header, signer.algorithm),
        (signer.date_header, date),
        (signer.signature_header, signature),
    ):
        call = call.with_parameter("header", name, value)
    return call


def verify(signer: Rsa2 | Sm2, content: str, signature: str) -> None:
    """Check the host's signature over the text exactly as it was received. Raises `IdentityUntrusted`."""
    if signer.public_key is None:
        raise IdentityUntrusted(Code.UNKNOWN_KEY, "no public_key of the host is configured")
    if isinstance(signer, Rsa2):
        holds = canonical.rsa2_holds(signer.public_key, content, signature)
    else:
        holds = canonical.sm2_holds(
            signer.public_key,
            content,
            signature,
            signer.distinguishing_id,
            signer.encoding,
            raw=signer.form == "raw",
        )
    if not holds:
        raise IdentityUntrusted(Code.BAD_SIGNATURE, signer.kind)
