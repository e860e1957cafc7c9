"""A partner's *server* hands a customer over by a signed JWT (RFC 7523), for a launch URL and for a check.

The same JWT is the evidence. The bank checks it with the keys that the partner publishes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field
from starlette.datastructures import QueryParams

from partner_adapters.identity.crypto.algorithms import Algorithm
from partner_adapters.identity.crypto.keys import PartnerKeys
from partner_adapters.identity.crypto.signed import Types, read_signed
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.exchange.host_page import HandOverConfig, HandOverHost
from partner_adapters.identity.fields.mapping import FieldMap, read_holder
from partner_adapters.identity.fields.particulars import Short
from partner_adapters.identity.host import Attempt
from partner_adapters.identity.identity import Login, Statement, VerifiedIdentity
from partner_adapters.identity.oidc.claims import (
    IdTokenClaims,
    check_auth_time,
    check_begun,
    check_parties,
    check_times,
)
from partner_adapters.identity.oidc.logout import LOGOUT_TYPES, LogoutClaims, check_logout
from partner_adapters.identity.oidc.verifier import identity_of
from partner_adapters.identity.sign_out import SignedOut
from partner_adapters.kit.values.canonical import equal
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.settings import Url
from partner_adapters.kit.web.calls.http_client import HttpClient

# The types of the two kinds of assertion: of a launch, and of an answer of the page.
LAUNCH: Types = frozenset({"launch+jwt"})
CHECK: Types = frozenset({"check+jwt"})
# An assertion with a longer life is refused, so that a stolen one is soon useless.
MAX_LIFE_S = 300

CLAIMS = FieldMap.model_validate(
    {
        "subject": "sub",
        "user_type": ["user_type", "'person'"],
        "user_types": {"person": "person", "company": "company"},
        "name": "name",
        "id_type": "'cn_id_card'",
        "id_number": "id_number",
        "phone": "phone_number",
        "company_name": "company.name",
        "credit_code": "company.credit_code",
        "representative_name": "name",
        "representative_id_type": "'cn_id_card'",
        "representative_id_number": "id_number",
        "representative_phone": "phone_number",
    }
)


class AssertionConfig(HandOverConfig):
    """`[partners.<id>.identity]` with `dialect = "assertion"`; h5app and the bank read the same."""

    CLIENT_KEY: ClassVar = "audience"

    dialect: Literal["assertion"]
    issuer: str = Field(min_length=1, max_length=255)
    """`iss` in the partner's assertions."""
    audience: str = Field(min_length=1, max_length=255)
    """Our name at the partner, `aud` in its assertions."""
    jwks_url: Url
    algorithms: tuple[Algorithm, ...] = Field(default=("ES256",), min_length=1)
    fields: FieldMap = CLAIMS
    """JMESPath over the claims."""


class AssertionClaims(IdTokenClaims):
    """The claims of an assertion: those of RFC 7523, with `jti` required, and those of OpenID Connect.

    The latter say how and when the customer was checked.
    """

    jti: Short


class AssertionVerifier:
    """The bank's side: checks the assertion again."""

    def __init__(self, partner: str, config: AssertionConfig, http: HttpClient, clock: Clock) -> None:
        self._partner = partner
        self._config = config
        self._clock = clock
        self._keys = PartnerKeys(http)

    @property
    def issuer(self) -> str:
        return self._config.issuer

    @property
    def clock_skew_s(self) -> int:
        return self._config.clock_skew_s

    async def verify_evidence(self, evidence: str) -> VerifiedIdentity:
        claims = await self.claims(evidence, LAUNCH | CHECK)
        check_begun(claims, self._clock.wall(), self._config.clock_skew_s)
        return self.identity(claims, evidence)

    async def verify_statement(self, statement: Statement) -> VerifiedIdentity:
        if statement.particulars:
            raise IdentityUntrusted(Code.MALFORMED, "particulars beside an assertion that has them")
        return await self.verify_evidence(statement.evidence)

    async def claims(self, assertion: str, types: Types) -> AssertionClaims:
        """Return the claims, which the partner made to us. The caller checks their times."""
        config = self._config
        claims = await read_signed(
            self._keys, config.jwks_url, assertion, AssertionClaims, config.algorithms, types
        )
        check_parties(claims, config.issuer, config.audience)
        return claims

    async def logout_claims(self, token: str) -> LogoutClaims:
        """Return the claims of a logout token, which the partner signed. The caller checks them."""
        config = self._config
        return await read_signed(
            self._keys, config.jwks_url, token, LogoutClaims, config.algorithms, LOGOUT_TYPES
        )

    def identity(self, claims: AssertionClaims, assertion: str) -> VerifiedIdentity:
        holder = read_holder(self._config.fields, claims.model_dump(mode="json"))
        return identity_of(self._partner, claims, holder, assertion)


class AssertionHost(HandOverHost):
    """h5app's side: receives assertions and requests checks."""

    def __init__(self, partner: str, config: AssertionConfig, http: HttpClient, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._verifier = AssertionVerifier(partner, config, http, clock)

    @property
    def launches(self) -> bool:
        return True

    async def finish(self, answer: QueryParams, attempt: Attempt, *, max_age_s: int) -> Login:
        assertion = self._answer(answer, attempt)
        claims = await self._fresh(assertion, CHECK)
        if not equal(attempt.state, claims.nonce or ""):
            raise IdentityUntrusted(Code.WRONG_NONCE)
        check_auth_time(claims, max_age_s, self._clock.wall(), self._config.clock_skew_s)
        return self._login(claims, assertion)

    async def receive(self, pushed: str) -> Login:
        claims = await self._fresh(pushed, LAUNCH)
        if claims.nonce is not None:  # the answer to an attempt, which a third party read on its way to us
            raise IdentityUntrusted(Code.WRONG_NONCE)
        return self._login(claims, pushed)

    @property
    def tells_sign_out(self) -> bool:
        return True

    async def read_sign_out(self, form: Mapping[str, str]) -> SignedOut:
        config = self._config
        claims = await self._verifier.logout_claims(form.get("logout_token", ""))
        return check_logout(claims, config.issuer, config.audience, self._clock.wall(), config.clock_skew_s)

    def signed_part(self, pushed: str) -> str:
        return pushed.rpartition(".")[0]

    async def _fresh(self, assertion: str, types: Types) -> AssertionClaims:
        claims = await self._verifier.claims(assertion, types)
        check_times(claims, self._clock.wall(), self._config.clock_skew_s)
        if claims.exp - claims.iat > MAX_LIFE_S:
            raise IdentityUntrusted(Code.MALFORMED, "an assertion that lives too long")
        return claims

    def _login(self, claims: AssertionClaims, assertion: str) -> Login:
        return Login(self._verifier.identity(claims, assertion), Statement(assertion, ""))
