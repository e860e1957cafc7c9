"""浙里办-like: a ticket in the address or from the bridge, questions with an HMAC in headers, JSON inside JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_partners.outside.gov_app import bridge, grants
from mock_partners.outside.gov_app.dialect_deviations import apply_at, leave
from mock_partners.outside.gov_app.grants import LIFE, Grant, NotGood
from mock_partners.outside.gov_app.party import HostRequest, host_request_of
from mock_partners.outside.gov_app.screens import Asked, NotRegistered, Screen, giving, reading
from mock_partners.outside.gov_app.settings import HmacApp, ZlbHost
from partner_adapters.kit.values.canonical import equal, gateway_string, hmac_sha256
from partner_adapters.kit.values.moments import MomentFormat

ZlbRequest = HostRequest[ZlbHost]
SKEW = timedelta(seconds=90)
AHEAD = timedelta(minutes=10)
DATE, TIME = MomentFormat(format="rfc1123"), MomentFormat(format="yyyy-MM-dd HH:mm:ss")
TICKET = {"unknown": "SSO_TICKET_INVALID", "used": "SSO_TICKET_USED", "expired": "SSO_TICKET_EXPIRED"}


class _Refused(Exception):
    """`args[0]`: the error code."""


@dataclass(frozen=True)
class Question:
    """`secret`: the ticket, token or number that it is about."""

    app: HmacApp
    secret: str
    armed: list[str]


Work = Callable[[Connection, ZlbRequest, Question], dict[str, Any]]


def _error(code: str) -> dict[str, Any]:
    return {"success": False, "errCode": code, "errMsg": code}


def _caller(host: ZlbRequest, request: Request, armed: list[str]) -> HmacApp:
    """The registered app that signed. Raises `_Refused`."""
    headers, date = request.headers, request.headers.get("x-bg-date-time", "")
    key = headers.get("x-bg-hmac-access-key", "")
    app = next((app for app in host.settings.apps if app.access_key == key), None)
    path, query = request.scope["path"], request.query_params.multi_items()
    text = gateway_string(request.method, path, query, key, date)
    given = headers.get("x-bg-hmac-signature", "")
    if app is None or headers.get("x-bg-hmac-algorithm") != "hmac-sha256":
        raise _Refused("SIGN_ERROR")
    if not equal(hmac_sha256(app.secret.get_secret_value(), text), given):
        raise _Refused("SIGN_ERROR")
    now = host.party.clock.wall() + (AHEAD if "zlb.clock_ahead" in armed else timedelta())
    try:
        sound = abs(DATE.read(date) - now) <= SKEW
    except ValueError:
        sound = False
    if not sound:
        raise _Refused("CLOCK_SKEW")
    return app


def _redeem(conn: Connection, host: ZlbRequest, asked: Question) -> dict[str, Any]:
    try:
        ticket = grants.spend(conn, host, asked.secret, asked.app.app_id)
    except NotGood as error:
        return _error(TICKET[error.reason])
    token = grants.give(conn, host, "token", asked.app.app_id, ticket.user, asked.armed)
    data = {"accessToken": token, "expiresIn": int(LIFE["token"].total_seconds())}
    answer = {"success": True, "errCode": "0", "data": data}
    apply_at("zlb.redeem", asked.armed, answer)
    return answer


def _user(conn: Connection, host: ZlbRequest, asked: Question) -> dict[str, Any]:
    try:
        said = _told(host, grants.look(conn, host, "token", asked.secret, asked.app))
    except NotGood:
        return _error("SSO_TOKEN_INVALID")
    apply_at("zlb.user", asked.armed, said)
    text = json.dumps(said, ensure_ascii=False)
    return {"success": True, "data": text[:-9] if "zlb.user.data_no_json" in asked.armed else text}


def _told(host: ZlbRequest, token: Grant) -> dict[str, Any]:
    user, company = token.user, token.user.company
    person = {"userid": host.subject(user), "userName": user.name, "idNo": user.id_number, "idType": "1"}
    person |= {"phone": user.phone, "authLevel": "3", "userType": "legal" if company else "person"}
    legal = {"corpName": company.name, "uscc": company.credit_code} if company else None
    return {"personInfo": person, "legalPerson": legal, "testUser": False}


def _check(conn: Connection, host: ZlbRequest, asked: Question) -> dict[str, Any]:
    try:
        check = grants.look(conn, host, "check", asked.secret, asked.app)
    except NotGood:
        return _error("CERTIFY_NOT_FOUND")
    data = {"passed": True, "userid": host.subject(check.user), **check.facts}
    data |= {"certifyId": asked.secret, "certifyType": "FACE"}
    apply_at("zlb.check", asked.armed, data)
    return {"success": True, "data": data}


def _call(point: str, named: str, work: Work) -> Callable[[Request], Any]:
    """`named`: the member of the question that brings ticket, token or number."""

    async def endpoint(request: Request) -> Response:
        host = host_request_of(request, ZlbHost)
        try:
            secret = str(json.loads(await request.body())[named])
        except (ValueError, KeyError, TypeError):
            return leave(point, [], json.dumps(_error("PARAM_ERROR")))

        def settle(conn: Connection) -> tuple[dict[str, Any], list[str]]:
            armed = grants.armed(conn, host, secret)
            try:
                return work(conn, host, Question(_caller(host, request, armed), secret, armed)), armed
            except _Refused as error:
                return _error(error.args[0]), armed

        answer, armed = await host.party.store.write(settle)
        return leave(point, armed, json.dumps(answer, ensure_ascii=False))

    return endpoint


_SERVICE = reading("servicecode", "goto", "sp")


def _read_login(host: ZlbRequest, query: QueryParams) -> Asked:
    if query.get("action") != "oauth" or query.get("scope") != "1":
        raise NotRegistered
    return _SERVICE(host, query)


_LOGIN = Screen(ZlbHost, "zlb.callback", False, _read_login, giving("ticket", "code"), {"cancel": {}})


def _when(now: datetime) -> dict[str, Any]:
    return {"certifyTime": TIME.write(now)}


_FACE = Screen(
    ZlbHost,
    "zlb.face_callback",
    True,
    reading("appId", "returnUrl", "sp"),
    giving("certifyId", "check", _when),
    {"cancel": {"certifyError": "CANCEL"}, "fail": {"certifyError": "FAIL"}},
)
ROUTES = [
    *_LOGIN.routes("/sso/mobile"),
    *_FACE.routes("/face/certify"),
    bridge.checks_faces(_when),
    Route("/rest/sso/access_token", _call("zlb.redeem", "ticketId", _redeem), methods=["POST"]),
    Route("/rest/sso/getUserInfo", _call("zlb.user", "token", _user), methods=["POST"]),
    Route("/rest/face/query", _call("zlb.check", "certifyId", _check), methods=["POST"]),
]
