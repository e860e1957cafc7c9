"""The claims of an id_token and of a signed userinfo, and the checks that h5app and the bank both make."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.particulars import IdNumber, Name, Phone, Short

MAX_S = 2**36
"""Year 4147: every such moment fits a datetime; infinity and not-a-number lie outside."""


def _whole_seconds(value: object) -> object:
    # NumericDate may have a fraction (RFC 7519, 2); a text or a bool is no date.
    if isinstance(value, bool) or not isinstance(value, int | float) or not -MAX_S < value < MAX_S:
        raise ValueError("is no NumericDate")
    return int(value)


Seconds = Annotated[int, BeforeValidator(_whole_seconds), Field(ge=0)]
Audience = Short | Annotated[list[Short], Field(min_length=1, max_length=10)]


class IdTokenClaims(BaseModel):
    """OpenID Connect Core, section 2; other claims are ignored."""

    model_config = ConfigDict(frozen=True, strict=True)

    iss: Short
    sub: Short
    aud: Audience
    exp: Seconds
    iat: Seconds
    azp: Short | None = None
    nonce: Short | None = None
    auth_time: Seconds | None = None
    acr: Short | None = None
    amr: list[Short] = Field(default=[], max_length=10)
    at_hash: Short | None = None
    face_evidence_id: Short | None = None


class UserinfoClaims(BaseModel):
    """Signed userinfo (Core, 5.3.2) with the document that the partner checked."""

    model_config = ConfigDict(frozen=True, strict=True)

    iss: Short
    aud: Audience
    sub: Short
    name: Name | None = None
    id_type: Literal["cn_id_card"] | None = None
    id_number: IdNumber | None = None
    phone_number: Phone | None = None
    verified_at: Seconds | None = None


def check_parties(claims: IdTokenClaims | UserinfoClaims, issuer: str, audience: str) -> None:
    """Said by whom, to whom."""
    if claims.iss != issuer:
        raise IdentityUntrusted(Code.WRONG_ISSUER)
    listed = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if audience not in listed:
        raise IdentityUntrusted(Code.WRONG_AUDIENCE)
    azp = claims.azp if isinstance(claims, IdTokenClaims) else None
    if (azp is None and len(listed) > 1 and isinstance(claims, IdTokenClaims)) or azp not in (None, audience):
        raise IdentityUntrusted(Code.WRONG_AUDIENCE, "azp")


def check_auth_time(claims: IdTokenClaims, max_age_s: int, now: datetime, skew_s: int) -> None:
    """The person was checked, not in the future and at most `max_age_s` ago."""
    if claims.auth_time is None:
        raise IdentityUntrusted(Code.STALE, "no auth_time")
    age_s = now.timestamp() - claims.auth_time
    if age_s < -skew_s:
        raise IdentityUntrusted(Code.NOT_YET_VALID, "auth_time in the future")
    if age_s > max_age_s + skew_s:
        raise IdentityUntrusted(Code.STALE)


def check_userinfo(info: UserinfoClaims, token: IdTokenClaims, issuer: str, audience: str) -> None:
    """The particulars are this partner's word about the same person."""
    check_parties(info, issuer, audience)
    if info.sub != token.sub:
        raise IdentityUntrusted(Code.WRONG_SUBJECT)
