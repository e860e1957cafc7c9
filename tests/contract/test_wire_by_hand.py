"""The hosts judged by their published rules: each request and answer spelled out here, byte by byte.

Our adapters and the mock hosts share the code that makes the strings to be signed, and would share its mistakes. Here
nothing of it is used: strings by hand, `hmac`, `cryptography`, and gmssl for 国密.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest
from asn1crypto import pem as asn1_pem
from asn1crypto.keys import ECPrivateKey
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from gmssl import sm2 as gm_sm2
from gmssl import sm3 as gm_sm3
from gmssl.sm4 import SM4_DECRYPT, SM4_ENCRYPT, CryptSM4
from starlette.datastructures import QueryParams

from mock_partners.testing.registrations.partners import BANK_OF
from partner_adapters.identity.errors import Code, IdentityError
from tests.support.houses.dialects import Hosts, hosts

pytestmark = pytest.mark.anyio
ORIGIN = "http://127.0.0.1:8101"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
JSON = {"Content-Type": "application/json; charset=utf-8"}
CHINA = timedelta(hours=8)
SM2_ID = b"1234567812345678"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Hosts]:
    async with hosts(tmp_path) as running:
        yield running


async def ask(
    town: Hosts, method: str, target: str, headers: Mapping[str, str], body: str = ""
) -> httpx.Response:
    """One request as it stands here."""
    return await town.browser.request(method, f"{ORIGIN}{target}", headers=headers, content=body.encode())


def spoiled(text: str) -> str:
    """The same with its last character changed."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def in_china(town: Hosts, form: str) -> str:
    return (town.clock.wall() + CHINA).strftime(form)


async def sent_by_us(town: Hosts, partner: str, value: str) -> tuple[str, str, list[httpx.Request]]:
    """What came back at our callback, whom it names to us, and the requests that our adapter made for it."""
    answer, tried = await town.back(partner)
    town.transport.sent.clear()
    login = await town.party(partner).finish(answer, tried, max_age_s=300)
    if partner == "sfb":
        return answer["state"].partition("?ticket=")[2], login.identity.subject, town.transport.sent
    return answer[value], login.identity.subject, town.transport.sent


def told(request: httpx.Request) -> tuple[str, str, str]:
    return request.method, request.url.raw_path.decode(), request.content.decode()


# WeChat-like: everything stands in the address.


def _wechat(secret: str, code: str, appid: str = "sunbridge-haian") -> str:
    return (
        f"/main/haian/oauth2/access_token?appid={appid}&secret={secret}&code={code}"
        "&grant_type=authorization_code"
    )


async def test_wechat_by_hand_and_as_we_ask_it(town: Hosts) -> None:
    secret = town.configs["haian"].identity.app_secret.get_secret_value()
    code, subject, sent = await sent_by_us(town, "haian", "code")
    assert told(sent[0]) == ("GET", _wechat(secret, code), "")
    assert sent[1].url.path == "/main/haian/oauth2/userinfo"
    assert sent[1].url.query.decode().partition("&")[2] == f"openid={subject}"

    code = (await town.back("haian"))[0]["code"]
    for target, errcode in (
        (_wechat(spoiled(secret), code), 40125),
        (_wechat(secret, code, "sunbridge-hai4n"), 40125),
        (_wechat(secret, spoiled(code)), 40029),
    ):
        assert (await ask(town, "GET", target, {})).json()["errcode"] == errcode
    said = (await ask(town, "GET", _wechat(secret, code), {})).json()
    assert said["openid"] == subject
    token = said["access_token"]
    target = f"/main/haian/oauth2/userinfo?access_token={token}&openid={subject}"
    person = (await ask(town, "GET", target, {})).json()
    assert person["id_card"] == town.settings.hosts["haian"].users[0].id_number
    assert (await ask(town, "GET", _wechat(secret, code), {})).json()["errcode"] == 40163


# 浙里办-like: HMAC-SHA256 over `METHOD\nPATH\nQUERY\nKEY\nDATE\n`, in headers.

REDEEM = "/main/zj/rest/sso/access_token"


def _zlb(key: str, secret: str, date: str, path: str) -> dict[str, str]:
    text = f"POST\n{path}\n\n{key}\n{date}\n"
    return {
        "X-BG-HMAC-ACCESS-KEY": key,
        "X-BG-HMAC-ALGORITHM": "hmac-sha256",
        "X-BG-DATE-TIME": date,
        "X-BG-HMAC-SIGNATURE": base64.b64encode(
            hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
        ).decode(),
    }


