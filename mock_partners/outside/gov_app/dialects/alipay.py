"""A host like Alipay: a code by redirect and one gateway. Calls and responses are signed with RSA2."""

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
from mock_partners.outside.gov_app.settings import AlipayHost, Rsa2App
from partner_adapters.kit.values import strict_json
from partner_adapters.kit.values.canonical import rsa2_holds, rsa2_sign, sorted_pairs
from partner_adapters.kit.values.moments import MomentFormat
from partner_adapters.kit.web.content_types import read_form

AlipayRequest = HostRequest[AlipayHost]
Form = Mapping[str, str]
MOST_SKEW = timedelta(seconds=90)
DEVIATING_CLOCK_AHEAD = timedelta(minutes=10)
TIME = MomentFormat(format="yyyy-MM-dd HH:mm:ss")


class _Refused(Exception):
    """The call is refused. `args[0]` is Alipay's `sub_code`."""


async def gateway(request: Request) -> Response:
    """POST, form-encoded: answer the call that the field `method` names, as signed JSON."""
    host = host_request_of(request, AlipayHost)
    form = {name: str(value) for name, value in (await read_form(request)).multi_items()}
    method = form.get("method", "")
    point, read_secret, handler = METHODS.get(method, ("alipay.token", lambda _form: "", _refuse_method))

    def answer_in_transaction(conn: Connection) -> tuple[str, dict[str, Any], list[str]]:
        secret = read_secret(form)
        armed = grants.armed_deviations(conn, host, secret)
        try:
            answer = handler(conn, host, _authenticate_caller(host, form, armed), secret)
        except _Refused as error:
            return "error_response", {"code": "40002", "msg": "Invalid", "sub_code": error.args[0]}, armed
        apply_deviations(point, armed, answer)
        return f"{method.replace('.', '_')}_response", answer, armed

    node, answer, armed = await host.party.store.write(answer_in_transaction)
    return build_response(point, armed, _sign_answer(host, point, node, answer, armed))


def _authenticate_caller(host: AlipayRequest, form: Form, armed: list[str]) -> Rsa2App:
    app = next((app for app in host.settings.apps if app.app_id == form.get("app_id")), None)
    text = sorted_pairs(form.items())
    if (
        app is None
        or form.get("sign_type") != "RSA2"
        or not rsa2_holds(app.public_key, text, form.get("sign", ""))
    ):
        raise _Refused("isv.invalid-signature")
    now = host.party.clock.wall() + (DEVIATING_CLOCK_AHEAD if "alipay.clock_ahead" in armed else timedelta())
    try:
        is_current = abs(TIME.read(form.get("timestamp", "")) - now) <= MOST_SKEW
    except ValueError:
        is_current = False
    if not is_current:
        raise _Refused("isv.invalid-timestamp")
    return app


def _sign_answer(host: AlipayRequest, point: str, node: str, answer: dict[str, Any], armed: list[str]) -> str:
    key, text = host.settings.signing_key.get_secret_value(), json.dumps(answer, ensure_ascii=False)
    if f"{point}.signed_by_stranger" in armed:
        stranger = rsa.generate_private_key(65537, 2048)
        key = stranger.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    signature = rsa2_sign(key, text)
    if f"{point}.tampered" in armed:
        text = text.replace("}", ', "level": "9"}')
    if f"{point}.not_signed" in armed:
        return f'{{"{node}": {text}}}'
    return f'{{"{node}": {text}, "sign": "{signature}"}}'


def _exchange_code(conn: Connection, host: AlipayRequest, app: Rsa2App, secret: str) -> dict[str, Any]:
    try:
        code = grants.redeem(conn, host, secret, app.app_id)
    except InvalidGrant:
        raise _Refused("isv.code-invalid") from None
    token = grants.issue(conn, host, "token", app.app_id, code.user, code.deviations)
    lifetime_s = int(LIFETIMES["token"].total_seconds())
    return {"user_id": host.subject(code.user), "access_token": token, "expires_in": lifetime_s}


def _show_user(conn: Connection, host: AlipayRequest, app: Rsa2App, secret: str) -> dict[str, Any]:
    try:
        user = grants.find(conn, host, "token", secret, app).user
    except InvalidGrant:
        raise _Refused("aop.invalid-auth-token") from None
    answer = {"code": "10000", "user_id": host.subject(user), "user_name": user.name}
    answer |= {"cert_no": user.id_number, "cert_type": "IDENTITY_CARD", "mobile": user.phone}
    answer |= {"user_type": "2", "is_certified": "T", "is_virtual": "F"}
    return {**answer, "info_time": TIME.write(host.party.clock.wall())}


def _show_check(conn: Connection, host: AlipayRequest, app: Rsa2App, secret: str) -> dict[str, Any]:
    try:
        check = grants.find(conn, host, "check", secret, app)
    except InvalidGrant:
        raise _Refused("CERTIFY_ID_NOT_FOUND") from None
    answer = {"code": "10000", "passed": "T", "user_id": host.subject(check.user)}
    return {**answer, **check.facts, "certify_id": secret}


def _refuse_method(_conn: Connection, _host: AlipayRequest, _app: Rsa2App, _secret: str) -> dict[str, Any]:
    raise _Refused("isv.invalid-method")


def _read_certify_id(form: Form) -> str:
    try:
        return str(strict_json.parse(form["biz_content"])["certify_id"])
    except (ValueError, KeyError, TypeError):
        return ""


METHODS: Mapping[
    str,
    tuple[str, Callable[[Form], str], Callable[[Connection, AlipayRequest, Rsa2App, str], dict[str, Any]]],
] = {
    "alipay.system.oauth.token": ("alipay.token", lambda form: form.get("code", ""), _exchange_code),
    "alipay.user.info.share": ("alipay.user", lambda form: form.get("auth_token", ""), _show_user),
    "alipay.user.certify.open.query": ("alipay.check", _read_certify_id, _show_check),
}


_read_service = read_parameters("app_id", "redirect_uri", "state")


def _read_login(host: AlipayRequest, query: QueryParams) -> ServiceRequest:
    if query.get("scope") != "auth_user":
        raise UnregisteredService
    service_request = _read_service(host, query)
    return replace(
        service_request,
        echoed={"app_id": service_request.app.app_id, "scope": "auth_user", **service_request.echoed},
    )


_LOGIN = Screen(
    AlipayHost, "alipay.callback", False, _read_login, answer_with_grant("auth_code", "code"), {"cancel": {}}
)
_FACE = Screen(
    AlipayHost,
    "alipay.face_callback",
    True,
    read_parameters("app_id", "certify_url_return", "state"),
    answer_with_grant("certify_id", "check", lambda now: {"certify_time": TIME.write(now)}),
    {"cancel": {"certify_error": "CANCEL"}, "fail": {"certify_error": "FAIL"}},
)
ROUTES = [
    *_LOGIN.routes("/oauth2/publicAppAuthorize.htm"),
    *_FACE.routes("/certify"),
    Route("/gateway.do", gateway, methods=["POST"]),
]
