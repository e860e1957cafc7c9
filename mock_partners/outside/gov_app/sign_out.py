"""Signing out of the app, or losing the phone: the host's server tells each service of the user's, by its dialect.

OpenID providers and the online bank send a logout token (OpenID Connect Back-Channel Logout 1.0). The others send the
user's id, the time and a nonce, signed as the service agreed with them.
"""

from __future__ import annotations

import secrets
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.outside.gov_app import keys
from mock_partners.outside.gov_app.party import HostRequest, host_request
from mock_partners.outside.gov_app.phone import forget_phone, read_phone
from mock_partners.outside.gov_app.screens import redirect_to
from mock_partners.outside.gov_app.settings import (
    AnyHost,
    LaunchHost,
    OpenIdHost,
    PushHost,
    ServiceHost,
    User,
)
from mock_partners.outside.gov_app.statements import sign
from partner_adapters.kit.values.canonical import hmac_sha256, sm2_sign
from partner_adapters.kit.values.clock import epoch
from partner_adapters.kit.values.guomi import sm2
from partner_adapters.kit.web.calls.http_client import CallFailed

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME_S = 120
log = structlog.get_logger()


async def sign_out(request: Request) -> Response:
    """POST: tell the service that this phone's user signed out, and log the user out of the app."""
    host = host_request(request)
    phone = read_phone(request, host)
    response = redirect_to(f"{host.issuer}/me")
    if phone is not None:
        await _tell(host, phone.owner)
        forget_phone(response, host)
    return response


async def _tell(host: HostRequest[AnyHost], user: User) -> None:
    if host.settings.sign_out_url is None:
        return
    try:
        notice = await make_notice(host, user)
        answer = await host.party.parties.http.send(
            "POST", host.settings.sign_out_url, data=notice, repeatable=False
        )
        if answer.status_code != 200:
            raise CallFailed("sign_out", f"status {answer.status_code}")
    except CallFailed as error:
        # The user is logged out of the app in any case.
        log.warning("sign_out.not_told", error=type(error).__name__)


async def make_notice(host: HostRequest[AnyHost], user: User) -> dict[str, str]:
    """Return the form that tells the service of this sign-out."""
    if isinstance(host.settings, OpenIdHost):
        return {"logout_token": await make_logout_token(host, user, host.settings.clients[0].client_id)}
    assert isinstance(host.settings, ServiceHost)
    app_id = host.settings.apps[0].app_id
    if isinstance(host.settings, LaunchHost):
        return {"logout_token": await make_logout_token(host, user, app_id)}
    said = {
        "subject": host.subject(user),
        "at": str(epoch(host.party.clock.wall())),
        "nonce": secrets.token_urlsafe(16),
    }
    text = "\n".join(("signed_out", app_id, *said.values()))
    return {**said, "signature": _signature(host.settings, text)}


async def make_logout_token(
    host: HostRequest[AnyHost], user: User, client_id: str, *, typ: str = "logout+jwt", **changes: Any
) -> str:
    """Return a signed logout token. `changes` replace claims; None leaves one out."""
    now = host.party.clock.wall()
    key = await host.party.store.write(lambda conn: keys.current(conn, host.key, now))
    claims = {
        "iss": host.issuer,
        "aud": client_id,
        "sub": host.subject(user),
        "iat": epoch(now),
        "exp": epoch(now) + LIFETIME_S,
        "jti": secrets.token_urlsafe(16),
        "events": {EVENT: {}},
    } | changes
    said = {name: value for name, value in claims.items() if value is not None}
    return sign(said, key, typ=typ)


def _signature(settings: ServiceHost, text: str) -> str:
    if isinstance(settings, PushHost):
        key = settings.signing_key.get_secret_value()
        return sm2_sign(key, text, sm2.USUAL_ID.decode(), "hex", raw=False)
    assert settings.sign_out_secret is not None
    return hmac_sha256(settings.sign_out_secret.get_secret_value(), text)