async def test_zlb_by_hand_and_as_we_ask_it(town: Hosts) -> None:
    signer = town.configs["zj"].identity.signers["gateway"]
    key, secret = signer.access_key, signer.secret.get_secret_value()
    date = format_datetime(town.clock.wall().astimezone(UTC), usegmt=True)
    headers = _zlb(key, secret, date, REDEEM)
    ticket, subject, sent = await sent_by_us(town, "zj", "ticket")
    body = f'{{"ticketId":"{ticket}","appId":"sunbridge-zj"}}'
    assert told(sent[0]) == ("POST", REDEEM, body)
    assert {name: sent[0].headers[name] for name in headers} == headers
    assert sent[0].headers["content-type"] == JSON["Content-Type"]

    ticket = (await town.back("zj"))[0]["ticket"]
    body = f'{{"ticketId":"{ticket}","appId":"sunbridge-zj"}}'
    later = format_datetime(town.clock.wall().astimezone(UTC) + timedelta(seconds=1), usegmt=True)
    for change, code in (
        ({"X-BG-HMAC-SIGNATURE": spoiled(headers["X-BG-HMAC-SIGNATURE"])}, "SIGN_ERROR"),
        ({"X-BG-HMAC-ACCESS-KEY": spoiled(key)}, "SIGN_ERROR"),
        ({"X-BG-HMAC-ALGORITHM": "hmac-sha1"}, "SIGN_ERROR"),
        ({"X-BG-DATE-TIME": later}, "SIGN_ERROR"),
        (_zlb(key, secret, date, REDEEM + "s"), "SIGN_ERROR"),
        (_zlb(key, spoiled(secret), date, REDEEM), "SIGN_ERROR"),
        (_zlb(key, secret, date.replace("GMT", "+0000"), REDEEM), "CLOCK_SKEW"),
    ):
        answer = await ask(town, "POST", REDEEM, {**headers, **change, **JSON}, body)
        assert answer.json() == {"success": False, "errCode": code, "errMsg": code}, change
    answer = await ask(town, "POST", REDEEM + "?x=1", {**headers, **JSON}, body)
    assert answer.json()["errCode"] == "SIGN_ERROR"
    token = (await ask(town, "POST", REDEEM, {**headers, **JSON}, body)).json()["data"]["accessToken"]
    path = "/main/zj/rest/sso/getUserInfo"
    headers = {**_zlb(key, secret, date, path), **JSON}
    said = (await ask(town, "POST", path, headers, f'{{"token":"{token}"}}')).json()
    person = json.loads(said["data"])["personInfo"]
    assert (person["userid"], person["idNo"]) == (subject, town.settings.hosts["zj"].users[0].id_number)


# Hanweb-like: SM3 over the sorted form and a word; the answer is SM4-ECB in hex.


def _hanweb(ticket: str, time: str, word: str, app: str = "sunbridge-sfb") -> str:
    params = f'{{"ticket":"{ticket}"}}'
    text = f"app_id={app}&interface_id=ticketValidate&params={params}&request_time={time}{word}"
    return (
        f"app_id={app}&interface_id=ticketValidate&params=%7B%22ticket%22%3A%22{quote_plus(ticket)}%22%7D"
        f"&request_time={time}&sign={gm_sm3.sm3_hash(list(text.encode()))}"
    )


