"""A host like WeChat: a code by redirect, calls with a secret in the query, errors as `errcode` with status 200."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_partners.outside.gov_app import grants
from mock_partners.outside.gov_app.dialect_deviations import apply_deviations, build_response
from mock_partners.outside.gov_app.grants import LIFETIMES, InvalidGrant
from mock_partners.outside.gov_app.party import HostRequest, host_request_of
from mock_partners.outside.gov_app.screens import (
    Screen,
    ServiceRequest,
    UnregisteredService,
    answer_with_grant,
    read_parameters,
)
from mock_partners.outside.gov_app.settings import SecretApp, WeChatHost
from partner_adapters.kit.values.clock import epoch

WeChatRequest = HostRequest[WeChatHost]
# The fields of a response, and the armed deviations to apply to it.
Answer = tuple[dict[str, Any], list[str]]
ERRORS = {
    40001: "invalid credential",
    40003: "invalid openid",
    40029: "invalid code",
    40125: "invalid appsecret",
    40163: "code been used",
    41008: "missing code",
}
TOKEN_LIFETIME_S = int(LIFETIMES["token"].total_seconds())


def _error_fields(code: int) -> dict[str, Any]:
    return {"errcode": code, "errmsg": ERRORS[code]}


_read_service = read_parameters("appid", "redirect_uri", "state")


def _read_login(host: WeChatRequest, query: QueryParams) -> ServiceRequest:
    if query.get("response_type") != "code" or query.get("scope") != "snsapi_userinfo":
        raise UnregisteredService
    return _read_service(host, query)


def _authenticate_caller(host: WeChatRequest, query: QueryParams) -> SecretApp | None:
    """Return the registered service whose id and secret are in the query, or None."""
    app, secret = _find_app(host, query.get("appid", "")), query.get("secret", "").encode()
    is_authenticated = app is not None and hmac.compare_digest(app.secret.get_secret_value().encode(), secret)
    return app if is_authenticated else None


def _find_app(host: WeChatRequest, app_id: str) -> SecretApp | None:
    return next((app for app in host.settings.apps if app.app_id == app_id), None)


def _exchange_code(conn: Connection, host: WeChatRequest, query: QueryParams) -> Answer:
    secret = query.get("code", "")
    armed = grants.armed_deviations(conn, host, secret)
    if not secret:
        return _error_fields(41008), armed
    app = _authenticate_caller(host, query)
    if app is None:
        return _error_fields(40125), armed
    try:
        code = grants.redeem(conn, host, secret, app.app_id)
    except InvalidGrant as error:
        return _error_fields(40163 if error.reason == "used" else 40029), armed
    if query.get("grant_type") != "authorization_code":
        return _error_fields(40029), armed
    token = grants.issue(conn, host, "token", app.app_id, code.user, armed)
    openid = host.subject(code.user)
    return {
        "access_token": token,
        "expires_in": TOKEN_LIFETIME_S,
        "openid": openid,
        "scope": "snsapi_userinfo",
    }, armed


def _show_user(conn: Connection, host: WeChatRequest, query: QueryParams) -> Answer:
    try:
        token = grants.find(conn, host, "token", query.get("access_token", ""), None)
    except InvalidGrant:
        return _error_fields(40001), []
    user = token.user
    if query.get("openid") != host.subject(user):
        return _error_fields(40003), token.deviations
    answer = {"openid": host.subject(user), "name": user.name, "id_card": user.id_number, "id_type": "1"}
    answer |= {"mobile": user.phone, "user_type": "1", "auth_level": "3"}
    return {**answer, "is_snapshotuser": 0}, token.deviations


def _issue_app_token(conn: Connection, host: WeChatRequest, query: QueryParams) -> Answer:
    app = _authenticate_caller(host, query)
    if query.get("grant_type") != "client_credential" or app is None:
        return _error_fields(40125), []
    token = grants.issue(conn, host, "app_token", app.app_id, None, [])
    return {"access_token": token, "expires_in": TOKEN_LIFETIME_S}, []


def _show_check(conn: Connection, host: WeChatRequest, query: QueryParams) -> Answer:
    try:
        app = _find_app(host, grants.service_of_token(conn, host, query.get("access_token", "")))
    except InvalidGrant:
        app = None
    if app is None:
        return _error_fields(40001), []
    secret = query.get("verify_result", "")
    try:
        check = grants.find(conn, host, "check", secret, app)
    except InvalidGrant:
        return _error_fields(40029), []
    answer = {"errcode": 0, "openid": host.subject(check.user), "verified": True}
    return {**answer, **check.facts, "verify_id": f"V{secret[:16]}"}, check.deviations


def _endpoint(
    point: str, handler: Callable[[Connection, WeChatRequest, QueryParams], Answer]
) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        host = host_request_of(request, WeChatHost)
        answer, armed = await host.party.store.write(lambda conn: handler(conn, host, request.query_params))
        if not answer.get("errcode"):
            apply_deviations(point, armed, answer)
        return build_response(point, armed, json.dumps(answer, ensure_ascii=False))

    return endpoint


_LOGIN = Screen(
    WeChatHost,
    "wechat.callback",
    False,
    _read_login,
    answer_with_grant("code", "code"),
    {"cancel": {}},
)
_FACE = Screen(
    WeChatHost,
    "wechat.face_callback",
    True,
    _read_service,
    answer_with_grant("verify_result", "check", lambda now: {"verify_time": epoch(now)}),
    {"cancel": {"verify_error": "cancel"}, "fail": {"verify_error": "fail"}},
)
ROUTES = [
    *_LOGIN.routes("/oauth2/authorize"),
    *_FACE.routes("/face/start"),
    Route("/oauth2/access_token", _endpoint("wechat.token", _exchange_code)),
    Route("/oauth2/userinfo", _endpoint("wechat.userinfo", _show_user)),
    Route("/cgi-bin/token", _endpoint("wechat.app_token", _issue_app_token)),
    Route("/face/result", _endpoint("wechat.result", _show_check)),
]
