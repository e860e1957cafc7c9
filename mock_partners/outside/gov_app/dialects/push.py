"""A mobile banking app (手机银行): its tile opens our page with the user's data, encrypted and signed.

Its face check returns such a text too.
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_partners.outside.gov_app import deviations
from mock_partners.outside.gov_app.dialect_deviations import apply_deviations
from mock_partners.outside.gov_app.party import HostRequest, host_request_of
from mock_partners.outside.gov_app.phone import read_phone
from mock_partners.outside.gov_app.screens import Screen, ServiceRequest, read_parameters, redirect_to
from mock_partners.outside.gov_app.settings import PushHost, User
from partner_adapters.kit.values.canonical import sm2_sign
from partner_adapters.kit.values.guomi import sm2, sm4
from partner_adapters.kit.values.moments import MomentFormat

PushRequest = HostRequest[PushHost]
TIME, MILLISECONDS = MomentFormat(format="yyyyMMddHHmmss"), MomentFormat(format="epoch_ms")


async def open_service(request: Request) -> Response:
    """GET, by the tile: redirect to our service with new data about the user. Our service accepts it for a minute."""
    host = host_request_of(request, PushHost)
    phone = read_phone(request, host)
    if phone is None:
        return redirect_to(f"{host.issuer}/me")
    armed = await host.party.store.write(lambda conn: deviations.take_armed(conn, host.key))
    pushed = {"p": seal_person(host, phone.owner, "pwd", secrets.token_urlsafe(16), armed)}
    display = {"ui": "elder"} if phone.elder else {}
    return redirect_to(f"{host.settings.entry_url}?{urlencode(pushed | display)}")


def seal_person(host: PushRequest, user: User, auth: str, nonce: str, armed: list[str]) -> str:
    """Return the user's data as `<encrypted>.<signature>`.

    The first part is SM4-CBC in base64url, the second an SM2 signature of it (DER, hex).
    """
    now = host.party.clock.wall()
    person: dict[str, Any] = {"uid": host.subject(user), "name": user.name, "idno": user.id_number}
    person |= {"idtype": "01", "mobile": user.phone, "level": "L3", "auth": auth}
    person |= {"authtime": TIME.write(now), "evid": f"MB{secrets.token_hex(8).upper()}"}
    person |= {"nonce": nonce, "ts": int(MILLISECONDS.write(now))}
    apply_deviations("push.content", armed, person)
    text = json.dumps(person, ensure_ascii=False)
    key, iv = bytes.fromhex(host.settings.sm4_key.get_secret_value()), secrets.token_bytes(16)
    if "push.sealed_with_other_key" in armed:
        key = bytes(16)
    if "push.content_no_json" in armed:
        text = text[:-9]
    sealed_text = base64.urlsafe_b64encode(iv + sm4.cbc_encrypt(key, iv, text.encode())).rstrip(b"=").decode()
    signature = _sign_text(host, sealed_text, armed)
    if "push.tampered" in armed:
        sealed_text = ("B" if sealed_text[0] == "A" else "A") + sealed_text[1:]
    return sealed_text if "push.not_signed" in armed else f"{sealed_text}.{signature}"


def _sign_text(host: PushRequest, text: str, armed: list[str]) -> str:
    key = host.settings.signing_key.get_secret_value()
    if "push.signed_by_stranger" in armed:
        key = sm2.PrivateKey.generate().pem
    return sm2_sign(key, text, sm2.USUAL_ID.decode(), "hex", raw=False)


def _answer_face_check(
    _conn: Connection, host: PushRequest, service_request: ServiceRequest, user: User, armed: list[str]
) -> dict[str, str]:
    return {"p": seal_person(host, user, "face", service_request.echoed["state"], armed)}


_FACE = Screen(
    PushHost,
    "push.callback",
    True,
    read_parameters("appid", "return", "state"),
    _answer_face_check,
    {"cancel": {"error": "CANCEL"}, "fail": {"error": "FAIL"}},
)
ROUTES = [Route("/open", open_service), *_FACE.routes("/authn")]
