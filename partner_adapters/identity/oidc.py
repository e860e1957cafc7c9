"""OpenID Connect: authorization code with PKCE, every claim checked. Steps: `start`, the person is away, `finish`.

A login costs two calls (token, userinfo); discovery and keys are cached.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

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
from partner_adapters.identity.evidence import identity_of
from partner_adapters.identity.host import Attempt, Redirect
from partner_adapters.identity.keys import PartnerKeys
from partner_adapters.identity.signed import read_signed
from partner_adapters.identity.verified_identity import Login, Statement
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

    @property
    def page_origins(self) -> tuple[str, ...]:
        return self._config.page_origins

    @property
    def state_returns(self) -> bool:
        return True

    @property
    def pushed_as(self) -> None:
        return None

    async def start(self, attempt: Attempt) -> Redirect:
        endpoints = await self._discovery.endpoints()
        asks = {"prompt": "login", "max_age": "0"} if attempt.fresh else {}
        url = prepare_grant_uri(
            endpoints.authorization,
            self._config.client_id,
            "code",
            attempt.redirect_uri,
            list(self._config.scopes),
            attempt.state,
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.code_verifier),
            code_challenge_method="S256",
            acr_values=" ".join(self._config.acr_values),
            **asks,
        )
        return Redirect(str(url))

    async def finish(self, answer: QueryParams, attempt: Attempt, *, max_age_s: int) -> Login:
        code = self._read_callback(answer, attempt.state)
        endpoints = await self._discovery.endpoints()
        tokens = await self._exchange(endpoints, code, attempt)
        claims = await read_signed(
            self._keys, endpoints.jwks, tokens.id_token, IdTokenClaims, self._config.algorithms
        )
        self._check(claims, attempt.nonce, tokens.access_token, max_age_s)
        userinfo = await self._fetch_userinfo(endpoints, tokens.access_token)
        info = await read_signed(
            self._keys, endpoints.jwks, userinfo, UserinfoClaims, self._config.algorithms
        )
        check_userinfo(info, claims, self._config.issuer, self._config.client_id)
        identity = identity_of(self._partner, claims, info, tokens.id_token)
        return Login(identity, Statement(tokens.id_token, userinfo))

    async def receive(self, pushed: str) -> Login:
        raise IdentityUntrusted(Code.MALFORMED, "an OpenID provider brings nobody unasked")

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

    async def _exchange(self, endpoints: Endpoints, code: str, attempt: Attempt) -> _TokenAnswer:
        headers, fields = authenticate(self._config, self._clock.wall())
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.code_verifier,
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