async def test_hanweb_by_hand_and_as_we_ask_it(town: Hosts) -> None:
    config, target = town.configs["sfb"].identity, "/main/sfb/gateway"
    word = config.signers["gateway"].secret.get_secret_value()
    time = in_china(town, "%Y%m%d%H%M%S")
    ticket, _, sent = await sent_by_us(town, "sfb", "ticket")
    assert told(sent[0]) == ("POST", target, _hanweb(ticket, time, word))
    assert sent[0].headers["content-type"] == FORM["Content-Type"]

    ticket = (await town.back("sfb"))[0]["state"].partition("?ticket=")[2]
    body = _hanweb(ticket, time, word)
    for wrong in (
        spoiled(body),
        body.replace(time, spoiled(time)),
        body.replace("app_id=sunbridge-sfb", "app_id=sunbridge-lyg"),
        body.replace(ticket, spoiled(ticket)),
        body + "&more=1",
        _hanweb(ticket, time, spoiled(word)),
    ):
        answer = (await ask(town, "POST", target, FORM, wrong)).json()
        assert answer == {"code": "401", "msg": "sign"}, wrong
    old = (town.clock.wall() + CHINA - timedelta(seconds=91)).strftime("%Y%m%d%H%M%S")
    answer = await ask(town, "POST", target, FORM, _hanweb(ticket, old, word))
    assert answer.json()["code"] == "402"
    sealed = (await ask(town, "POST", target, FORM, body)).json()
    assert sealed["code"] == "200"
    cipher = CryptSM4()
    cipher.set_key(bytes.fromhex(config.ciphers["answers"].key.get_secret_value()), SM4_DECRYPT)
    assert set(json.loads(cipher.crypt_ecb(bytes.fromhex(sealed["data"])))) == {"token"}


# Alipay-like: SHA256withRSA over the sorted form; the answer signed over the text of its node.


def _alipay(key: rsa.RSAPrivateKey, code: str, time: str, app: str = "sunbridge-zfb") -> str:
    text = (
        f"app_id={app}&charset=utf-8&code={code}&grant_type=authorization_code"
        f"&method=alipay.system.oauth.token&sign_type=RSA2&timestamp={time}&version=1.0"
    )
    signature = base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()
    return (
        f"app_id={app}&method=alipay.system.oauth.token&charset=utf-8&sign_type=RSA2&version=1.0"
        f"&grant_type=authorization_code&code={quote_plus(code)}&timestamp={quote_plus(time)}"
        f"&sign={quote_plus(signature)}"
    )


def _node(answer: str, name: str) -> tuple[str, bytes]:
    """The text of the node as it came, and the signature beside it."""
    head, _, rest = answer.partition(f'{{"{name}": ')
    content, _, signature = rest.partition(', "sign": "')
    assert (head, signature[-2:]) == ("", '"}')
    return content, base64.b64decode(signature[:-2], validate=True)


async def test_alipay_by_hand_and_as_we_ask_it(town: Hosts) -> None:
    signer, target = town.configs["zfb"].identity.signers["app"], "/main/zfb/gateway.do"
    key = load_pem_private_key(signer.private_key.get_secret_value().encode(), None)
    host = load_pem_public_key(signer.public_key.encode())
    assert isinstance(key, rsa.RSAPrivateKey)
    assert isinstance(host, rsa.RSAPublicKey)
    time = in_china(town, "%Y-%m-%d %H:%M:%S")
    code, subject, sent = await sent_by_us(town, "zfb", "auth_code")
    assert told(sent[0]) == ("POST", target, _alipay(key, code, time))

    code = (await town.back("zfb"))[0]["auth_code"]
    body = _alipay(key, code, time)
    stranger = rsa.generate_private_key(65537, 2048)
    for wrong in (
        body.replace("version=1.0", "version=1.1"),
        body.replace("&sign_type=RSA2", "&sign_type=RSA"),
        body.replace(f"code={code}", f"code={spoiled(code)}"),
        body.replace("&sign=", "&sign=A"),
        body.partition("&sign=")[0],
        _alipay(stranger, code, time),
    ):
        assert wrong != body
        content, signature = _node((await ask(town, "POST", target, FORM, wrong)).text, "error_response")
        assert json.loads(content)["sub_code"] == "isv.invalid-signature", wrong
        host.verify(signature, content.encode(), PKCS1v15(), SHA256())
    answer = (await ask(town, "POST", target, FORM, body)).text
    content, signature = _node(answer, "alipay_system_oauth_token_response")
    host.verify(signature, content.encode(), PKCS1v15(), SHA256())
    with pytest.raises(InvalidSignature):
        host.verify(signature, content.replace(" ", "").encode(), PKCS1v15(), SHA256())
    assert json.loads(content)["user_id"] == subject


# A code or ticket serves the service that it was given to, and no other, however well that one signs: the bank is
# registered at the hosts too, under an id of its own.


def _bank(town: Hosts, partner: str) -> Any:
    return town.core.client[BANK_OF[partner], partner].identity


