"""Four hosts as small as can be, each after its manual: they check what they are asked, and can be twisted."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from partner_adapters.kit.values.clock import CHINA, FixedClock
from partner_adapters.kit.values.guomi import sm3, sm4
from tests.support.partner_examples import SM4_KEY, rsa_key

NAME, ID_NUMBER, PHONE = "李秀英", "11010519491231002X", "19900000001"
SKEW_S = 90
USCC = "91320700MA1MFQ4X7F"

Change = Callable[[dict[str, Any]], Any]


def merged(**values: Any) -> Change:
    """A twist that changes members of the answer."""
    return lambda answer: {**answer, **values}


class SmallHost:
    """A host in memory. `twists` changes the answer of a call, by its name. `answers` replaces the answer.

    `codes` holds the unspent codes, each with its person. `checks` holds the face checks by number.
    """

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.calls: Counter[str] = Counter()
        self.twists: dict[str, Change] = {}
        self.answers: dict[str, httpx.Response | Exception] = {}
        self.codes = {"code-1": "user-1", "code-2": "user-2"}
        self.checks = {"check-1": "user-1", "check-2": "user-2"}
        self.tokens: dict[str, str] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = self.name_of(request)
        self.calls[name] += 1
        if name in self.answers:
            answer = self.answers[name]
            if isinstance(answer, Exception):
                raise answer
            return answer
        return self.handle(name, request)

    def name_of(self, request: httpx.Request) -> str:
        return request.url.path.rpartition("/")[2]

    def handle(self, name: str, request: httpx.Request) -> httpx.Response:
        raise NotImplementedError

    def twisted(self, name: str, answer: dict[str, Any]) -> Any:
        return self.twists.get(name, lambda same: same)(answer)

    def redeem(self, code: str) -> str | None:
        """A token, once."""
        user = self.codes.pop(code, None)
        if user is None:
            return None
        token = f"token-{len(self.tokens)}"
        self.tokens[token] = user
        return token


class Haian(SmallHost):
    """WeChat-like."""

    app_tokens = 0

    def handle(self, name: str, request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        return httpx.Response(200, json=self.twisted(name, getattr(self, f"on_{name}")(query)))

    def on_access_token(self, query: dict[str, str]) -> dict[str, Any]:
        if (query["appid"], query["secret"]) != ("wx5f2c8d01", "haian.secret"):
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        assert query["grant_type"] == "authorization_code"
        token = self.redeem(query["code"])
        if token is None:
            return {"errcode": 40163, "errmsg": "code been used <script>"}
        return {
            "access_token": token,
            "expires_in": 7200,
            "openid": self.tokens[token],
            "scope": "snsapi_userinfo",
        }

    def on_userinfo(self, query: dict[str, str]) -> dict[str, Any]:
        openid = self.tokens.get(query["access_token"])
        if openid is None or openid != query["openid"]:
            return {"errcode": 40001, "errmsg": "invalid credential"}
        return {
            "openid": openid,
            "name": NAME,
            "id_card": ID_NUMBER,
            "id_type": "1",
            "mobile": PHONE,
            "user_type": "1",
            "auth_level": "3",
            "is_snapshotuser": 0,
        }

    def on_token(self, query: dict[str, str]) -> dict[str, Any]:
        assert query["secret"] == "haian.secret"
        self.app_tokens += 1
        return {"access_token": f"app-{self.app_tokens}", "expires_in": 7200}

    def on_result(self, query: dict[str, str]) -> dict[str, Any]:
        if query["access_token"] != f"app-{self.app_tokens}":
            return {"errcode": 40001, "errmsg": "invalid credential"}
        openid = self.checks.get(query["verify_result"])
        if openid is None:
            return {"errcode": 40029, "errmsg": "invalid"}
        return {
            "errcode": 0,
            "openid": openid,
            "verified": True,
            "verify_time": int(self.clock.wall().timestamp()),
            "verify_id": "v-1",
        }


class Zj(SmallHost):
    """浙里办-like: every call signed in headers."""

    def handle(self, name: str, request: httpx.Request) -> httpx.Response:
        refusal = self.unsigned(request)
        body = json.loads(request.content)
        answer = refusal or self.twisted(name, getattr(self, f"on_{name}")(body))
        return httpx.Response(200, json=answer)

    def unsigned(self, request: httpx.Request) -> dict[str, Any] | None:
        date = request.headers["X-BG-DATE-TIME"]
        text = f"{request.method}\n{request.url.path}\n\nBCDSGA_1f3c\n{date}\n"
        secret = b"zj-gateway.secret"
        wanted = base64.b64encode(hmac.new(secret, text.encode(), hashlib.sha256).digest()).decode()
        if request.headers["X-BG-HMAC-SIGNATURE"] != wanted:
            return {"success": False, "errCode": "SIGN_ERROR"}
        if abs(parsedate_to_datetime(date) - self.clock.wall()) > timedelta(seconds=SKEW_S):
            return {"success": False, "errCode": "CLOCK_SKEW"}
        return None

    def on_access_token(self, body: dict[str, str]) -> dict[str, Any]:
        assert body["appId"] == "2001838292"
        token = self.redeem(body["ticketId"])
        if token is None:
            return {"success": False, "errCode": "SSO_TICKET_USED"}
        return {"success": True, "errCode": "0", "data": {"accessToken": token, "expiresIn": 7200}}

    def on_getUserInfo(self, body: dict[str, str]) -> dict[str, Any]:
        if body["token"] not in self.tokens:
            return {"success": False, "errCode": "SSO_TOKEN_INVALID"}
        person = {
            "userid": self.tokens[body["token"]],
            "userName": NAME,
            "idNo": ID_NUMBER,
            "idType": "1",
            "phone": PHONE,
            "authLevel": "3",
            "userType": "person",
        }
        said = self.twisted("person", {"personInfo": person, "legalPerson": None, "testUser": False})
        return {"success": True, "data": said if isinstance(said, str) else json.dumps(said)}

    def on_query(self, body: dict[str, str]) -> dict[str, Any]:
        if body["certifyId"] not in self.checks:
            return {"success": False, "errCode": "CERTIFY_NOT_FOUND"}
        data = {
            "passed": True,
            "userid": self.checks[body["certifyId"]],
            "certifyTime": self.clock.now().strftime("%Y-%m-%d %H:%M:%S"),
            "certifyId": body["certifyId"],
            "certifyType": "FACE",
        }
        return {"success": True, "data": self.twisted("check", data)}


class Sfb(SmallHost):
    """Hanweb-like: one gateway, forms signed with SM3, answers sealed with SM4."""

    def name_of(self, request: httpx.Request) -> str:
        return dict(parse_qsl(request.content.decode()))["interface_id"]

    def handle(self, name: str, request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        sign = form.pop("sign")
        text = "&".join(f"{key}={form[key]}" for key in sorted(form)) + "sfb-word.secret"
        if sm3.digest(text.encode()).hex() != sign:
            return httpx.Response(200, json={"code": "401", "msg": "sign"})
        sent = datetime.strptime(form["request_time"], "%Y%m%d%H%M%S").replace(tzinfo=CHINA)
        if abs(sent - self.clock.wall()) > timedelta(seconds=SKEW_S):
            return httpx.Response(200, json={"code": "402"})
        params = json.loads(form["params"])
        said = getattr(self, f"on_{name}")(params)
        if said is None:
            return httpx.Response(200, json={"code": "410"})
        sealed = sm4.ecb_encrypt(bytes.fromhex(SM4_KEY), json.dumps(self.twisted(name, said)).encode()).hex()
        return httpx.Response(200, json=self.twisted("envelope", {"code": "200", "data": sealed}))

    def on_ticketValidate(self, params: dict[str, str]) -> dict[str, Any] | None:
        token = self.redeem(params["ticket"])
        return {"token": token} if token else None

    def on_findUserByToken(self, params: dict[str, str]) -> dict[str, Any] | None:
        if params["token"] not in self.tokens:
            return None
        return {
            "uuid": self.tokens[params["token"]],
            "name": NAME,
            "papersnumber": ID_NUMBER,
            "paperstype": "1",
            "mobile": PHONE,
            "usertype": "1",
            "authlevel": "3",
        }


class Zfb(SmallHost):
    """Alipay-like: RSA2 both ways. `forged`: by call, what the host's signature is made over or with."""

    signing_key = "zfb-host"

    def name_of(self, request: httpx.Request) -> str:
        return dict(parse_qsl(request.content.decode()))["method"]

    def handle(self, name: str, request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        node = name.replace(".", "_") + "_response"
        refusal = self.unsigned(form)
        answer = refusal or self.twisted(name, getattr(self, "on_" + name.replace(".", "_"))(form))
        text = json.dumps(answer, ensure_ascii=False)
        key = rsa_key(self.signing_key)
        sign = base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()
        whole = f'{{"{node}": {text}, "sign":"{sign}"}}'
        content = self.twists.get("whole", lambda same: same)({"text": whole})["text"]
        return httpx.Response(200, content=content.encode())

    def unsigned(self, form: dict[str, str]) -> dict[str, Any] | None:
        sign = base64.b64decode(form.pop("sign"))
        text = "&".join(f"{key}={form[key]}" for key in sorted(form) if form[key])
        try:
            rsa_key("zfb-app").public_key().verify(sign, text.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return {"code": "40002", "sub_code": "isv.invalid-signature"}
        sent = datetime.strptime(form["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
        if abs(sent - self.clock.wall()) > timedelta(seconds=SKEW_S):
            return {"code": "40002", "sub_code": "isv.invalid-timestamp"}
        return None

    def on_alipay_system_oauth_token(self, form: dict[str, str]) -> dict[str, Any]:
        token = self.redeem(form["code"])
        if token is None:
            return {"code": "40002", "sub_code": "isv.code-invalid", "sub_msg": "授权码code无效"}
        return {"user_id": self.tokens[token], "access_token": token, "expires_in": 7200}

    def on_alipay_user_info_share(self, form: dict[str, str]) -> dict[str, Any]:
        return {
            "code": "10000",
            "user_id": self.tokens[form["auth_token"]],
            "user_name": NAME,
            "cert_no": ID_NUMBER,
            "cert_type": "IDENTITY_CARD",
            "mobile": PHONE,
            "user_type": "2",
            "is_certified": "T",
            "is_virtual": "F",
        }

    def on_alipay_user_certify_open_query(self, form: dict[str, str]) -> dict[str, Any]:
        number = json.loads(form["biz_content"])["certify_id"]
        if number not in self.checks:
            return {"code": "40004", "sub_code": "CERTIFY_ID_NOT_FOUND"}
        return {
            "code": "10000",
            "passed": "T",
            "user_id": self.checks[number],
            "certify_time": self.clock.now().strftime("%Y-%m-%d %H:%M:%S"),
            "certify_id": number,
        }


HOSTS: dict[str, type[SmallHost]] = {"haian": Haian, "zj": Zj, "sfb": Sfb, "zfb": Zfb}


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
