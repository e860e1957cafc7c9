"""OpenID Connect, the bank's side: checking again what the partner signed, with the keys that it publishes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from partner_adapters.identity.claims import IdTokenClaims, UserinfoClaims, check_parties, check_userinfo
from partner_adapters.identity.config import Algorithm
from partner_adapters.identity.keys import PartnerKeys
from partner_adapters.identity.signed import read_signed
from partner_adapters.identity.verified_identity import Person, Statement, VerifiedIdentity
from partner_adapters.terms.settings import Settings, Url


class OidcSpeaker(Settings):
    """Whose word counts: the partner's issuer, the client it spoke to, where its keys are."""

    dialect: Literal["oidc"] = "oidc"
    issuer: Url
    audience: str
    jwks_url: Url
    algorithms: tuple[Algorithm, ...] = Field(default=("ES256",), min_length=1)


class OidcVerifier:
    """Both statements are compact JWS. The token's own `exp` does not count: it limits a login, a policy evidence."""

    def __init__(self, partner: str, speaker: OidcSpeaker, keys: PartnerKeys) -> None:
        self._partner = partner
        self._speaker = speaker
        self._keys = keys

    @property
    def issuer(self) -> str:
        return self._speaker.issuer

    async def seen(self, evidence: str) -> VerifiedIdentity:
        return identity_of(self._partner, await self._claims(evidence), None, evidence)

    async def person(self, statement: Statement) -> VerifiedIdentity:
        claims = await self._claims(statement.evidence)
        speaker = self._speaker
        info = await read_signed(
            self._keys, speaker.jwks_url, statement.particulars, UserinfoClaims, speaker.algorithms
        )
        check_userinfo(info, claims, speaker.issuer, speaker.audience)
        return identity_of(self._partner, claims, info, statement.evidence)

    async def _claims(self, id_token: str) -> IdTokenClaims:
        speaker = self._speaker
        claims = await read_signed(self._keys, speaker.jwks_url, id_token, IdTokenClaims, speaker.algorithms)
        check_parties(claims, speaker.issuer, speaker.audience)
        return claims


def identity_of(
    partner: str, claims: IdTokenClaims, info: UserinfoClaims | None, id_token: str
) -> VerifiedIdentity:
    """What checked claims say, in the form of every dialect."""
    return VerifiedIdentity(
        partner=partner,
        subject=claims.sub,
        holder=person_of(info) if info else Person(),
        assurance=claims.acr,
        methods=tuple(claims.amr),
        verified_at=None if claims.auth_time is None else datetime.fromtimestamp(claims.auth_time, UTC),
        evidence_id=claims.face_evidence_id,
        evidence_digest=digest_of(id_token),
    )


def digest_of(evidence: str) -> str:
    """How a statement is named wherever it is not stored itself."""
    return hashlib.sha256(evidence.encode()).hexdigest()


def person_of(info: UserinfoClaims) -> Person:
    """A number without its kind, or a kind without its number, says nothing."""
    documented = info.id_type is not None and info.id_number is not None
    return Person(
        name=info.name,
        document_type=info.id_type if documented else None,
        document_number=info.id_number if documented else None,
        phone=info.phone_number,
    )
