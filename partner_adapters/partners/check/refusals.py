"""OAuth error codes of a host, each with the key to look at and what to correct there."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from partner_adapters.identity.errors import IdentityError
from partner_adapters.identity.exchange.config import ExchangeConfig
from partner_adapters.identity.exchange.host_page import HandOverConfig
from partner_adapters.identity.oidc.config import OidcConfig
from partner_adapters.kit.values import strict_json
from partner_adapters.partners.partner import Partner

# error → key of an OpenID provider's block, and what to correct (RFC 6749, RFC 9126, OpenID Connect Core).
_OPENID: Mapping[str, tuple[str, str]] = {
    "invalid_scope": ("scopes", "leave out the scopes that the host does not grant, or have them granted"),
    "invalid_client": (
        "client_auth",
        "register this method, with this secret or the public half of this key, for client_id at the host",
    ),
    "unauthorized_client": (
        "client_id",
        "have the host allow this client the grant authorization_code with response_type code",
    ),
    "access_denied": ("client_id", "have the host enable this client; no customer could have refused"),
    "unsupported_response_type": ("client_id", "register response_type code for this client at the host"),
    "unsupported_grant_type": ("client_id", "register the grant authorization_code for this client"),
    "unmet_authentication_requirements": ("acr_values", "ask for levels that the host offers this client"),
    "invalid_request": (
        "issuer",
        "compare the client's registration with docs/partners/oidc.md: redirect URI, PKCE S256, max_age, claims",
    ),
    "invalid_request_uri": ("pushed_requests", "have the host accept pushed requests of this client"),
    "request_uri_not_supported": ("pushed_requests", "set it to false, or have the host accept them"),
    "request_not_supported": ("pushed_requests", "have the host accept plain or pushed requests"),
    "invalid_request_object": ("client_id", "register no signed requests for this client: we send none"),
    "login_required": ("issuer", "have the host show its login page: we did not send prompt=none"),
    "interaction_required": ("issuer", "have the host show its login page: we did not send prompt=none"),
    "consent_required": ("issuer", "have the host show its consent page: we did not send prompt=none"),
    "server_error": ("issuer", "ask the host's operators, who find our request in their log"),
    "temporarily_unavailable": ("issuer", "try again later"),
}
# The same errors where another dialect keeps what they are about. `{}` is the flow.
_OTHER_KEYS: Mapping[str, str] = {
    "invalid_scope": "{}.entry.query",
    "invalid_client": "app_id",
    "unauthorized_client": "app_id",
    "access_denied": "app_id",
}
_UNKNOWN = "look the error up in the host's documentation, or ask its operators"


def error_of_redirect(partner: Partner, location: str) -> str | None:
    """Return the error that a redirect carries, in its query or after `#`, or None."""
    names = {"error", *_own_names(partner)}
    parts = urlsplit(location)
    for text in (parts.query, parts.fragment):
        for name, value in parse_qsl(text):
            if name in names:
                return value
    return None


def _own_names(partner: Partner) -> list[str]:
    match partner.identity:
        case ExchangeConfig() as config:
            return [flow.back.error for flow in config.flows.values() if flow.back.error]
        case HandOverConfig(page=page) if page is not None:
            return [page.error]
        case _:
            return []


def error_of_answer(content: bytes) -> str | None:
    """Return the `error` of an OAuth error answer (RFC 6749, 5.2), or None."""
    try:
        error = strict_json.parse(content.decode())["error"]
    except (ValueError, KeyError, TypeError):
        return None
    return error if isinstance(error, str) else None


def explain(partner: Partner, flow: str, error: str) -> tuple[str, str]:
    """Return the key to look at and what to correct there, for an error of the host's endpoints."""
    key, mend = _OPENID.get(error, ("issuer", _UNKNOWN))
    match partner.identity:
        case OidcConfig():
            return key, mend
        case HandOverConfig():
            return "page.query", mend if error in _OPENID else _UNKNOWN
        case config:
            known = config.code_of(error)
            own = f"our code for it is {known.value}; " if known else ""
            return _OTHER_KEYS.get(error, "{}.entry").format(flow), own + mend


def is_discovery(error: IdentityError) -> bool:
    """Whether the provider's discovery document was refused."""
    return error.detail.startswith("discovery")
