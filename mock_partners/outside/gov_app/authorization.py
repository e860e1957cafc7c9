"""An authorization request (OpenID Connect Core, 3.1.2): read, checked, answered at the client's redirect URI."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from mock_partners.outside.gov_app.changes import apply
from mock_partners.outside.gov_app.deviations import CALLBACK
from mock_partners.outside.gov_app.party import HostRequest
from mock_partners.outside.gov_app.settings import Client, OpenIdHost

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
TRUST_FRAMEWORK = "cn_real_name"
_NUMBER = re.compile(r"[0-9]{1,9}")


class NoClient(Exception):
    """Client or redirect URI is not registered: nothing may be sent back there, the person is told instead."""


class Refused(Exception):
    """An error that the client is told by a redirect. `location`: the whole URL."""

    def __init__(self, location: str) -> None:
        super().__init__("authorization request refused")
        self.location = location


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request that may go on to the person."""

    client: Client
    redirect_uri: str
    scope: str
    state: str
    nonce: str | None
    code_challenge: str
    acr_values: tuple[str, ...]
    prompt: tuple[str, ...]
    max_age_s: int | None
    wants_verified: bool
    """Asked for claims verified under our trust framework (OpenID Connect for Identity Assurance)."""

    def answer(self, host: HostRequest[OpenIdHost], deviations: list[str], **parameters: str) -> str:
        """The redirect with these parameters, `state` and `iss` (RFC 9207)."""
        return _redirect(host, self.redirect_uri, self.state, deviations, **parameters)


def read_request(host: HostRequest[OpenIdHost], query: QueryParams) -> AuthorizationRequest:
    """Raises `NoClient` or `Refused`."""
    client = host.settings.client(query.get("client_id", ""))
    redirect_uri = query.get("redirect_uri", "")
    # Exact comparison (RFC 9700, 2.1): no prefix, no pattern.
    if client is None or redirect_uri not in client.redirect_uris:
        raise NoClient
    if error := fault(query):
        raise Refused(_redirect(host, redirect_uri, query.get("state", ""), [], error=error))
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
        asked = json.loads(claims)["userinfo"]["verified_claims"]["verification"]["trust_framework"]
        return TRUST_FRAMEWORK in asked.get("values", [asked.get("value")])
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def fault(query: QueryParams) -> str | None:
    """The error code of the first thing that is wrong."""
    if "request" in query:
        return "request_not_supported"
    if "request_uri" in query:
        return "request_uri_not_supported"
    if query.get("response_type") != "code":
        return "unsupported_response_type"
    if "openid" not in query.get("scope", "").split():
        return "invalid_scope"
    challenge = query.get("code_challenge", "")
    wrong = (
        len(query.multi_items()) != len(query),
        query.get("response_mode", "query") != "query",
        query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge),
        "max_age" in query and not _NUMBER.fullmatch(query["max_age"]),
        len(query.get("prompt", "").split()) > 1 and "none" in query["prompt"].split(),
    )
    return "invalid_request" if any(wrong) else None


def _redirect(
    host: HostRequest[OpenIdHost], redirect_uri: str, state: str, deviations: list[str], **parameters: str
) -> str:
    query = {**parameters, "iss": host.issuer}
    if state:
        query["state"] = state
    apply(CALLBACK, deviations, query)
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(query)}"
