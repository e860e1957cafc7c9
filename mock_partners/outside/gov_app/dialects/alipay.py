"""Alipay-like: a code by redirect, one gateway; questions and answers are signed with RSA2."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
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
from mock_partners.outside.gov_app.settings import AlipayHost, Rsa2App
from partner_adapters.kit.values.canonical import rsa2_holds, rsa2_sign, sorted_pairs
from partner_adapters.kit.values.moments import MomentFormat

AlipayRequest = HostRequest[AlipayHost]
Form = Mapping[str, str]
SKEW = timedelta(seconds=90)
AHEAD = timedelta(minutes=10)
TIME = MomentFormat(format="yyyy-MM-dd HH:mm:ss")


class _Refused(Exception):
    """`args[0]`: the sub_code."""


async def gateway(request: Request) -> Response:
    """POST, form-encoded; `method` names what is asked."""
    host = host_request_of(request, AlipayHost)
    form = {name: str(value) for name, value in (await request.form()).multi_items()}
    method = form.get("method", "")
    point, secret_of, work = METHODS.get(method, ("alipay.token", lambda _form: "", _unknown))

    def settle(conn: Connection) -> tuple[str, dict[str, Any], list[str]]:
        secret = secret_of(form)
        armed = grants.armed(conn, host, secret)
        try:
            said = work(conn, host, _caller(host, form, armed), secret)
        except _Refused as error:
            return "error_response", {"code": "40002", "msg": "Invalid", "sub_code": error.args[0]}, armed
        apply_at(point, armed, said)
        return f"{method.replace('.', '_')}_response", said, armed

    node, said, armed = await host.party.store.write(settle)
    return leave(point, armed, _signed(host, point, node, said, armed))


def _caller(host: AlipayRequest, form: Form, armed: list[str]) -> Rsa2App:
    app = next((app for app in host.settings.apps if app.app_id == form.get("app_id")), None)
    text = sorted_pairs(form.items())
    if (
        app is None
        or form.get("sign_type") != "RSA2"
        or not rsa2_holds(app.public_key, text, form.get("sign", ""))
    ):
        raise _Refused("isv.invalid-signature")
    now = host.party.clock.wall() + (AHEAD if "alipay.clock_ahead" in armed else timedelta())
    try:
        sound = abs(TIME.read(form.get("timestamp", "")) - now) <= SKEW
    except ValueError:
        sound = False
    if not sound:
        raise _Refused("isv.invalid-timestamp")
    return app


def _signed(host: AlipayRequest, point: str, node: str, said: dict[str, Any], armed: list[str]) -> str:
    key, text = host.settings.signing_key.get_secret_value(), json.dumps(said, ensure_ascii=False)
    if f"{point}.signed_by_stranger" in armed:
        stranger = rsa.generate_private_key(65537, 2048)
        key = stranger.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    signature = rsa2_sign(key, text)
    if f"{point}.tampered" in armed:
        text = text.replace("}", ', "level": "9"}')
    if f"{point}.not_signed" in armed:
        return f'{{"{node}": {text}}}'
    return f'{{"{node}": {text}, "sign": "{signature}"}}'


def _token(conn: Connection, host: AlipayRequest, app: Rsa2App, secret: str) -> dict[str, Any]:
    try:
        code = grants.spend(conn, host, secret, app.app_id)
    except NotGood:
        raise _Refused("isv.code-invalid") from None
    token = grants.give(conn, host, "token", app.app_id, code.user, code.deviations)
    life_s = int(LIFE["token"].total_seconds())
    return {"user_id": host.subject(code.user), "access_token": token, "expires_in": life_s}


def _user(conn: Connection, host: AlipayRequest, app: Rsa2App, secret: str) -> dict[str, Any]:
    try:
        user = grants.look(conn, host, "token", secret, app).user
    except NotGood:
        raise _Refused("aop.invalid-auth-token") from None
    said = {"code": "10000", "user_id": host.subject(user), "user_name": user.name}
    said |= {"cert_no": user.id_number, "cert_type": "IDENTITY_CARD", "mobile": user.phone}
    said |= {"user_type": "2", "is_certified": "T", "is_virtual": "F"}
    return {**said, "info_time": TIME.write(host.party.clock.wall())}


def _check(conn: Connection, host: AlipayRequest, app: Rsa2App, secret: str) -> dict[str, Any]:
    try:
        check = grants.look(conn, host, "check", secret, app)
    except NotGood:
        raise _Refused("CERTIFY_ID_NOT_FOUND") from None
    said = {"code": "10000", "passed": "T", "user_id": host.subject(check.user)}
    return {**said, **check.facts, "certify_id": secret}


def _unknown(_conn: Connection, _here: AlipayRequest, _app: Rsa2App, _secret: str) -> dict[str, Any]:
    raise _Refused("isv.invalid-method")


def _certify_id(form: Form) -> str:
    try:
        return str(json.loads(form["biz_content"])["certify_id"])
    except (ValueError, KeyError, TypeError):
        return ""


METHODS: Mapping[
    str,
    tuple[str, Callable[[Form], str], Callable[[Connection, AlipayRequest, Rsa2App, str], dict[str, Any]]],
] = {
    "alipay.system.oauth.token": ("alipay.token", lambda form: form.get("code", ""), _token),
    "alipay.user.info.share": ("alipay.user", lambda form: form.get("auth_token", ""), _user),
    "alipay.user.certify.open.query": ("alipay.check", _certify_id, _check),
}


_SERVICE = reading("app_id", "redirect_uri", "state")


def _read_login(host: AlipayRequest, query: QueryParams) -> Asked:
    if query.get("scope") != "auth_user":
        raise NotRegistered
    asked = _SERVICE(host, query)
    return replace(asked, kept={"app_id": asked.app.app_id, "scope": "auth_user", **asked.kept})


_LOGIN = Screen(
    AlipayHost, "alipay.callback", False, _read_login, giving("auth_code", "code"), {"cancel": {}}
)
_FACE = Screen(
    AlipayHost,
    "alipay.face_callback",
    True,
    reading("app_id", "certify_url_return", "state"),
    giving("certify_id", "check", lambda now: {"certify_time": TIME.write(now)}),
    {"cancel": {"certify_error": "CANCEL"}, "fail": {"certify_error": "FAIL"}},
)
ROUTES = [
    *_LOGIN.routes("/oauth2/publicAppAuthorize.htm"),
    *_FACE.routes("/certify"),
    Route("/gateway.do", gateway, methods=["POST"]),
]
