"""OpenID Connect: authorization code with PKCE, every claim checked.

A login takes two calls (token, userinfo), and one more for a pushed request. Discovery and keys are cached.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.util import create_half_hash
from pydantic import Field, ValidationError
from starlette.datastructures import QueryParams

from partner_adapters.identity.clocks import MAX_SKEW_S, seconds_ahead, too_old
from partner_adapters.identity.crypto.keys import PartnerKeys
from partner_adapters.identity.crypto.signed import read_signed
from partner_adapters.identity.errors import (
    Code,
    IdentityDeclined,
    IdentityError,
    IdentityUnavailable,
    IdentityUntrusted,
)
from partner_adapters.identity.host import Attempt, Host, Redirect
from partner_adapters.identity.identity import Login, Statement
from partner_adapters.identity.oidc.claims import (
    Claims,
    IdTokenClaims,
    SignedClaims,
    check_auth_time,
    check_begun,
    check_parties,
    check_times,
    holder_of,
)
from partner_adapters.identity.oidc.client_auth import authenticate
from partner_adapters.identity.oidc.config import OidcConfig, ParticularsConfig
from partner_adapters.identity.oidc.discovery import Discovery, Endpoints
from partner_adapters.identity.oidc.logout import LOGOUT_TYPES, LogoutClaims, check_logout
from partner_adapters.identity.oidc.userinfo import ask_signed_userinfo, ask_userinfo
from partner_adapters.identity.oidc.verifier import identity_of
from partner_adapters.identity.sign_out import SignedOut
from partner_adapters.kit.values.canonical import equal
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.wire import Wire
from partner_adapters.kit.web.calls.http_client import Answer, CallFailed, HttpClient

# `error` of a callback. Any other is `identity.refused`. The partner's own text is not read.
_ERRORS: Mapping[str, tuple[type[IdentityError], Code]] = {
    "access_denied": (IdentityDeclined, Code.CANCELLED),
    "login_failed": (IdentityDeclined, Code.FACE_FAILED),
    "unmet_authentication_requirements": (IdentityDeclined, Code.FACE_FAILED),
    "temporarily_unavailable": (IdentityUnavailable, Code.UNAVAILABLE),
    "server_error": (IdentityUnavailable, Code.UNAVAILABLE),
}


class _TokenAnswer(Wire):
    access_token: str
    token_type: str
    id_token: str


class _PushedAnswer(Wire):
    request_uri: Annotated[str, Field(min_length=1, max_length=512, pattern=r"^urn:[\x21-\x7e]+$")]


class OidcHost(Host):
    """One partner's provider. Keep one for the process, because it caches discovery and keys."""

    def __init__(self, partner: str, config: OidcConfig, http: HttpClient, clock: Clock) -> None:
        self._partner = partner
        self._config = config
        self._http = http
        self._clock = clock
        self._discovery = Discovery(config, http)
        self._keys = PartnerKeys(http)

    @property
    def posts_answer(self) -> bool:
        return self._config.response_mode == "form_post"

    def state_of(self, answer: QueryParams) -> str:
        return answer.get("state", "")

    async def start(self, attempt: Attempt) -> Redirect:
        endpoints = await self._discovery.endpoints()
        asked = self._request(attempt, endpoints.takes_claims)
        if self._config.pushed_requests or endpoints.must_push:
            asked = {"client_id": self._config.client_id, "request_uri": await self._push(endpoints, asked)}
        return Redirect(add_params_to_uri(endpoints.authorization, list(asked.items())))

    async def finish(self, answer: QueryParams, attempt: Attempt, *, max_age_s: int) -> Login:
        code = self._read_callback(answer, attempt.state)
        endpoints = await self._discovery.endpoints()
        tokens = await self._exchange(endpoints, code, attempt)
        claims = await read_signed(
            self._keys, endpoints.jwks, tokens.id_token, IdTokenClaims, self._config.algorithms
        )
        self._check(claims, attempt.nonce, tokens.access_token, max_age_s)
        statement, said = await self._particulars(endpoints, tokens, claims)
        holder = holder_of(
            said, claims, self._config.particulars, self._clock.wall(), self._config.clock_skew_s
        )
        identity = identity_of(self._partner, claims, holder, tokens.id_token)
        return Login(identity, Statement(tokens.id_token, statement), host_session=claims.sid)

    @property
    def tells_sign_out(self) -> bool:
        return True

    async def read_sign_out(self, form: Mapping[str, str]) -> SignedOut:
        config, endpoints = self._config, await self._discovery.endpoints()
        token = form.get("logout_token", "")
        claims = await read_signed(
            self._keys, endpoints.jwks, token, LogoutClaims, config.algorithms, LOGOUT_TYPES
        )
        return check_logout(claims, config.issuer, config.client_id, self._clock.wall(), config.clock_skew_s)

    def _request(self, attempt: Attempt, takes_claims: bool) -> dict[str, str]:
        config = self._config
        asked = {
            "response_type": "code",
            "client_id": config.client_id,
            "redirect_uri": attempt.redirect_uri,
            "scope": " ".join(config.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.code_verifier),
            "code_challenge_method": "S256",
            # Many providers leave out auth_time without it, and we do not accept a check without a time.
            "max_age": str(attempt.max_age_s),
        }
        if self._config.response_mode != "query":
            asked["response_mode"] = self._config.response_mode
        if attempt.fresh:
            asked["prompt"] = "login"
        if config.acr_values:
            asked["acr_values"] = " ".join(config.acr_values)
        if takes_claims:
            asked["claims"] = json.dumps(_claims(config.particulars), separators=(",", ":"))
        return asked

    async def _push(self, endpoints: Endpoints, asked: dict[str, str]) -> str:
        if endpoints.pushed_requests is None:
            raise IdentityUntrusted(Code.MALFORMED, "discovery: no endpoint for pushed requests")
        response = await self._post(endpoints.pushed_requests, asked, "pushed request")
        if response.status_code not in (200, 201):
            raise self._refusal(response, endpoints)
        try:
            return _PushedAnswer.model_validate_json(response.content).request_uri
        except ValidationError as error:
            raise IdentityUntrusted(Code.MALFORMED, "pushed request") from error

    async def _particulars(
        self, endpoints: Endpoints, tokens: _TokenAnswer, claims: IdTokenClaims
    ) -> tuple[str, Claims]:
        """Return what the bank needs to read the particulars itself, and the claims."""
        config = self._config
        match config.particulars.source:
            case "id_token":
                return "", claims
            case "userinfo":
                said = await ask_userinfo(self._http, endpoints.userinfo, tokens.access_token)
                return tokens.access_token, said
            case "signed_userinfo":
                signed = await ask_signed_userinfo(self._http, endpoints.userinfo, tokens.access_token)
                info = await read_signed(self._keys, endpoints.jwks, signed, SignedClaims, config.algorithms)
                check_parties(info, config.issuer, config.client_id)
                check_times(info, self._clock.wall(), config.clock_skew_s)
                return signed, info

    def _read_callback(self, query: QueryParams, state: str) -> str:
        if len(query.multi_items()) != len(query):
            raise IdentityUntrusted(Code.MALFORMED, "callback: a parameter came twice")
        if not equal(state, query.get("state", "")):
            raise IdentityUntrusted(Code.STATE_MISMATCH)
        # RFC 9207, also on errors: one provider's answer must not be accepted as another's.
        if not equal(self._config.issuer, query.get("iss", "")):
            raise IdentityUntrusted(Code.WRONG_ISSUER, "callback")
        if "error" in query:
            kind, code = _ERRORS.get(query["error"], (IdentityUntrusted, Code.REFUSED))
            raise kind(code, "callback")
        if not query.get("code"):
            raise IdentityUntrusted(Code.MALFORMED, "callback: no code")
        return query["code"]

    async def _exchange(self, endpoints: Endpoints, code: str, attempt: Attempt) -> _TokenAnswer:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.code_verifier,
            "client_id": self._config.client_id,
        }
        response = await self._post(endpoints.token, form, "token")
        if response.status_code != 200:
            raise self._refusal(response, endpoints)
        try:
            tokens = _TokenAnswer.model_validate_json(response.content)
        except ValidationError as error:
            raise IdentityUntrusted(Code.MALFORMED, "token answer") from error
        if tokens.token_type.lower() != "bearer":
            raise IdentityUntrusted(Code.MALFORMED, "token_type")
        return tokens

    def _refusal(self, response: Answer, endpoints: Endpoints) -> IdentityError:
        refusal = _token_refusal(response.status_code, response.content, endpoints.dpop)
        ahead_s = seconds_ahead(response.headers.get("date", ""), self._clock.wall())
        # A host whose clock is off takes our own signed statements for too old or made in the future.
        if refusal.code == Code.REFUSED and ahead_s is not None and abs(ahead_s) > MAX_SKEW_S:
            return IdentityUntrusted(
                Code.CLOCK, f"{refusal.detail}, and the clocks differ by {ahead_s:.0f} s"
            )
        return refusal

    async def _post(self, url: str, form: dict[str, str], what: str) -> Answer:
        headers, fields = authenticate(self._config, self._clock.wall())
        try:
            # Never repeated: a provider takes a code that comes twice for stolen, and revokes its tokens.
            return await self._http.send("POST", url, data=form | fields, headers=headers, repeatable=False)
        except CallFailed as error:
            raise IdentityUnavailable(Code.UNAVAILABLE, f"{what}: no answer") from error

    def _check(self, claims: IdTokenClaims, nonce: str, access_token: str, max_age_s: int) -> None:
        config, now = self._config, self._clock.wall()
        check_parties(claims, config.issuer, config.client_id)
        check_begun(claims, now, config.clock_skew_s)
        # The token was issued for the code that we redeemed just now, so its `iat` shows the host's clock.
        ahead_s = claims.iat - now.timestamp()
        if claims.exp + config.clock_skew_s <= now.timestamp():
            raise too_old(Code.EXPIRED, ahead_s, config.clock_skew_s)
        if ahead_s < -MAX_SKEW_S:
            raise too_old(Code.EXPIRED, ahead_s, MAX_SKEW_S)
        if not equal(nonce, claims.nonce or ""):
            raise IdentityUntrusted(Code.WRONG_NONCE)
        check_auth_time(claims, max_age_s, now, config.clock_skew_s)
        if config.acr_values and claims.acr not in config.acr_values:
            raise IdentityUntrusted(Code.WEAK, "acr")
        if not set(config.required_amr) <= set(claims.amr):
            raise IdentityUntrusted(Code.WEAK, "amr")
        # All allowed algorithms hash with SHA-256, so any of their names gives the same result.
        expected = create_half_hash(access_token, "ES256").decode()
        if claims.at_hash is not None and not equal(expected, claims.at_hash):
            raise IdentityUntrusted(Code.WRONG_TOKEN_HASH)


