"""手机银行: its tile opens our page with a sealed, signed text of who is there; its face check answers likewise."""

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
from mock_partners.outside.gov_app.dialect_deviations import apply_at
from mock_partners.outside.gov_app.party import HostRequest, host_request_of
from mock_partners.outside.gov_app.phone import read_phone
from mock_partners.outside.gov_app.screens import Asked, Screen, away, reading
from mock_partners.outside.gov_app.settings import PushHost, User
from partner_adapters.kit.values.canonical import sm2_sign
from partner_adapters.kit.values.guomi import sm2, sm4
from partner_adapters.kit.values.moments import MomentFormat

PushRequest = HostRequest[PushHost]
TIME, MILLISECONDS = MomentFormat(format="yyyyMMddHHmmss"), MomentFormat(format="epoch_ms")


async def open_service(request: Request) -> Response:
    """GET: what the tile opens; the text is made anew at each tap, it lives for a minute."""
    host = host_request_of(request, PushHost)
    phone = read_phone(request, host)
    if phone is None:
        return away(f"{host.issuer}/me")
    armed = await host.party.store.write(lambda conn: deviations.take(conn, host.key))
    pushed = {"p": sealed(host, phone.owner, "pwd", secrets.token_urlsafe(16), armed)}
    display = {"ui": "elder"} if phone.elder else {}
    return away(f"{host.settings.entry_url}?{urlencode(pushed | display)}")


def sealed(host: PushRequest, user: User, auth: str, nonce: str, armed: list[str]) -> str:
    """`<SM4-CBC, base64url>.<SM2 over it, DER, hex>`."""
    now = host.party.clock.wall()
    said: dict[str, Any] = {"uid": host.subject(user), "name": user.name, "idno": user.id_number}
    said |= {"idtype": "01", "mobile": user.phone, "level": "L3", "auth": auth}
    said |= {"authtime": TIME.write(now), "evid": f"MB{secrets.token_hex(8).upper()}"}
    said |= {"nonce": nonce, "ts": int(MILLISECONDS.write(now))}
    apply_at("push.content", armed, said)
    text = json.dumps(said, ensure_ascii=False)
    key, iv = bytes.fromhex(host.settings.sm4_key.get_secret_value()), secrets.token_bytes(16)
    if "push.sealed_with_other_key" in armed:
        key = bytes(16)
    if "push.content_no_json" in armed:
        text = text[:-9]
    sent = base64.urlsafe_b64encode(iv + sm4.cbc_encrypt(key, iv, text.encode())).rstrip(b"=").decode()
    signature = _signature(host, sent, armed)
    if "push.tampered" in armed:
        sent = ("B" if sent[0] == "A" else "A") + sent[1:]
    return sent if "push.not_signed" in armed else f"{sent}.{signature}"


def _signature(host: PushRequest, text: str, armed: list[str]) -> str:
    key = host.settings.signing_key.get_secret_value()
    if "push.signed_by_stranger" in armed:
        key = sm2.PrivateKey.generate().pem
    return sm2_sign(key, text, sm2.USUAL_ID.decode(), "hex", raw=False)


def _checked(
    _conn: Connection, host: PushRequest, asked: Asked, user: User, armed: list[str]
) -> dict[str, str]:
    return {"p": sealed(host, user, "face", asked.kept["state"], armed)}


_FACE = Screen(
    PushHost,
    "push.callback",
    True,
    reading("appid", "return", "state"),
    _checked,
    {"cancel": {"error": "CANCEL"}, "fail": {"error": "FAIL"}},
)
ROUTES = [Route("/open", open_service), *_FACE.routes("/authn")]
