"""A corporate online bank (企业网银): its server identifies the user to ours by a signed JWT (RFC 7523).

Its face check returns such a JWT too.
"""

from __future__ import annotations

import secrets
from typing import Any

from joserfc.jwk import ECKey
from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_partners.outside.gov_app import deviations, discovery, keys
from mock_partners.outside.gov_app.deviations import SIGNING
from mock_partners.outside.gov_app.dialect_deviations import apply_deviations
from mock_partners.outside.gov_app.pages import page
from mock_partners.outside.gov_app.party import HostRequest, host_request_of
from mock_partners.outside.gov_app.phone import read_phone
from mock_partners.outside.gov_app.screens import Screen, ServiceRequest, read_parameters, redirect_to
from mock_partners.outside.gov_app.settings import LaunchHost, User
from mock_partners.outside.gov_app.statements import sign, sign_wrongly
from partner_adapters.kit.values.clock import epoch
from partner_adapters.kit.values.json_model import JsonModel
from partner_adapters.kit.web.calls.http_client import CallFailed

LaunchRequest = HostRequest[LaunchHost]
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# The bank checks `exp` too, so a customer has this long to read what they agree to.
LIFETIME_S = 300
# The types of our two kinds of token: a launch, and an answer to a request for a face check.
LAUNCH, CHECK = "launch+jwt", "check+jwt"
# Authentication methods (RFC 8176) of a login to the online bank: hardware key and PIN.
HARDWARE_KEY_METHODS = ["hwk", "pin"]


class LaunchResponse(JsonModel):
    """The response of our service: the URL to which the user's browser goes."""

    launch_url: str


async def open_service(request: Request) -> Response:
    """GET, by the tile: post a JWT about the user to our service, and redirect the browser to the URL it returns."""
    host = host_request_of(request, LaunchHost)
    phone = read_phone(request, host)
    if phone is None:
        return redirect_to(f"{host.issuer}/me")
    assertion = await host.party.store.write(lambda conn: _make_launch_assertion(conn, host, phone.owner))
    form = {"grant_type": JWT_BEARER, "assertion": assertion} | ({"ui": "elder"} if phone.elder else {})
    try:
        answer = await host.party.parties.http.send(
            "POST", host.settings.launch_url, data=form, repeatable=False
        )
        if answer.status_code != 201:
            raise CallFailed("launch", f"status {answer.status_code}")
        return redirect_to(LaunchResponse.model_validate_json(answer.content).launch_url)
    except (CallFailed, ValidationError):
        return page(request, host, "unopened.html", 502, elder=phone.elder)


def _make_launch_assertion(conn: Connection, host: LaunchRequest, user: User) -> str:
    return make_assertion(conn, host, user, HARDWARE_KEY_METHODS, None, deviations.take_armed(conn, host.key))


def make_assertion(
    conn: Connection, host: LaunchRequest, user: User, amr: list[str], nonce: str | None, armed: list[str]
) -> str:
    """Return a signed JWT about the user. `nonce` is the `state` of a face-check request, and None at a launch."""
    now = host.party.clock.wall()
    key = keys.make_key(conn, host.key, now) if "keys.rotated" in armed else keys.current(conn, host.key, now)
    claims: dict[str, Any] = {
        "iss": host.issuer,
        "aud": host.settings.apps[0].app_id,
        "sub": host.subject(user),
        "iat": epoch(now),
        "exp": epoch(now) + LIFETIME_S,
        "jti": secrets.token_urlsafe(16),
        **_person_claims(user),
        "amr": amr,
        "auth_time": epoch(now),
    }
    if nonce is not None:
        claims |= {"nonce": nonce, "face_evidence_id": f"EB{secrets.token_hex(8).upper()}"}
    apply_deviations("launch.claims", armed, claims)
    return _sign_claims(claims, key, armed, LAUNCH if nonce is None else CHECK)


def _person_claims(user: User) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "name": user.name,
        "id_number": user.id_number,
        "phone_number": user.phone,
    }
    if user.company is None:
        return {**claims, "user_type": "person"}
    return {**claims, "user_type": "company", "company": user.company.model_dump()}


def _sign_claims(claims: dict[str, Any], key: ECKey, armed: list[str], typ: str) -> str:
    if "launch.typ_jwt" in armed:
        typ = "JWT"
    if "launch.typ_other_kind" in armed:
        typ = LAUNCH if typ == CHECK else CHECK
    wrong_signing = next((name for name in armed if name in SIGNING), None)
    return sign_wrongly(claims, key, wrong_signing, typ=typ) if wrong_signing else sign(claims, key, typ=typ)


def _answer_face_check(
    conn: Connection, host: LaunchRequest, service_request: ServiceRequest, user: User, armed: list[str]
) -> dict[str, str]:
    return {"assertion": make_assertion(conn, host, user, ["face"], service_request.echoed["state"], armed)}


_FACE = Screen(
    LaunchHost,
    "launch.callback",
    True,
    read_parameters("appid", "return", "state"),
    _answer_face_check,
    {"cancel": {"error": "CANCEL"}, "fail": {"error": "FAIL"}},
)
ROUTES = [Route("/open", open_service), Route("/jwks", discovery.show_keys), *_FACE.routes("/authn")]