def _claims(config: ParticularsConfig) -> dict[str, dict[str, object]]:
    """Return the `claims` parameter. Some providers say how and when a person was checked only if it names that."""
    asked: dict[str, dict[str, object]] = {
        "id_token": {"auth_time": {"essential": True}, "acr": None, "amr": None}
    }
    if config.trust_frameworks:
        place = "id_token" if config.source == "id_token" else "userinfo"
        asked.setdefault(place, {})["verified_claims"] = {
            "verification": {"trust_framework": {"values": list(config.trust_frameworks)}, "time": None},
            "claims": dict.fromkeys(config.verified_claims),
        }
    return asked


# RFC 9449, 5 and 8.
_DPOP_ERRORS = frozenset({"invalid_dpop_proof", "use_dpop_nonce"})


class _OAuthError(Wire):
    error: str


def _token_refusal(status: int, content: bytes, dpop: Sequence[str]) -> IdentityError:
    if status >= 500 or status == 429:
        return IdentityUnavailable(Code.UNAVAILABLE, f"token: status {status}")
    try:
        error = _OAuthError.model_validate_json(content).error
    except ValidationError:
        error = ""
    if error == "invalid_grant":
        return IdentityUntrusted(Code.CODE_REPLAYED)
    if error in _DPOP_ERRORS:
        said = f"dpop_signing_alg_values_supported = {json.dumps(list(dpop))}"
        reason = f"token: the host demands DPoP, which we do not speak; its discovery document says {said}"
        return IdentityUntrusted(Code.REFUSED, reason)
    return IdentityUntrusted(Code.REFUSED, f"token: status {status}")
