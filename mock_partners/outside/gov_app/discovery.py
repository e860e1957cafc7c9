"""The provider metadata of a host and its public keys."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mock_partners.outside.gov_app import deviations, keys
from mock_partners.outside.gov_app.authorization import TRUST_FRAMEWORK
from mock_partners.outside.gov_app.changes import apply_named
from mock_partners.outside.gov_app.party import HostRequest, host_request, host_request_of
from mock_partners.outside.gov_app.settings import OpenIdHost

ACR_FACE = "urn:sunbridge:acr:face"
ACR_LOGIN = "urn:sunbridge:acr:login"


def build_metadata(host: HostRequest[OpenIdHost]) -> dict[str, Any]:
    """Return the provider metadata (OpenID Connect Discovery 1.0, section 3)."""
    methods = sorted({client.token_endpoint_auth_method for client in host.settings.clients})
    return {
        "issuer": host.issuer,
        "authorization_endpoint": f"{host.issuer}/authorize",
        "token_endpoint": f"{host.issuer}/token",
        "pushed_authorization_request_endpoint": f"{host.issuer}/par",
        "userinfo_endpoint": f"{host.issuer}/userinfo",
        "jwks_uri": f"{host.issuer}/jwks",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["pairwise"],
        "scopes_supported": ["openid", "profile", "phone", "id_document"],
        "prompt_values_supported": ["none", "login"],
        "acr_values_supported": [ACR_FACE, ACR_LOGIN],
        "claims_supported": ["sub", "name", "phone_number", "id_type", "id_number", "verified_at", "acr"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "userinfo_signing_alg_values_supported": ["ES256", "none"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": True,
        "verified_claims_supported": True,
        "trust_frameworks_supported": [TRUST_FRAMEWORK],
        "claims_in_verified_claims_supported": [
            "name",
            "phone_number",
            "id_type",
            "id_number",
            "verified_at",
        ],
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


async def show_metadata(request: Request) -> Response:
    """GET: return the metadata, with the armed `discovery.*` deviations applied."""
    host = host_request_of(request, OpenIdHost)
    document = build_metadata(host)
    names = await host.party.store.read(lambda conn: deviations.armed(conn, host.key))
    apply_named(deviations.DISCOVERY, names, document)
    return JSONResponse(document)


async def show_keys(request: Request) -> Response:
    """GET: return the host's public signing keys as a JWK set. The first call creates a key."""
    host = host_request(request)
    now = host.party.clock.wall()
    published = await host.party.store.read(lambda conn: keys.published(conn, host.key))
    if not published:
        published = [await host.party.store.write(lambda conn: keys.current(conn, host.key, now))]
    return JSONResponse({"keys": [key.as_dict(private=False, use="sig", alg="ES256") for key in published]})
