"""OpenID Connect, the bank's side: checking again what the partner signed, with its published keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import Field, model_validator

from partner_adapters.identity.clocks import DEFAULT_SKEW_S, ClockSkew
from partner_adapters.identity.crypto.algorithms import Algorithm
from partner_adapters.identity.crypto.keys import PartnerKeys
from partner_adapters.identity.crypto.signed import read_signed
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.identity import Company, Person, Statement, VerifiedIdentity, digest_of
from partner_adapters.identity.oidc.claims import (
    Claims,
    IdTokenClaims,
    SignedClaims,
    check_begun,
    check_parties,
    check_times,
    holder_of,
)
from partner_adapters.identity.oidc.config import ParticularsConfig
from partner_adapters.identity.oidc.userinfo import ask_userinfo
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.settings import IssuerUrl, Settings, Url
from partner_adapters.kit.web.calls.http_client import HttpClient


class OidcVerifierConfig(Settings):
    """What the bank accepts statements by: the partner's issuer, the client they are for, and the partner's keys."""

    dialect: Literal["oidc"] = "oidc"
    issuer: IssuerUrl
    audience: str
    jwks_url: Url
    algorithms: tuple[Algorithm, ...] = Field(default=("ES256",), min_length=1)
    particulars: ParticularsConfig = ParticularsConfig()
    userinfo_url: Url | None = None
    """Where the bank asks for particulars that are not signed."""
    clock_skew_s: ClockSkew = DEFAULT_SKEW_S

    @model_validator(mode="after")
    def _knows_where_to_ask(self) -> OidcVerifierConfig:
        if (self.particulars.source == "userinfo") != (self.userinfo_url is not None):
            raise ValueError('userinfo_url and particulars.source = "userinfo" belong together')
        return self


class OidcVerifier:
    """Checks id_tokens. The policy compares their `exp`, as it compares the age of the check."""

    def __init__(self, partner: str, speaker: OidcVerifierConfig, http: HttpClient, clock: Clock) -> None:
        self._partner = partner
        self._speaker = speaker
        self._http = http
        self._keys = PartnerKeys(http)
        self._clock = clock

    @property
    def issuer(self) -> str:
        return self._speaker.issuer

    @property
    def clock_skew_s(self) -> int:
        return self._speaker.clock_skew_s

    async def verify_evidence(self, evidence: str) -> VerifiedIdentity:
        return identity_of(self._partner, await self._claims(evidence), Person(), evidence)

    async def verify_statement(self, statement: Statement) -> VerifiedIdentity:
        token = await self._claims(statement.evidence)
        if not statement.particulars and self._speaker.particulars.source != "id_token":
            # h5app sends none for a customer who withdrew the consent to them.
            return identity_of(self._partner, token, Person(), statement.evidence)
        said = await self._particulars(statement.particulars, token)
        holder = holder_of(
            said, token, self._speaker.particulars, self._clock.wall(), self._speaker.clock_skew_s
        )
        return identity_of(self._partner, token, holder, statement.evidence)

    async def _claims(self, id_token: str) -> IdTokenClaims:
        speaker = self._speaker
        claims = await read_signed(self._keys, speaker.jwks_url, id_token, IdTokenClaims, speaker.algorithms)
        check_parties(claims, speaker.issuer, speaker.audience)
        check_begun(claims, self._clock.wall(), speaker.clock_skew_s)
        if claims.nonce is None:
            # We send a nonce with every request, so this token answers none of ours.
            raise IdentityUntrusted(Code.WRONG_NONCE)
        return claims

    async def _particulars(self, particulars: str, token: IdTokenClaims) -> Claims:
        speaker = self._speaker
        if speaker.particulars.source == "id_token":
            return token
        if speaker.userinfo_url is not None:
            return await ask_userinfo(self._http, speaker.userinfo_url, particulars)
        said = await read_signed(self._keys, speaker.jwks_url, particulars, SignedClaims, speaker.algorithms)
        check_parties(said, speaker.issuer, speaker.audience)
        check_times(said, self._clock.wall(), speaker.clock_skew_s)
        return said


def identity_of(
    partner: str, claims: IdTokenClaims, holder: Person | Company, id_token: str
) -> VerifiedIdentity:
    """Return checked claims as a `VerifiedIdentity`."""
    return VerifiedIdentity(
        partner=partner,
        subject=claims.sub,
        holder=holder,
        assurance=claims.acr,
        methods=tuple(claims.amr),
        verified_at=None if claims.auth_time is None else datetime.fromtimestamp(claims.auth_time, UTC),
        evidence_id=claims.face_evidence_id,
        evidence_digest=digest_of(id_token),
        content_digest=digest_of(id_token.rpartition(".")[0]),
        nonce=claims.nonce,
        expires_at=datetime.fromtimestamp(claims.exp, UTC),
    )
