"""Compare the block of an OpenID provider with the provider's own discovery document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from partner_adapters.identity.oidc.config import OidcConfig
from partner_adapters.kit.values.settings import origin_of
from partner_adapters.kit.values.wire import Wire
from partner_adapters.kit.web.calls.http_client import CallFailed, HttpClient
from partner_adapters.partners.check.findings import Finding, Level


class Metadata(Wire):
    """What we compare of the document (Discovery 1.0, RFC 8414, 9101, 9126, 9207, 9449). None: it does not say."""

    issuer: str
    authorization_endpoint: str
    userinfo_endpoint: str = ""
    jwks_uri: str = ""
    scopes_supported: list[str] | None = None
    acr_values_supported: list[str] | None = None
    response_types_supported: list[str] = ["code"]
    # Where the document leaves them out (Discovery, 3).
    response_modes_supported: list[str] = ["query", "fragment"]
    grant_types_supported: list[str] = ["authorization_code", "implicit"]
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    token_endpoint_auth_signing_alg_values_supported: list[str] | None = None
    id_token_signing_alg_values_supported: list[str] | None = None
    userinfo_signing_alg_values_supported: list[str] | None = None
    code_challenge_methods_supported: list[str] | None = None
    pushed_authorization_request_endpoint: str | None = None
    require_pushed_authorization_requests: bool = False
    require_signed_request_object: bool = False
    authorization_response_iss_parameter_supported: bool | None = None
    dpop_signing_alg_values_supported: list[str] = []
    trust_frameworks_supported: list[str] | None = None
    claims_parameter_supported: bool = False


async def read_metadata(config: OidcConfig, http: HttpClient) -> Metadata | None:
    """Return the provider's document, or None if it cannot be read: the trial of a login says why."""
    url = f"{config.issuer.removesuffix('/')}/.well-known/openid-configuration"
    try:
        answer = await http.send("GET", url, repeatable=True)
        return Metadata.model_validate_json(answer.content) if answer.status_code == 200 else None
    except (CallFailed, ValidationError):
        return None


def compare(config: OidcConfig, metadata: Metadata) -> Iterator[Finding]:
    """Yield one finding for each key of the block that the document says something about."""
    yield from _addresses(config, metadata)
    yield from _request(config, metadata)
    yield from _client(config, metadata)
    yield from _answers(config, metadata)


def _addresses(config: OidcConfig, metadata: Metadata) -> Iterator[Finding]:
    yield _judge(
        metadata.issuer == config.issuer,
        "identity.issuer",
        f"issuer = {_shown(metadata.issuer)}, as the document says",
        f"issuer = {_shown(config.issuer)}",
        "copy it exactly, with or without a slash at its end",
    )
    origin = origin_of(metadata.authorization_endpoint)
    yield _judge(
        origin in config.page_origins,
        "identity.authorization_origins",
        f"the origin of the host's authorization_endpoint, {_shown(origin)}",
        f"{_shown(config.page_origins)}",
        f"if this origin is the host's, set authorization_origins = {_shown([origin])}",
    )


def _request(config: OidcConfig, metadata: Metadata) -> Iterator[Finding]:
    if metadata.scopes_supported is not None:
        yield _subset(
            "scopes",
            config.scopes,
            metadata.scopes_supported,
            # A provider need not name every scope (Discovery, 3).
            "warning",
            "leave out what the host does not know, or ask it whether it grants what it does not name",
        )
    if metadata.acr_values_supported is not None and config.acr_values:
        none = not set(config.acr_values) & set(metadata.acr_values_supported)
        yield _subset(
            "acr_values",
            config.acr_values,
            metadata.acr_values_supported,
            "fault" if none else "warning",
            "write levels as the host names them; an answer with another level is refused",
        )
    yield _one_of(
        "response_mode",
        config.response_mode,
        metadata.response_modes_supported,
        "set it to a mode that both have: query or form_post",
    )
    if metadata.code_challenge_methods_supported is not None:
        yield _one_of(
            "issuer",
            "S256",
            metadata.code_challenge_methods_supported,
            "have the host support PKCE with S256: we use no other",
            of="code_challenge_methods_supported",
        )
    yield _pushed(config, metadata)
    if metadata.require_signed_request_object:
        yield Finding(
            "fault",
            "identity.client_id",
            "require_signed_request_object = false",
            "the host demands signed requests (RFC 9101), which we do not make",
            "have the host accept pushed requests of this client instead",
        )


def _pushed(config: OidcConfig, metadata: Metadata) -> Finding:
    key, endpoint = "identity.pushed_requests", metadata.pushed_authorization_request_endpoint
    wanted = config.pushed_requests or metadata.require_pushed_authorization_requests
    if wanted and endpoint is None:
        return Finding(
            "fault",
            key,
            "a pushed_authorization_request_endpoint in the document",
            "the document names none",
            "set pushed_requests = false"
            if not metadata.require_pushed_authorization_requests
            else "have the host name the endpoint that it demands",
        )
    return Finding(
        "ok",
        key,
        "pushed requests where we or the host want them",
        "requests are pushed first" if wanted else "requests go through the browser, which the host allows",
    )


