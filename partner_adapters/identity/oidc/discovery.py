"""A provider's discovery document, accepted only for the configured issuer and its origins."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import ValidationError

from partner_adapters.identity.errors import Code, IdentityUnavailable, IdentityUntrusted
from partner_adapters.identity.oidc.config import OidcConfig
from partner_adapters.kit.values.clock import monotonic
from partner_adapters.kit.values.settings import is_loopback, origin_of
from partner_adapters.kit.values.wire import Wire
from partner_adapters.kit.web.calls.http_client import CallFailed, HttpClient

FRESH_S = 3600


class _Document(Wire):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    pushed_authorization_request_endpoint: str | None = None
    code_challenge_methods_supported: list[str] = []
    claims_parameter_supported: bool = False
    require_pushed_authorization_requests: bool = False
    # Where the document leaves them out (Discovery, 3).
    response_modes_supported: list[str] = ["query", "fragment"]
    dpop_signing_alg_values_supported: list[str] = []


@dataclass(frozen=True)
class Endpoints:
    """Absolute URLs of the host's pages and of the endpoints that we call."""

    authorization: str
    token: str
    userinfo: str
    jwks: str
    pushed_requests: str | None
    # Whether the provider reads the `claims` parameter of a request (Core, 5.5).
    takes_claims: bool
    # Whether the provider demands pushed requests (RFC 9126, 5).
    must_push: bool
    # The algorithms of DPoP proofs that the provider names (RFC 9449). We make none.
    dpop: tuple[str, ...]


class Discovery:
    """The endpoints of one provider, fetched when needed and cached for an hour."""

    def __init__(self, config: OidcConfig, http: HttpClient) -> None:
        self._config = config
        self._http = http
        self._endpoints: Endpoints | None = None
        self._at = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def endpoints(self) -> Endpoints:
        """Return the endpoints.

        Raises `IdentityUnavailable` without an answer, `IdentityUntrusted` if the document is not this issuer's.
        """
        async with self._one_at_a_time:
            if self._endpoints is None or monotonic() - self._at >= FRESH_S:
                self._endpoints = await self._fetch()
                self._at = monotonic()
            return self._endpoints

    async def _fetch(self) -> Endpoints:
        url = f"{self._config.issuer.removesuffix('/')}/.well-known/openid-configuration"
        try:
            response = await self._http.send("GET", url, repeatable=True)
        except CallFailed as error:
            raise IdentityUnavailable(Code.UNAVAILABLE, "discovery: no answer") from error
        if response.status_code != 200:
            raise IdentityUnavailable(Code.UNAVAILABLE, f"discovery: status {response.status_code}")
        try:
            document = _Document.model_validate_json(response.content)
        except ValidationError as error:
            raise IdentityUntrusted(Code.MALFORMED, "discovery") from error
        if document.issuer != self._config.issuer:
            raise IdentityUntrusted(Code.WRONG_ISSUER, "discovery")
        if document.code_challenge_methods_supported and (
            "S256" not in document.code_challenge_methods_supported
        ):
            raise IdentityUntrusted(Code.REFUSED, "discovery: no S256")
        if self._config.response_mode not in document.response_modes_supported:
            modes = json.dumps(document.response_modes_supported)
            reason = (
                f"discovery: response_modes_supported is {modes}, without our {self._config.response_mode}"
            )
            raise IdentityUntrusted(Code.REFUSED, reason)
        endpoints = Endpoints(
            document.authorization_endpoint,
            document.token_endpoint,
            document.userinfo_endpoint,
            document.jwks_uri,
            document.pushed_authorization_request_endpoint,
            document.claims_parameter_supported,
            document.require_pushed_authorization_requests,
            tuple(document.dpop_signing_alg_values_supported),
        )
        for endpoint in vars(endpoints).values():
            if isinstance(endpoint, str):
                _must_be_safe(endpoint)
        if origin_of(endpoints.authorization) not in self._config.page_origins:
            raise IdentityUntrusted(Code.WRONG_ISSUER, "discovery: pages at an origin not configured")
        return endpoints


def _must_be_safe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise IdentityUntrusted(Code.MALFORMED, "discovery: an endpoint without https")
