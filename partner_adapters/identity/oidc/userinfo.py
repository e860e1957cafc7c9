"""Calls to the userinfo endpoint (Core, 5.3): by h5app, and by the bank if the claims are not signed."""

from __future__ import annotations

from pydantic import ValidationError

from partner_adapters.identity.errors import Code, IdentityUnavailable, IdentityUntrusted
from partner_adapters.identity.oidc.claims import Claims
from partner_adapters.kit.web.calls.http_client import Answer, CallFailed, HttpClient


async def ask_userinfo(http: HttpClient, url: str, access_token: str) -> Claims:
    """Return claims, which we accept because we asked for them ourselves. Raises `IdentityError`."""
    response = await _ask(http, url, access_token, "application/json")
    try:
        return Claims.model_validate_json(response.content)
    except ValidationError as error:
        raise IdentityUntrusted(Code.MALFORMED, "userinfo") from error


async def ask_signed_userinfo(http: HttpClient, url: str, access_token: str) -> str:
    """Return a compact JWS, not yet checked. Raises `IdentityError`."""
    return (await _ask(http, url, access_token, "application/jwt")).text


async def _ask(http: HttpClient, url: str, access_token: str, wanted: str) -> Answer:
    if not access_token.isascii() or not access_token.isprintable():
        raise IdentityUntrusted(Code.MALFORMED, "access token")
    headers = {"Authorization": f"Bearer {access_token}", "Accept": wanted}
    try:
        response = await http.send("GET", url, headers=headers, repeatable=True)
    except CallFailed as error:
        raise IdentityUnavailable(Code.UNAVAILABLE, "userinfo: no answer") from error
    if response.status_code >= 500:
        raise IdentityUnavailable(Code.UNAVAILABLE, f"userinfo: status {response.status_code}")
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if response.status_code != 200 or media_type != wanted:
        raise IdentityUntrusted(Code.REFUSED, f"userinfo: status {response.status_code}, or not {wanted}")
    return response