def _client(config: OidcConfig, metadata: Metadata) -> Iterator[Finding]:
    yield _one_of(
        "client_auth",
        config.client_auth,
        metadata.token_endpoint_auth_methods_supported,
        "set a method that the host has, with its secret or key, and register it for this client",
        of="token_endpoint_auth_methods_supported",
    )
    signed_with = metadata.token_endpoint_auth_signing_alg_values_supported
    if config.client_auth == "private_key_jwt" and signed_with is not None:
        yield _one_of(
            "private_key",
            "ES256",
            signed_with,
            "have the host accept ES256, the only algorithm that we sign with, or use a client secret",
            of="token_endpoint_auth_signing_alg_values_supported",
        )
    yield _one_of(
        "client_id",
        "authorization_code",
        metadata.grant_types_supported,
        "have the host offer the authorization code flow: we use no other",
        of="grant_types_supported",
    )
    yield _one_of(
        "client_id",
        "code",
        metadata.response_types_supported,
        "have the host offer response_type code: we use no other",
        of="response_types_supported",
    )
    if metadata.dpop_signing_alg_values_supported:
        yield Finding(
            "warning",
            "identity.client_id",
            "a client whose access tokens are not bound to a key",
            f"dpop_signing_alg_values_supported = {_shown(metadata.dpop_signing_alg_values_supported)}; "
            "we make no DPoP proofs",
            "register the client with dpop_bound_access_tokens = false",
        )


def _answers(config: OidcConfig, metadata: Metadata) -> Iterator[Finding]:
    if metadata.id_token_signing_alg_values_supported is not None:
        yield _algorithms(
            "identity.algorithms", config, metadata.id_token_signing_alg_values_supported, "id_token"
        )
    if config.particulars.source == "signed_userinfo":
        yield _algorithms(
            "identity.particulars.source",
            config,
            metadata.userinfo_signing_alg_values_supported or [],
            "userinfo",
            ' or set source = "userinfo", at the core too',
        )
    says_issuer = metadata.authorization_response_iss_parameter_supported
    yield _judge(
        bool(says_issuer),
        "identity.issuer",
        "authorization_response_iss_parameter_supported = true: a callback without `iss` is refused (RFC 9207)",
        f"authorization_response_iss_parameter_supported = {_shown(says_issuer)}",
        "have the host send `iss` with every answer",
        # Some send it and do not say so.
        "fault" if says_issuer is False else "warning",
    )
    frameworks = config.particulars.trust_frameworks
    if frameworks and metadata.trust_frameworks_supported is not None:
        none = not set(frameworks) & set(metadata.trust_frameworks_supported)
        yield _subset(
            "particulars.trust_frameworks",
            frameworks,
            metadata.trust_frameworks_supported,
            "fault" if none else "warning",
            "write frameworks as the host names them; no other claims count",
        )
    if frameworks and not metadata.claims_parameter_supported:
        yield Finding(
            "warning",
            "identity.particulars.trust_frameworks",
            "claims_parameter_supported = true: only the claims parameter asks for verified_claims",
            "claims_parameter_supported = false",
            "have the host send verified_claims unasked, or leave trust_frameworks empty",
        )


def _algorithms(key: str, config: OidcConfig, offered: list[str], what: str, other: str = "") -> Finding:
    return _judge(
        bool(set(config.algorithms) & set(offered)),
        key,
        f"an algorithm for signed {what} that we accept: {_shown(config.algorithms)}",
        f"{what}_signing_alg_values_supported = {_shown(offered)}",
        f"have {what}_signed_response_alg of this client set to one that both have" + other,
    )


def _one_of(key: str, ours: str, theirs: list[str], mend: str, of: str = "") -> Finding:
    named = of or f"{key}s_supported"
    if ours in theirs:
        return Finding("ok", f"identity.{key}", f"{ours} among {named}", f"{ours} is among {named}")
    return Finding(
        "fault",
        f"identity.{key}",
        f"{ours} among {named}",
        f"{named} is {_shown(theirs)}, without our {ours}",
        mend,
    )


def _subset(key: str, ours: Sequence[str], theirs: list[str], level: Level, mend: str) -> Finding:
    missing = [value for value in ours if value not in theirs]
    return _judge(
        not missing,
        f"identity.{key}",
        f"values that the host names: {_shown(theirs)}",
        f"{_shown(missing)} is not among them" if missing else f"the host names {_shown(ours)}",
        mend,
        level,
    )


def _judge(is_sound: bool, key: str, expected: str, found: str, mend: str, level: Level = "fault") -> Finding:
    return Finding("ok", key, expected, found) if is_sound else Finding(level, key, expected, found, mend)


def _shown(value: object) -> str:
    # A tuple becomes a JSON list. What the host says is shown as ASCII.
    return json.dumps(value)[:300]
