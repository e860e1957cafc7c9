"""企业网银: its server hands a representative over by a signed JWT (RFC 7523); its face check answers likewise."""

from __future__ import annotations

import secrets
from typing import Any

from joserfc.jwk import ECKey
from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_partners.outside.gov_app import deviations, discovery, keys
from mock_partners.outside.gov_app.deviations import SIGNING
from mock_partners.outside.gov_app.dialect_deviations import apply_at
from mock_partners.outside.gov_app.pages import page
from mock_partners.outside.gov_app.party import HostRequest, host_request_of
from mock_partners.outside.gov_app.phone import read_phone
from mock_partners.outside.gov_app.screens import Asked, Screen, away, reading
from mock_partners.outside.gov_app.settings import LaunchHost, User
from mock_partners.outside.gov_app.statements import sign, sign_wrongly
from partner_adapters.kit.values.clock import epoch
from partner_adapters.kit.web.calls.http_client import CallFailed

LaunchRequest = HostRequest[LaunchHost]
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE_S = 60
BY_U_KEY = ["hwk", "pin"]
"""How people log in to the bank for companies: with its hardware key (RFC 8176)."""


class Launched(BaseModel):
    launch_url: str


async def open_service(request: Request) -> Response:
    """GET: what the tile opens. This server tells the bank's server who comes, and sends the browser where it says."""
    host = host_request_of(request, LaunchHost)
    phone = read_phone(request, host)
    if phone is None:
        return away(f"{host.issuer}/me")
    assertion = await host.party.store.write(lambda conn: _launching(conn, host, phone.owner))
    form = {"grant_type": JWT_BEARER, "assertion": assertion} | ({"ui": "elder"} if phone.elder else {})
    try:
        answer = await host.party.parties.http.send(
            "POST", host.settings.launch_url, data=form, repeatable=False
        )
        if answer.status_code != 201:
            raise CallFailed("launch", f"status {answer.status_code}")
        return away(Launched.model_validate_json(answer.content).launch_url)
    except (CallFailed, ValidationError):
        return page(request, host, "unopened.html", 502, elder=phone.elder)


def _launching(conn: Connection, host: LaunchRequest, user: User) -> str:
    return assertion_of(conn, host, user, BY_U_KEY, None, deviations.take(conn, host.key))


def assertion_of(
    conn: Connection, host: LaunchRequest, user: User, amr: list[str], nonce: str | None, armed: list[str]
) -> str:
    """`nonce`: the `state` of the service that asked for a face check."""
    now = host.party.clock.wall()
    key = keys.make_key(conn, host.key, now) if "keys.rotated" in armed else keys.current(conn, host.key, now)
    claims: dict[str, Any] = {
        "iss": host.issuer,
        "aud": host.settings.apps[0].app_id,
        "sub": host.subject(user),
        "iat": epoch(now),
        "exp": epoch(now) + LIFE_S,
        "jti": secrets.token_urlsafe(16),
        **_particulars(user),
        "amr": amr,
        "auth_time": epoch(now),
    }
    if nonce is not None:
        claims |= {"nonce": nonce, "face_evidence_id": f"EB{secrets.token_hex(8).upper()}"}
    apply_at("launch.claims", armed, claims)
    return _signed(claims, key, armed)


def _particulars(user: User) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": user.name,
        "id_number": user.id_number,
        "phone_number": user.phone,
    }
    if user.company is None:
        return {**said, "user_type": "person"}
    return {**said, "user_type": "company", "company": user.company.model_dump()}


def _signed(claims: dict[str, Any], key: ECKey, armed: list[str]) -> str:
    wrong = next((name for name in armed if name in SIGNING), None)
    return sign_wrongly(claims, key, wrong) if wrong else sign(claims, key)


def _checked(
    conn: Connection, host: LaunchRequest, asked: Asked, user: User, armed: list[str]
) -> dict[str, str]:
    return {"assertion": assertion_of(conn, host, user, ["face"], asked.kept["state"], armed)}


_FACE = Screen(
    LaunchHost,
    "launch.callback",
    True,
    reading("appid", "return", "state"),
    _checked,
    {"cancel": {"error": "CANCEL"}, "fail": {"error": "FAIL"}},
)
ROUTES = [Route("/open", open_service), Route("/jwks", discovery.show_keys), *_FACE.routes("/authn")]
