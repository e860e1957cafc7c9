"""OpenID Connect: authorization code with PKCE, every claim checked. Steps: `start`, the person is away, `finish`.

A login costs two calls (token, userinfo); discovery and keys are cached.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.util import create_half_hash
from pydantic import BaseModel, ValidationError
from starlette.datastructures import QueryParams

from partner_adapters.identity.claims import (
    IdTokenClaims,
    UserinfoClaims,
    check_auth_time,
    check_parties,
    check_userinfo,
)
from partner_adapters.identity.client_auth import authenticate
from partner_adapters.identity.config import OidcConfig
from partner_adapters.identity.discovery import Discovery, Endpoints
from partner_adapters.identity.errors import (
    Code,
    IdentityDeclined,
    IdentityError,
    IdentityUnavailable,
    IdentityUntrusted,
)
from partner_adapters.identity.evidence import digest_of, person_of
from partner_adapters.identity.keys import PartnerKeys
from partner_adapters.identity.signed import read_signed
from partner_adapters.identity.verified_identity import Login, SignedStatement, VerifiedIdentity
from partner_adapters.terms.clock import Clock
from partner_adapters.web.http_client import CallFailed, HttpClient

_ERRORS: Mapping[str, tuple[type[IdentityError], Code]] = {
    "access_denied": (IdentityDeclined, Code.CANCELLED),
    "login_failed": (IdentityDeclined, Code.FACE_FAILED),
    "unmet_authentication_requirements": (IdentityDeclined, Code.FACE_FAILED),
    "temporarily_unavailable": (IdentityUnavailable, Code.UNAVAILABLE),
    "server_error": (IdentityUnavailable, Code.UNAVAILABLE),
}
"""`error` of a callback; anything else is `identity.refused`. The partner's own text is never read."""


class _TokenAnswer(BaseModel):
    access_token: str
    token_type: str
    id_token: str


