"""Checking again what a partner signed, by whoever must not take h5app's word for it: the bank's core."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from partner_adapters.identity.claims import (
    IdTokenClaims,
    UserinfoClaims,
    check_auth_time,
    check_parties,
    check_userinfo,
)
from partner_adapters.identity.config import Algorithm
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.keys import PartnerKeys
from partner_adapters.identity.signed import read_signed
from partner_adapters.identity.verified_identity import Person, SignedStatement

SKEW_S = 5


@dataclass(frozen=True)
class Speaker:
    """Whose word counts: the partner's issuer, the client it spoke to, where its keys are."""

    issuer: str
    audience: str
    jwks_url: str
    algorithms: Sequence[Algorithm] = ("ES256",)


@dataclass(frozen=True)
class Statement:
    """What a partner's id_token says of a check that was just made."""

    subject: str
    auth_time: int
    """Seconds since 1970."""
    amr: tuple[str, ...]
    acr: str | None
    face_evidence_id: str | None
    digest: str
    """SHA-256 in hex over the token as it came."""


def digest_of(token: str) -> str:
    """How a statement is named wherever it is not stored itself."""
    return hashlib.sha256(token.encode()).hexdigest()


async def verify_statement(
    keys: PartnerKeys,
    token: str,
    speaker: Speaker,
    *,
    max_age_s: int,
    now: datetime,
    required_amr: Sequence[str] = ("face",),
) -> Statement:
    """Whether the partner saw this person at most `max_age_s` ago (protocol time), by the methods required.

    The token's own `exp` does not count: it limits a login, `max_age_s` limits evidence. Raises `IdentityError`.
    """
    return _statement(await _verified(keys, token, speaker, max_age_s, now, required_amr), token)


async def verify_person(
    keys: PartnerKeys,
    statement: SignedStatement,
    speaker: Speaker,
    *,
    max_age_s: int,
    now: datetime,
    required_amr: Sequence[str] = ("face",),
) -> tuple[Statement, Person]:
    """`verify_statement`, and the particulars that the partner signed for the same subject."""
    claims = await _verified(keys, statement.id_token, speaker, max_age_s, now, required_amr)
    info = await read_signed(keys, speaker.jwks_url, statement.userinfo, UserinfoClaims, speaker.algorithms)
    check_userinfo(info, claims, speaker.issuer, speaker.audience)
    return _statement(claims, statement.id_token), person_of(info)


def person_of(info: UserinfoClaims) -> Person:
    """A number without its kind, or a kind without its number, says nothing."""
    documented = info.id_type is not None and info.id_number is not None
    return Person(
        name=info.name,
        document_type=info.id_type if documented else None,
        document_number=info.id_number if documented else None,
        phone=info.phone_number,
    )


async def _verified(
    keys: PartnerKeys,
    token: str,
    speaker: Speaker,
    max_age_s: int,
    now: datetime,
    required_amr: Sequence[str],
) -> IdTokenClaims:
    claims = await read_signed(keys, speaker.jwks_url, token, IdTokenClaims, speaker.algorithms)
    check_parties(claims, speaker.issuer, speaker.audience)
    check_auth_time(claims, max_age_s, now, SKEW_S)
    if not set(required_amr) <= set(claims.amr):
        raise IdentityUntrusted(Code.WEAK, "amr")
    return claims


def _statement(claims: IdTokenClaims, token: str) -> Statement:
    assert claims.auth_time is not None
    return Statement(
        subject=claims.sub,
        auth_time=claims.auth_time,
        amr=tuple(claims.amr),
        acr=claims.acr,
        face_evidence_id=claims.face_evidence_id,
        digest=digest_of(token),
    )