async def test_wechat_gives_nobody_for_a_code_of_another_service(town: Hosts) -> None:
    code = (await town.back("haian"))[0]["code"]
    theirs = _wechat(_bank(town, "haian").app_secret.get_secret_value(), code, "hab-haian")
    assert (await ask(town, "GET", theirs, {})).json() == {"errcode": 40029, "errmsg": "invalid code"}
    ours = _wechat(town.configs["haian"].identity.app_secret.get_secret_value(), code)
    assert "openid" in (await ask(town, "GET", ours, {})).json()


async def test_zlb_gives_nobody_for_a_ticket_of_another_service(town: Hosts) -> None:
    ticket = (await town.back("zj"))[0]["ticket"]
    date = format_datetime(town.clock.wall().astimezone(UTC), usegmt=True)
    said = {}
    for app, config in (("hab-zj", _bank(town, "zj")), ("sunbridge-zj", town.configs["zj"].identity)):
        signer = config.signers["gateway"]
        headers = _zlb(signer.access_key, signer.secret.get_secret_value(), date, REDEEM)
        body = f'{{"ticketId":"{ticket}","appId":"{app}"}}'
        said[app] = (await ask(town, "POST", REDEEM, {**headers, **JSON}, body)).json()
    assert said["hab-zj"]["errCode"] == "SSO_TICKET_INVALID"
    assert said["sunbridge-zj"]["success"]


async def test_hanweb_gives_nobody_for_a_ticket_of_another_service(town: Hosts) -> None:
    ticket = (await town.back("sfb"))[0]["state"].partition("?ticket=")[2]
    time, said = in_china(town, "%Y%m%d%H%M%S"), {}
    for app, config in (("hzw-sfb", _bank(town, "sfb")), ("sunbridge-sfb", town.configs["sfb"].identity)):
        body = _hanweb(ticket, time, config.signers["gateway"].secret.get_secret_value(), app)
        said[app] = (await ask(town, "POST", "/main/sfb/gateway", FORM, body)).json()
    assert said["hzw-sfb"] == {"code": "410", "msg": "unknown"}
    assert said["sunbridge-sfb"]["code"] == "200"


