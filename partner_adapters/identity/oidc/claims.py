"""The claims of an id_token and a userinfo answer, and the checks that h5app and the bank both make."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Protocol

from pydantic import BeforeValidator, ConfigDict, Field

from partner_adapters.identity.clocks import check_not_ahead, too_old
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.fields.mapping import read_holder
from partner_adapters.identity.fields.particulars import Short
from partner_adapters.identity.identity import Company, Person
from partner_adapters.identity.oidc.config import ParticularsConfig
from partner_adapters.kit.values.wire import Wire

# The year 4147. Every smaller number fits a datetime, and infinity and NaN are excluded.
MAX_S = 2**36


def _whole_seconds(value: object) -> object:
    # NumericDate may have a fraction (RFC 7519, 2). A text or a bool is not a date.
    if isinstance(value, bool) or not isinstance(value, int | float) or not -MAX_S < value < MAX_S:
        raise ValueError("is no NumericDate")
    return int(value)


Seconds = Annotated[int, BeforeValidator(_whole_seconds), Field(ge=0)]
Audience = Short | Annotated[list[Short], Field(min_length=1, max_length=10)]


class Verification(Wire):
    """How claims were verified (OpenID Connect for Identity Assurance, verified_claims)."""

    trust_framework: Short
    time: datetime | None = None


class VerifiedClaims(Wire):
    verification: Verification
    claims: dict[str, Any]


class Claims(Wire):
    """Claims about a subject. All others stay in `model_extra`, for the field map of the configuration."""

    model_config = ConfigDict(extra="allow")

    sub: Short
    verified_claims: VerifiedClaims | list[VerifiedClaims] = []


class SignedClaims(Claims):
    """Claims of a signed userinfo (Core, 5.3.2), with issuer and audience."""

    iss: Short
    aud: Audience
    exp: Seconds | None = None
    iat: Seconds | None = None
    nbf: Seconds | None = None


class IdTokenClaims(SignedClaims):
    """OpenID Connect Core, section 2."""

    model_config = ConfigDict(strict=True)

    exp: Seconds
    iat: Seconds
    azp: Short | None = None
    nonce: Short | None = None
    auth_time: Seconds | None = None
    acr: Short | None = None
    amr: list[Short] = Field(default=[], max_length=10)
    at_hash: Short | None = None
    face_evidence_id: Short | None = None
    sid: Short | None = None


class _Addressed(Protocol):
    @property
    def iss(self) -> str: ...
    @property
    def aud(self) -> str | list[str]: ...


def check_parties(claims: _Addressed, issuer: str, audience: str) -> None:
    """Check issuer and audience. Raises `IdentityUntrusted`."""
    if claims.iss != issuer:
        raise IdentityUntrusted(Code.WRONG_ISSUER)
    listed = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if audience not in listed:
        raise IdentityUntrusted(Code.WRONG_AUDIENCE)
    azp = claims.azp if isinstance(claims, IdTokenClaims) else None
    if (azp is None and len(listed) > 1 and isinstance(claims, IdTokenClaims)) or azp not in (None, audience):
        raise IdentityUntrusted(Code.WRONG_AUDIENCE, "azp")


class _Dated(Protocol):
    @property
    def iat(self) -> int | None: ...
    @property
    def nbf(self) -> int | None: ...
    @property
    def exp(self) -> int | None: ...


def check_begun(claims: _Dated, now: datetime, skew_s: int) -> None:
    """Check that the claims count already: neither `iat` nor `nbf` is in the future. Raises `IdentityUntrusted`."""
    for name, moment_s in (("iat", claims.iat), ("nbf", claims.nbf)):
        if moment_s is not None:
            check_not_ahead(datetime.fromtimestamp(moment_s, UTC), now, skew_s, name)


def check_times(claims: _Dated, now: datetime, skew_s: int) -> None:
    """Check that the claims count already and still, by each of the times that they have."""
    check_begun(claims, now, skew_s)
    if claims.exp is not None and claims.exp + skew_s <= now.timestamp():
        raise IdentityUntrusted(Code.EXPIRED)


def check_auth_time(claims: IdTokenClaims, max_age_s: int, now: datetime, skew_s: int) -> None:
    """Check that the person was checked at most `max_age_s` ago. Raises `IdentityUntrusted`."""
    if claims.auth_time is None:
        raise IdentityUntrusted(Code.STALE, "no auth_time")
    check_not_ahead(datetime.fromtimestamp(claims.auth_time, UTC), now, skew_s, "auth_time")
    if now.timestamp() - claims.auth_time > max_age_s + skew_s:
        raise too_old(Code.STALE, claims.iat - now.timestamp(), skew_s)


def holder_of(
    claims: Claims, token: IdTokenClaims, config: ParticularsConfig, now: datetime, skew_s: int
) -> Person | Company:
    """Return the person or company of the particulars. They must be about the subject of the id_token.

    `skew_s`: how far the host's clock may be ahead of ours.
    """
    if claims.sub != token.sub:
        raise IdentityUntrusted(Code.WRONG_SUBJECT)
    said = claims.model_dump(mode="json")
    if config.trust_frameworks:
        said = {"sub": claims.sub} | _verified(claims, config, now, skew_s)
    return read_holder(config.fields, said)


def _verified(claims: Claims, config: ParticularsConfig, now: datetime, skew_s: int) -> dict[str, Any]:
    listed = claims.verified_claims if isinstance(claims.verified_claims, list) else [claims.verified_claims]
    trusted = [one for one in listed if one.verification.trust_framework in config.trust_frameworks]
    if not trusted:
        raise IdentityUntrusted(Code.WEAK, "verified_claims.verification.trust_framework")
    since, until = now - timedelta(days=config.verified_within_days), now + timedelta(seconds=skew_s)
    for one in trusted:
        at = one.verification.time
        if at is not None and at.tzinfo is not None and since <= at <= until:
            return one.claims
    raise IdentityUntrusted(Code.STALE, "verified_claims.verification.time")
