"""Read and check an authorization request (OpenID Connect Core, 3.1.2), and build the redirect that answers it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from mock_partners.outside.gov_app.changes import apply_named
from mock_partners.outside.gov_app.deviations import CALLBACK
from mock_partners.outside.gov_app.party import HostRequest
from mock_partners.outside.gov_app.settings import Client, OpenIdHost
from partner_adapters.kit.values import strict_json

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
TRUST_FRAMEWORK = "cn_real_name"
_NUMBER = re.compile(r"[0-9]{1,9}")


class UnregisteredClient(Exception):
    """The client or redirect URI is not registered. We must not redirect there, so we show an error page instead."""


class RefusedRequest(Exception):
    """The request is invalid, and the client learns it by a redirect. `location` is the full URL, with `error`."""

    def __init__(self, location: str) -> None:
        super().__init__("authorization request refused")
        self.location = location


@dataclass(frozen=True)
class AuthorizationRequest:
    """A valid request of a registered client. `max_age_s` is in seconds; None when the client did not limit it."""

    client: Client
    redirect_uri: str
    scope: str
    state: str
    nonce: str | None
    code_challenge: str
    acr_values: tuple[str, ...]
    prompt: tuple[str, ...]
    max_age_s: int | None
    # The client requested claims verified under our trust framework (OpenID Connect for Identity Assurance).
    wants_verified: bool

    def redirect_url(self, host: HostRequest[OpenIdHost], deviations: list[str], **parameters: str) -> str:
        """Return the client's redirect URI with these parameters, `state` and `iss` (RFC 9207)."""
        return _redirect(host, self.redirect_uri, self.state, deviations, **parameters)


def read_request(host: HostRequest[OpenIdHost], query: QueryParams) -> AuthorizationRequest:
    """Return the request in `query`. Raises `UnregisteredClient` or `RefusedRequest`."""
    client = host.settings.find_client(query.get("client_id", ""))
    redirect_uri = query.get("redirect_uri", "")
    # Exact comparison (RFC 9700, 2.1): a prefix or a pattern would let an attacker receive the code.
    if client is None or redirect_uri not in client.redirect_uris:
        raise UnregisteredClient
    if error := find_error(query):
        raise RefusedRequest(_redirect(host, redirect_uri, query.get("state", ""), [], error=error))
    return AuthorizationRequest(
        client=client,
        redirect_uri=redirect_uri,
        scope=query["scope"],
        state=query.get("state", ""),
        nonce=query.get("nonce"),
        code_challenge=query["code_challenge"],
        acr_values=tuple(query.get("acr_values", "").split()),
        prompt=tuple(query.get("prompt", "").split()),
        max_age_s=int(query["max_age"]) if "max_age" in query else None,
        wants_verified=_wants_verified(query.get("claims", "{}")),
    )


def _wants_verified(claims: str) -> bool:
    try:
        trust_framework = strict_json.parse(claims)["userinfo"]["verified_claims"]["verification"][
            "trust_framework"
        ]
        return TRUST_FRAMEWORK in trust_framework.get("values", [trust_framework.get("value")])
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def find_error(query: QueryParams) -> str | None:
    """Return the OAuth error code of the first fault in the request, or None when it is valid."""
    if "request" in query:
        return "request_not_supported"
    if "request_uri" in query:
        return "request_uri_not_supported"
    if query.get("response_type") != "code":
        return "unsupported_response_type"
    if "openid" not in query.get("scope", "").split():
        return "invalid_scope"
    challenge = query.get("code_challenge", "")
    faults = (
        len(query.multi_items()) != len(query),
        query.get("response_mode", "query") != "query",
        query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge),
        "max_age" in query and not _NUMBER.fullmatch(query["max_age"]),
        len(query.get("prompt", "").split()) > 1 and "none" in query["prompt"].split(),
    )
    return "invalid_request" if any(faults) else None


def _redirect(
    host: HostRequest[OpenIdHost], redirect_uri: str, state: str, deviations: list[str], **parameters: str
) -> str:
    query = {**parameters, "iss": host.issuer}
    if state:
        query["state"] = state
    apply_named(CALLBACK, deviations, query)
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(query)}"