async def test_alipay_gives_nobody_for_a_code_of_another_service(town: Hosts) -> None:
    code = (await town.back("zfb"))[0]["auth_code"]
    time, said = in_china(town, "%Y-%m-%d %H:%M:%S"), {}
    for app, config in (("hab-zfb", _bank(town, "zfb")), ("sunbridge-zfb", town.configs["zfb"].identity)):
        key = load_pem_private_key(config.signers["app"].private_key.get_secret_value().encode(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        body = _alipay(key, code, time, app)
        said[app] = (await ask(town, "POST", "/main/zfb/gateway.do", FORM, body)).json()
    assert said["hab-zfb"]["error_response"]["sub_code"] == "isv.code-invalid"
    assert "user_id" in said["sunbridge-zfb"]["alipay_system_oauth_token_response"]


# 手机银行: `<SM4-CBC of JSON, base64url>.<SM2 over it, DER, hex>`.


class Channel:
    """What the mobile bank holds, in gmssl's hands."""

    def __init__(self, town: Hosts) -> None:
        host = town.settings.hosts["mbank"]
        self.sm4_key = bytes.fromhex(host.sm4_key.get_secret_value())  # type: ignore[union-attr]
        _, _, der = asn1_pem.unarmor(host.signing_key.get_secret_value().encode())  # type: ignore[union-attr]
        scalar: int = ECPrivateKey.load(der)["private_key"].native
        curve = gm_sm2.default_ecc_table
        self._crypt = gm_sm2.CryptSM2(f"{scalar:064x}", "", mode=1)
        self._crypt.public_key = self._crypt._kg(scalar, curve["g"])
        self._fixed = bytes.fromhex("".join(curve[name] for name in ("a", "b", "g")) + self._crypt.public_key)

    def seal(self, said: Mapping[str, Any]) -> str:
        iv = secrets.token_bytes(16)
        cipher = CryptSM4()
        cipher.set_key(self.sm4_key, SM4_ENCRYPT)
        sealed = iv + cipher.crypt_cbc(iv, json.dumps(said).encode())
        text = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
        raw = bytes.fromhex(self._crypt.sign(self._digest(text), f"{secrets.randbits(250):064x}"))
        signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        return f"{text}.{signature.hex()}"

    def open(self, pushed: str) -> tuple[bool, dict[str, Any]]:
        """Whether the signature holds, and what is inside."""
        text, _, signature = pushed.partition(".")
        r, s = _der_integers(bytes.fromhex(signature))
        holds = bool(self._crypt.verify(f"{r:064x}{s:064x}", self._digest(text)))
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        cipher = CryptSM4()
        cipher.set_key(self.sm4_key, SM4_DECRYPT)
        said: dict[str, Any] = json.loads(cipher.crypt_cbc(sealed[:16], sealed[16:]))
        return holds, said

    def _digest(self, text: str) -> bytes:
        user = bytes.fromhex(gm_sm3.sm3_hash(list(b"\x00\x80" + SM2_ID + self._fixed)))
        return bytes.fromhex(gm_sm3.sm3_hash(list(user + text.encode())))


def _der_integers(der: bytes) -> tuple[int, int]:
    assert der[0] == 0x30
    assert der[1] == len(der) - 2
    size = der[3]
    return int.from_bytes(der[4 : 4 + size], "big"), int.from_bytes(der[6 + size :], "big")


async def test_a_sealed_address_by_hand_and_as_the_host_makes_it(town: Hosts) -> None:
    channel, user = Channel(town), town.settings.hosts["mbank"].users[0]
    answer, tried = await town.back("mbank", fresh=True)
    holds, said = channel.open(answer["p"])
    assert holds
    assert (said["idno"], said["auth"], said["nonce"]) == (user.id_number, "face", tried.state)
    assert said["authtime"] == in_china(town, "%Y%m%d%H%M%S")
    assert abs(said["ts"] - town.clock.wall().timestamp() * 1000) < 1000

    pushed = channel.seal(said)
    login = await town.party("mbank").receive(pushed)
    assert (login.identity.subject, login.identity.methods) == (said["uid"], ("face",))
    text, _, signature = pushed.partition(".")
    for wrong in (
        f"{spoiled(text)}.{signature}",
        f"{text}.{spoiled(signature)}",
        f"{text}.",
        text,
        f"{text}.{channel.seal(said).partition('.')[2]}",
    ):
        with pytest.raises(IdentityError) as refused:
            await town.party("mbank").receive(wrong)
        assert refused.value.code == Code.BAD_SIGNATURE
    channel.sm4_key = bytes(16)
    with pytest.raises(IdentityError) as refused:
        await town.party("mbank").receive(channel.seal(said))
    assert refused.value.code == Code.MALFORMED


# 企业网银: a JWT, ES256, by the keys that it publishes.


def _unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def test_an_assertion_holds_by_the_published_key_and_no_other_does(town: Hosts) -> None:
    answer, tried = await town.back("ebank", fresh=True)
    head, body, signature = answer["assertion"].split(".")
    header, claims, raw = (
        json.loads(_unbase64url(head)),
        json.loads(_unbase64url(body)),
        _unbase64url(signature),
    )
    published = (await ask(town, "GET", "/main/ebank/jwks", {})).json()["keys"]
    (jwk,) = [key for key in published if key["kid"] == header["kid"]]
    x, y = (int.from_bytes(_unbase64url(jwk[name]), "big") for name in ("x", "y"))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(der, f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
    assert (header["alg"], claims["aud"], claims["nonce"]) == ("ES256", "sunbridge-ebank", tried.state)
    assert claims["iss"] == f"{ORIGIN}/main/ebank"
    assert 0 < claims["exp"] - claims["iat"] <= 300
    assert datetime.fromtimestamp(claims["auth_time"], UTC) <= town.clock.wall()

    changed = json.dumps({**claims, "sub": spoiled(claims["sub"])}).encode()
    forged = base64.urlsafe_b64encode(changed).decode().rstrip("=")
    party, said = town.party("ebank"), dict(answer)
    for wrong in (f"{head}.{forged}.{signature}", f"{head}.{body}.{'A' * len(signature)}"):
        with pytest.raises(IdentityError) as refused:
            await party.finish(QueryParams(said | {"assertion": wrong}), tried, max_age_s=300)
        assert refused.value.code == Code.BAD_SIGNATURE
    assert (await party.finish(answer, tried, max_age_s=300)).identity.subject == claims["sub"]
