"""A host like Hanweb's (苏服办): a ticket after a second `?`, and one gateway with SM3 signatures.

Responses are encrypted with SM4. The protocol has neither `state` nor a face check.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_partners.outside.gov_app import grants
from mock_partners.outside.gov_app.dialect_deviations import apply_deviations, build_response
from mock_partners.outside.gov_app.grants import InvalidGrant
from mock_partners.outside.gov_app.party import HostRequest, host_request_of
from mock_partners.outside.gov_app.screens import Screen, ServiceRequest, answer_with_grant, find_registered
from mock_partners.outside.gov_app.settings import GatewayApp, HanwebHost
from partner_adapters.kit.values import strict_json
from partner_adapters.kit.values.canonical import equal, sm3_hex, sorted_pairs
from partner_adapters.kit.values.guomi import sm4
from partner_adapters.kit.values.moments import MomentFormat
from partner_adapters.kit.web.content_types import read_form

HanwebRequest = HostRequest[HanwebHost]
MOST_SKEW = timedelta(seconds=90)
DEVIATING_CLOCK_AHEAD = timedelta(minutes=10)
TIME = MomentFormat(format="yyyyMMddHHmmss")
# For each interface: the point where its answer can deviate, and the field with the ticket or token.
INTERFACES = {"ticketValidate": ("hanweb.redeem", "ticket"), "findUserByToken": ("hanweb.user", "token")}


async def gateway(request: Request) -> Response:
    """POST, form-encoded: answer the call that the field `interface_id` names, with encrypted data."""
    host = host_request_of(request, HanwebHost)
    form = {name: str(value) for name, value in (await read_form(request)).multi_items()}
    interface = form.get("interface_id", "")
    point, parameter = INTERFACES.get(interface, ("hanweb.redeem", ""))
    try:
        secret = str(strict_json.parse(form["params"])[parameter])
    except (ValueError, KeyError, TypeError):
        return build_response(point, [], json.dumps({"code": "500"}))

    def answer_in_transaction(conn: Connection) -> tuple[dict[str, Any], list[str]]:
        armed = grants.armed_deviations(conn, host, secret)
        app = next((app for app in host.settings.apps if app.app_id == form.get("app_id")), None)
        if app is None or not _is_signed(app, form):
            return {"code": "401", "msg": "sign"}, armed
        if not _is_current(host, form.get("request_time", ""), armed):
            return {"code": "402", "msg": "request_time"}, armed
        try:
            handler = _redeem_ticket if parameter == "ticket" else _show_user
            data = handler(conn, host, app, secret)
        except InvalidGrant as error:
            return {"code": "410", "msg": error.reason}, armed
        apply_deviations(point, armed, data)
        return {"code": "200", "data": _seal_data(app, data, armed)}, armed

    answer, armed = await host.party.store.write(answer_in_transaction)
    return build_response(point, armed, json.dumps(answer))


def _is_signed(app: GatewayApp, form: Mapping[str, str]) -> bool:
    text = sorted_pairs(form.items()) + app.word.get_secret_value()
    return equal(sm3_hex(text), form.get("sign", ""))


def _is_current(host: HanwebRequest, request_time: str, armed: list[str]) -> bool:
    now = host.party.clock.wall() + (DEVIATING_CLOCK_AHEAD if "hanweb.clock_ahead" in armed else timedelta())
    try:
        return abs(TIME.read(request_time) - now) <= MOST_SKEW
    except ValueError:
        return False


def _redeem_ticket(conn: Connection, host: HanwebRequest, app: GatewayApp, secret: str) -> dict[str, Any]:
    ticket = grants.redeem(conn, host, secret, app.app_id)
    return {"token": grants.issue(conn, host, "token", app.app_id, ticket.user, ticket.deviations)}


def _show_user(conn: Connection, host: HanwebRequest, app: GatewayApp, secret: str) -> dict[str, Any]:
    user = grants.find(conn, host, "token", secret, app).user
    data = {"uuid": host.subject(user), "name": user.name, "papersnumber": user.id_number, "paperstype": "1"}
    return {**data, "mobile": user.phone, "usertype": "1", "authlevel": "3"}


def _seal_data(app: GatewayApp, data: dict[str, Any], armed: list[str]) -> Any:
    if "uuid" in data and "hanweb.user.not_sealed" in armed:
        return data
    key = bytes.fromhex(app.sm4_key.get_secret_value())
    if "uuid" in data and "hanweb.user.sealed_with_other_key" in armed:
        key = bytes(16)
    sealed = bytearray(sm4.ecb_encrypt(key, json.dumps(data, ensure_ascii=False).encode()))
    if "uuid" in data and "hanweb.user.tampered" in armed:
        sealed[-1] ^= 1
    return bytes(sealed).hex()


def _read_login(host: HanwebRequest, query: QueryParams) -> ServiceRequest:
    backurl = query.get("backurl", "")
    # Compare without the query: our service carries its `state` there, as the protocol has none.
    app = find_registered(host.settings.apps, query.get("appid", ""), backurl.partition("?")[0])
    return ServiceRequest(app, backurl)


_LOGIN = Screen(
    HanwebHost,
    "hanweb.callback",
    False,
    _read_login,
    answer_with_grant("ticket", "code"),
    {"cancel": {}},
    second_query=True,
)
ROUTES = [*_LOGIN.routes("/sso/login"), Route("/gateway", gateway, methods=["POST"])]
