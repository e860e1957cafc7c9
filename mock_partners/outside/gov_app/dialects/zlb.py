"""A host like 浙里办: a ticket by redirect or from the bridge, and calls with an HMAC in their headers.

The user's data comes as JSON in a string inside JSON.
"""

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
from mock_partners.outside.gov_app.dialect_deviations import apply_deviations, build_response
from mock_partners.outside.gov_app.grants import LIFETIMES, Grant, InvalidGrant
from mock_partners.outside.gov_app.party import HostRequest, host_request_of
from mock_partners.outside.gov_app.screens import (
    Screen,
    ServiceRequest,
    UnregisteredService,
    answer_with_grant,
    read_parameters,
)
from mock_partners.outside.gov_app.settings import HmacApp, ZlbHost
from partner_adapters.kit.values import strict_json
from partner_adapters.kit.values.canonical import equal, gateway_string, hmac_sha256
from partner_adapters.kit.values.moments import MomentFormat
from partner_adapters.kit.web import content_types

ZlbRequest = HostRequest[ZlbHost]
MOST_SKEW = timedelta(seconds=90)
DEVIATING_CLOCK_AHEAD = timedelta(minutes=10)
DATE, TIME = MomentFormat(format="rfc1123"), MomentFormat(format="yyyy-MM-dd HH:mm:ss")
TICKET_ERRORS = {"unknown": "SSO_TICKET_INVALID", "used": "SSO_TICKET_USED", "expired": "SSO_TICKET_EXPIRED"}


class _Refused(Exception):
    """The call is refused. `args[0]` is the `errCode` of the response."""


@dataclass(frozen=True)
class SignedCall:
    """A call whose signature is verified. `secret` is its ticket, token or face-check number."""

    app: HmacApp
    secret: str
    armed: list[str]


CallHandler = Callable[[Connection, ZlbRequest, SignedCall], dict[str, Any]]


def _error_fields(code: str) -> dict[str, Any]:
    return {"success": False, "errCode": code, "errMsg": code}


def _authenticate_caller(host: ZlbRequest, request: Request, armed: list[str]) -> HmacApp:
    """Return the registered service that signed the call. Raises `_Refused`."""
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
    now = host.party.clock.wall() + (DEVIATING_CLOCK_AHEAD if "zlb.clock_ahead" in armed else timedelta())
    try:
        is_current = abs(DATE.read(date) - now) <= MOST_SKEW
    except ValueError:
        is_current = False
    if not is_current:
        raise _Refused("CLOCK_SKEW")
    return app


def _redeem_ticket(conn: Connection, host: ZlbRequest, call: SignedCall) -> dict[str, Any]:
    try:
        ticket = grants.redeem(conn, host, call.secret, call.app.app_id)
    except InvalidGrant as error:
        return _error_fields(TICKET_ERRORS[error.reason])
    token = grants.issue(conn, host, "token", call.app.app_id, ticket.user, call.armed)
    data = {"accessToken": token, "expiresIn": int(LIFETIMES["token"].total_seconds())}
    answer = {"success": True, "errCode": "0", "data": data}
    apply_deviations("zlb.redeem", call.armed, answer)
    return answer


def _show_user(conn: Connection, host: ZlbRequest, call: SignedCall) -> dict[str, Any]:
    try:
        fields = _user_fields(host, grants.find(conn, host, "token", call.secret, call.app))
    except InvalidGrant:
        return _error_fields("SSO_TOKEN_INVALID")
    apply_deviations("zlb.user", call.armed, fields)
    text = json.dumps(fields, ensure_ascii=False)
    return {"success": True, "data": text[:-9] if "zlb.user.data_no_json" in call.armed else text}


def _user_fields(host: ZlbRequest, token: Grant) -> dict[str, Any]:
    user, company = token.user, token.user.company
    person = {"userid": host.subject(user), "userName": user.name, "idNo": user.id_number, "idType": "1"}
    person |= {"phone": user.phone, "authLevel": "3", "userType": "legal" if company else "person"}
    legal = {"corpName": company.name, "uscc": company.credit_code} if company else None
    return {"personInfo": person, "legalPerson": legal, "testUser": False}


def _show_check(conn: Connection, host: ZlbRequest, call: SignedCall) -> dict[str, Any]:
    try:
        check = grants.find(conn, host, "check", call.secret, call.app)
    except InvalidGrant:
        return _error_fields("CERTIFY_NOT_FOUND")
    data = {"passed": True, "userid": host.subject(check.user), **check.facts}
    data |= {"certifyId": call.secret, "certifyType": "FACE"}
    apply_deviations("zlb.check", call.armed, data)
    return {"success": True, "data": data}


def _endpoint(point: str, parameter: str, handler: CallHandler) -> Callable[[Request], Any]:
    """Return an endpoint for one call. `parameter` names the field of the body with the ticket, token or number."""

    async def endpoint(request: Request) -> Response:
        host = host_request_of(request, ZlbHost)
        content_types.require(request, content_types.JSON)
        try:
            secret = str(strict_json.parse((await request.body()).decode())[parameter])
        except (ValueError, KeyError, TypeError):
            return build_response(point, [], json.dumps(_error_fields("PARAM_ERROR")))

        def answer_in_transaction(conn: Connection) -> tuple[dict[str, Any], list[str]]:
            armed = grants.armed_deviations(conn, host, secret)
            try:
                return handler(
                    conn, host, SignedCall(_authenticate_caller(host, request, armed), secret, armed)
                ), armed
            except _Refused as error:
                return _error_fields(error.args[0]), armed

        answer, armed = await host.party.store.write(answer_in_transaction)
        return build_response(point, armed, json.dumps(answer, ensure_ascii=False))

    return endpoint


_read_service = read_parameters("servicecode", "goto", "sp")


def _read_login(host: ZlbRequest, query: QueryParams) -> ServiceRequest:
    if query.get("action") != "oauth" or query.get("scope") != "1":
        raise UnregisteredService
    return _read_service(host, query)


_LOGIN = Screen(
    ZlbHost, "zlb.callback", False, _read_login, answer_with_grant("ticket", "code"), {"cancel": {}}
)


def _certify_facts(now: datetime) -> dict[str, Any]:
    return {"certifyTime": TIME.write(now)}


_FACE = Screen(
    ZlbHost,
    "zlb.face_callback",
    True,
    read_parameters("appId", "returnUrl", "sp"),
    answer_with_grant("certifyId", "check", _certify_facts),
    {"cancel": {"certifyError": "CANCEL"}, "fail": {"certifyError": "FAIL"}},
)
ROUTES = [
    *_LOGIN.routes("/sso/mobile"),
    *_FACE.routes("/face/certify"),
    bridge.face_check_route(_certify_facts),
    Route("/rest/sso/access_token", _endpoint("zlb.redeem", "ticketId", _redeem_ticket), methods=["POST"]),
    Route("/rest/sso/getUserInfo", _endpoint("zlb.user", "token", _show_user), methods=["POST"]),
    Route("/rest/face/query", _endpoint("zlb.check", "certifyId", _show_check), methods=["POST"]),
]
