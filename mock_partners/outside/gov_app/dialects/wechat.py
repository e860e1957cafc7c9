"""WeChat-like: a code by redirect, questions with a secret in the address, errors as `errcode` with status 200."""

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
from mock_partners.outside.gov_app.dialect_deviations import apply_at, leave
from mock_partners.outside.gov_app.grants import LIFE, NotGood
from mock_partners.outside.gov_app.party import HostRequest, host_request_of
from mock_partners.outside.gov_app.screens import Asked, NotRegistered, Screen, giving, reading
from mock_partners.outside.gov_app.settings import SecretApp, WeChatHost
from partner_adapters.kit.values.clock import epoch

WeChatRequest = HostRequest[WeChatHost]
Answer = tuple[dict[str, Any], list[str]]
"""What is said, and how it is to deviate."""
ERRORS = {
    40001: "invalid credential",
    40003: "invalid openid",
    40029: "invalid code",
    40125: "invalid appsecret",
    40163: "code been used",
    41008: "missing code",
}
SECONDS = int(LIFE["token"].total_seconds())


def _error(code: int) -> dict[str, Any]:
    return {"errcode": code, "errmsg": ERRORS[code]}


_SERVICE = reading("appid", "redirect_uri", "state")


def _read_login(host: WeChatRequest, query: QueryParams) -> Asked:
    if query.get("response_type") != "code" or query.get("scope") != "snsapi_userinfo":
        raise NotRegistered
    return _SERVICE(host, query)


def _caller(host: WeChatRequest, query: QueryParams) -> SecretApp | None:
    """The registered app whose id and secret these are."""
    app, said = _app(host, query.get("appid", "")), query.get("secret", "").encode()
    known = app is not None and hmac.compare_digest(app.secret.get_secret_value().encode(), said)
    return app if known else None


def _app(host: WeChatRequest, app_id: str) -> SecretApp | None:
    return next((app for app in host.settings.apps if app.app_id == app_id), None)


def _token(conn: Connection, host: WeChatRequest, query: QueryParams) -> Answer:
    secret = query.get("code", "")
    armed = grants.armed(conn, host, secret)
    if not secret:
        return _error(41008), armed
    app = _caller(host, query)
    if app is None:
        return _error(40125), armed
    try:
        code = grants.spend(conn, host, secret, app.app_id)
    except NotGood as error:
        return _error(40163 if error.reason == "used" else 40029), armed
    if query.get("grant_type") != "authorization_code":
        return _error(40029), armed
    token = grants.give(conn, host, "token", app.app_id, code.user, armed)
    openid = host.subject(code.user)
    return {"access_token": token, "expires_in": SECONDS, "openid": openid, "scope": "snsapi_userinfo"}, armed


def _userinfo(conn: Connection, host: WeChatRequest, query: QueryParams) -> Answer:
    try:
        token = grants.look(conn, host, "token", query.get("access_token", ""), None)
    except NotGood:
        return _error(40001), []
    user = token.user
    if query.get("openid") != host.subject(user):
        return _error(40003), token.deviations
    said = {"openid": host.subject(user), "name": user.name, "id_card": user.id_number, "id_type": "1"}
    said |= {"mobile": user.phone, "user_type": "1", "auth_level": "3"}
    return {**said, "is_snapshotuser": 0}, token.deviations


def _app_token(conn: Connection, host: WeChatRequest, query: QueryParams) -> Answer:
    app = _caller(host, query)
    if query.get("grant_type") != "client_credential" or app is None:
        return _error(40125), []
    token = grants.give(conn, host, "app_token", app.app_id, None, [])
    return {"access_token": token, "expires_in": SECONDS}, []


def _result(conn: Connection, host: WeChatRequest, query: QueryParams) -> Answer:
    try:
        app = _app(host, grants.service_of(conn, host, query.get("access_token", "")))
    except NotGood:
        app = None
    if app is None:
        return _error(40001), []
    secret = query.get("verify_result", "")
    try:
        check = grants.look(conn, host, "check", secret, app)
    except NotGood:
        return _error(40029), []
    said = {"errcode": 0, "openid": host.subject(check.user), "verified": True}
    return {**said, **check.facts, "verify_id": f"V{secret[:16]}"}, check.deviations


def _call(
    point: str, work: Callable[[Connection, WeChatRequest, QueryParams], Answer]
) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        host = host_request_of(request, WeChatHost)
        answer, armed = await host.party.store.write(lambda conn: work(conn, host, request.query_params))
        if not answer.get("errcode"):
            apply_at(point, armed, answer)
        return leave(point, armed, json.dumps(answer, ensure_ascii=False))

    return endpoint


_LOGIN = Screen(
    WeChatHost,
    "wechat.callback",
    False,
    _read_login,
    giving("code", "code"),
    {"cancel": {}},
)
_FACE = Screen(
    WeChatHost,
    "wechat.face_callback",
    True,
    _SERVICE,
    giving("verify_result", "check", lambda now: {"verify_time": epoch(now)}),
    {"cancel": {"verify_error": "cancel"}, "fail": {"verify_error": "fail"}},
)
ROUTES = [
    *_LOGIN.routes("/oauth2/authorize"),
    *_FACE.routes("/face/start"),
    Route("/oauth2/access_token", _call("wechat.token", _token)),
    Route("/oauth2/userinfo", _call("wechat.userinfo", _userinfo)),
    Route("/cgi-bin/token", _call("wechat.app_token", _app_token)),
    Route("/face/result", _call("wechat.result", _result)),
]
