"""Hanweb-like (苏服办): a ticket behind a second `?`, a gateway with SM3 signatures, answers sealed with SM4.

It knows no `state` and has no face check.
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
from mock_partners.outside.gov_app.dialect_deviations import apply_at, leave
from mock_partners.outside.gov_app.grants import NotGood
from mock_partners.outside.gov_app.party import HostRequest, host_request_of
from mock_partners.outside.gov_app.screens import Asked, Screen, giving, registered
from mock_partners.outside.gov_app.settings import GatewayApp, HanwebHost
from partner_adapters.kit.values.canonical import equal, sm3_hex, sorted_pairs
from partner_adapters.kit.values.guomi import sm4
from partner_adapters.kit.values.moments import MomentFormat

HanwebRequest = HostRequest[HanwebHost]
SKEW = timedelta(seconds=90)
AHEAD = timedelta(minutes=10)
TIME = MomentFormat(format="yyyyMMddHHmmss")
POINT = {"ticketValidate": ("hanweb.redeem", "ticket"), "findUserByToken": ("hanweb.user", "token")}
"""The interfaces: under which name their answers deviate, and the parameter that brings ticket or token."""


async def gateway(request: Request) -> Response:
    """POST, form-encoded."""
    host = host_request_of(request, HanwebHost)
    form = {name: str(value) for name, value in (await request.form()).multi_items()}
    interface = form.get("interface_id", "")
    point, named = POINT.get(interface, ("hanweb.redeem", ""))
    try:
        secret = str(json.loads(form["params"])[named])
    except (ValueError, KeyError, TypeError):
        return leave(point, [], json.dumps({"code": "500"}))

    def settle(conn: Connection) -> tuple[dict[str, Any], list[str]]:
        armed = grants.armed(conn, host, secret)
        app = next((app for app in host.settings.apps if app.app_id == form.get("app_id")), None)
        if app is None or not _is_signed(app, form):
            return {"code": "401", "msg": "sign"}, armed
        if not _is_now(host, form.get("request_time", ""), armed):
            return {"code": "402", "msg": "request_time"}, armed
        try:
            said = _redeem(conn, host, app, secret) if named == "ticket" else _user(conn, host, app, secret)
        except NotGood as error:
            return {"code": "410", "msg": error.reason}, armed
        apply_at(point, armed, said)
        return {"code": "200", "data": _sealed(app, said, armed)}, armed

    answer, armed = await host.party.store.write(settle)
    return leave(point, armed, json.dumps(answer))


def _is_signed(app: GatewayApp, form: Mapping[str, str]) -> bool:
    text = sorted_pairs(form.items()) + app.word.get_secret_value()
    return equal(sm3_hex(text), form.get("sign", ""))


def _is_now(host: HanwebRequest, written: str, armed: list[str]) -> bool:
    now = host.party.clock.wall() + (AHEAD if "hanweb.clock_ahead" in armed else timedelta())
    try:
        return abs(TIME.read(written) - now) <= SKEW
    except ValueError:
        return False


def _redeem(conn: Connection, host: HanwebRequest, app: GatewayApp, secret: str) -> dict[str, Any]:
    ticket = grants.spend(conn, host, secret, app.app_id)
    return {"token": grants.give(conn, host, "token", app.app_id, ticket.user, ticket.deviations)}


def _user(conn: Connection, host: HanwebRequest, app: GatewayApp, secret: str) -> dict[str, Any]:
    user = grants.look(conn, host, "token", secret, app).user
    said = {"uuid": host.subject(user), "name": user.name, "papersnumber": user.id_number, "paperstype": "1"}
    return {**said, "mobile": user.phone, "usertype": "1", "authlevel": "3"}


def _sealed(app: GatewayApp, said: dict[str, Any], armed: list[str]) -> Any:
    if "uuid" in said and "hanweb.user.not_sealed" in armed:
        return said
    key = bytes.fromhex(app.sm4_key.get_secret_value())
    if "uuid" in said and "hanweb.user.sealed_with_other_key" in armed:
        key = bytes(16)
    sealed = bytearray(sm4.ecb_encrypt(key, json.dumps(said, ensure_ascii=False).encode()))
    if "uuid" in said and "hanweb.user.tampered" in armed:
        sealed[-1] ^= 1
    return bytes(sealed).hex()


def _read(host: HanwebRequest, query: QueryParams) -> Asked:
    backurl = query.get("backurl", "")
    # The registered address; what our service puts behind it comes back as it was.
    app = registered(host.settings.apps, query.get("appid", ""), backurl.partition("?")[0])
    return Asked(app, backurl)


_LOGIN = Screen(
    HanwebHost, "hanweb.callback", False, _read, giving("ticket", "code"), {"cancel": {}}, second_query=True
)
ROUTES = [*_LOGIN.routes("/sso/login"), Route("/gateway", gateway, methods=["POST"])]