class OidcHost:
    """One partner's provider. Keep one for the process: it caches discovery and keys."""

    def __init__(self, partner: str, config: OidcConfig, http: HttpClient, clock: Clock) -> None:
        self._partner = partner
        self._config = config
        self._http = http
        self._clock = clock
        self._discovery = Discovery(config, http)
        self._keys = PartnerKeys(http)

    async def start(
        self, redirect_uri: str, state: str, nonce: str, code_verifier: str, *, fresh: bool
    ) -> str:
        """The URL to send the person to. `fresh`: a new face check now, whatever the host remembers.

        `state`, `nonce`: unguessable, this attempt's alone; `code_verifier`: 43 to 128 characters (RFC 7636).
        """
        endpoints = await self._discovery.endpoints()
        asks = {"prompt": "login", "max_age": "0"} if fresh else {}
        return str(
            prepare_grant_uri(
                endpoints.authorization,
                self._config.client_id,
                "code",
                redirect_uri,
                list(self._config.scopes),
                state,
                nonce=nonce,
                code_challenge=create_s256_code_challenge(code_verifier),
                code_challenge_method="S256",
                acr_values=" ".join(self._config.acr_values),
                **asks,
            )
        )

    async def finish(
        self,
        query: QueryParams,
        redirect_uri: str,
        state: str,
        nonce: str,
        code_verifier: str,
        *,
        max_age_s: int,
    ) -> Login:
        """Turn the callback's query into a verified identity; the other arguments as given to `start`.

        `max_age_s`: how long ago the person may have been checked: for a fresh check the seconds since `start`.
        Raises `IdentityError`. The code is spent then, too: begin anew with `start`.
        """
        code = self._read_callback(query, state)
        endpoints = await self._discovery.endpoints()
        tokens = await self._exchange(endpoints, code, redirect_uri, code_verifier)
        claims = await read_signed(
            self._keys, endpoints.jwks, tokens.id_token, IdTokenClaims, self._config.algorithms
        )
        self._check(claims, nonce, tokens.access_token, max_age_s)
        userinfo = await self._fetch_userinfo(endpoints, tokens.access_token)
        info = await read_signed(
            self._keys, endpoints.jwks, userinfo, UserinfoClaims, self._config.algorithms
        )
        check_userinfo(info, claims, self._config.issuer, self._config.client_id)
        return Login(
            self._identity(claims, info, tokens.id_token), SignedStatement(tokens.id_token, userinfo)
        )

    def _read_callback(self, query: QueryParams, state: str) -> str:
        if len(query.multi_items()) != len(query):
            raise IdentityUntrusted(Code.MALFORMED, "callback: a parameter came twice")
        if not _same(query.get("state", ""), state):
            raise IdentityUntrusted(Code.STATE_MISMATCH)
        # RFC 9207, also on errors: the answer of one provider must not pass for another's.
        if not _same(query.get("iss", ""), self._config.issuer):
            raise IdentityUntrusted(Code.WRONG_ISSUER, "callback")
        if "error" in query:
            kind, code = _ERRORS.get(query["error"], (IdentityUntrusted, Code.REFUSED))
            raise kind(code, "callback")
        if not query.get("code"):
            raise IdentityUntrusted(Code.MALFORMED, "callback: no code")
        return query["code"]

    async def _exchange(
        self, endpoints: Endpoints, code: str, redirect_uri: str, code_verifier: str
    ) -> _TokenAnswer:
        headers, fields = authenticate(self._config, self._clock.wall())
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": code_verifier,
            "client_id": self._config.client_id,
            **fields,
        }
        try:
            # Never repeated: a second presentation of a code looks like theft and revokes the first.
            response = await self._http.send(
                "POST", endpoints.token, data=form, headers=headers, repeatable=False
            )
        except CallFailed as error:
            raise IdentityUnavailable(Code.UNAVAILABLE, "token: no answer") from error
        if response.status_code != 200:
            raise _token_refusal(response.status_code, response.content)
        try:
            tokens = _TokenAnswer.model_validate_json(response.content)
        except ValidationError as error:
            raise IdentityUntrusted(Code.MALFORMED, "token answer") from error
        if tokens.token_type.lower() != "bearer":
            raise IdentityUntrusted(Code.MALFORMED, "token_type")
        return tokens

    def _check(self, claims: IdTokenClaims, nonce: str, access_token: str, max_age_s: int) -> None:
        config, now = self._config, self._clock.wall()
        check_parties(claims, config.issuer, config.client_id)
        if claims.exp + config.clock_skew_s <= now.timestamp():
            raise IdentityUntrusted(Code.EXPIRED)
        if claims.iat - config.clock_skew_s > now.timestamp():
            raise IdentityUntrusted(Code.NOT_YET_VALID)
        if not _same(claims.nonce or "", nonce):
            raise IdentityUntrusted(Code.WRONG_NONCE)
        check_auth_time(claims, max_age_s, now, config.clock_skew_s)
        if claims.acr not in config.acr_values:
            raise IdentityUntrusted(Code.WEAK, "acr")
        if not set(config.required_amr) <= set(claims.amr):
            raise IdentityUntrusted(Code.WEAK, "amr")
        # All allowed algorithms hash with SHA-256, so one name stands for each.
        expected = create_half_hash(access_token, "ES256").decode()
        if claims.at_hash is not None and not _same(claims.at_hash, expected):
            raise IdentityUntrusted(Code.WRONG_TOKEN_HASH)

    async def _fetch_userinfo(self, endpoints: Endpoints, access_token: str) -> str:
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/jwt"}
        try:
            response = await self._http.send("GET", endpoints.userinfo, headers=headers, repeatable=True)
        except CallFailed as error:
            raise IdentityUnavailable(Code.UNAVAILABLE, "userinfo: no answer") from error
        if response.status_code >= 500:
            raise IdentityUnavailable(Code.UNAVAILABLE, f"userinfo: status {response.status_code}")
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code != 200 or media_type != "application/jwt":
            raise IdentityUntrusted(Code.REFUSED, f"userinfo: status {response.status_code}, or not signed")
        return response.text

    def _identity(self, claims: IdTokenClaims, info: UserinfoClaims, id_token: str) -> VerifiedIdentity:
        assert claims.auth_time is not None
        return VerifiedIdentity(
            partner=self._partner,
            subject=claims.sub,
            holder=person_of(info),
            assurance=claims.acr,
            methods=tuple(claims.amr),
            verified_at=datetime.fromtimestamp(claims.auth_time, UTC),
            evidence_id=claims.face_evidence_id,
            evidence_digest=digest_of(id_token),
        )


def _same(given: str, expected: str) -> bool:
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


class _OAuthError(BaseModel):
    error: str


def _token_refusal(status: int, content: bytes) -> IdentityError:
    if status >= 500 or status == 429:
        return IdentityUnavailable(Code.UNAVAILABLE, f"token: status {status}")
    try:
        error = _OAuthError.model_validate_json(content).error
    except ValidationError:
        error = ""
    if error == "invalid_grant":
        return IdentityUntrusted(Code.CODE_REPLAYED)
    return IdentityUntrusted(Code.REFUSED, f"token: status {status}")
