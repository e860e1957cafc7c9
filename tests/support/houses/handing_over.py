"""Hosts that bring people by themselves: what they seal and sign, and our configuration for them."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from partner_adapters.identity.assertion.host import AssertionConfig
from partner_adapters.identity.sealed.host import SealedConfig
from partner_adapters.kit.values import canonical
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.guomi import sm2, sm4

SM4_KEY = "0123456789abcdeffedcba9876543210"
SM2_KEY = sm2.PrivateKey.generate()
STRANGER = sm2.PrivateKey.generate()
ID = "1234567812345678"
EC_KEY = ECKey.generate_key("P-256", auto_kid=True)
JWKS_URL = "https://ebank.example/jwks"


def sealed_block(**changes: Any) -> dict[str, Any]:
    return {
        "dialect": "sealed",
        "issuer": "https://mbank.example",
        "app_id": "sunbridge",
        "parameter": "p",
        "cipher": {"kind": "sm4_cbc", "key": SM4_KEY, "key_encoding": "hex", "encoding": "base64url"},
        "signature": {"kind": "sm2", "public_key": SM2_KEY.public.pem, "distinguishing_id": ID},
        "fields": {
            "subject": "uid",
            "name": "name",
            "id_type": "idtype",
            "document_types": {"01": "cn_id_card"},
            "id_number": "idno",
            "phone": "mobile",
            "assurance": "level",
            "methods": "auth",
            "verified_at": "authtime",
            "verified_at_format": {"format": "yyyyMMddHHmmss"},
            "evidence_id": "evid",
        },
        "made_at": "ts",
        "nonce": "nonce",
        "page": {
            "url": "https://mbank.example/authn",
            "query": {"appid": "sunbridge", "return": "{redirect_uri}", "state": "{state}"},
            "answer": "p",
            "errors": {"CANCEL": "identity.cancelled", "FAIL": "identity.face_failed"},
        },
    } | changes


def sealed_config(**changes: Any) -> SealedConfig:
    return SealedConfig.model_validate(sealed_block(**changes))


def pushed(now: datetime, key: sm2.PrivateKey = SM2_KEY, **changes: Any) -> str:
    """What the host puts into an address: `<sealed>.<signature>`."""
    said = {
        "uid": "m-1",
        "name": "李秀英",
        "idno": "11010519491231002X",
        "idtype": "01",
        "mobile": "19900000001",
        "level": "L3",
        "auth": "face",
        "authtime": now.astimezone(CHINA).strftime("%Y%m%d%H%M%S"),
        "evid": "E1",
        "nonce": secrets.token_hex(8),
        "ts": int(now.timestamp() * 1000),
    } | changes
    iv = secrets.token_bytes(16)
    sealed = iv + sm4.cbc_encrypt(bytes.fromhex(SM4_KEY), iv, json.dumps(said).encode())
    text = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
    return f"{text}.{canonical.sm2_sign(key.pem, text, ID, 'hex', raw=False)}"


def assertion_block() -> dict[str, Any]:
    return {
        "dialect": "assertion",
        "issuer": "https://ebank.example",
        "audience": "sunbridge-ebank",
        "jwks_url": JWKS_URL,
        "page": {
            "url": "https://ebank.example/authn",
            "query": {"return": "{redirect_uri}", "state": "{state}"},
            "answer": "assertion",
        },
    }


def assertion_config(**changes: Any) -> AssertionConfig:
    return AssertionConfig.model_validate(assertion_block() | changes)


def assertion(now: datetime, key: ECKey = EC_KEY, typ: str | None = None, **changes: Any) -> str:
    """What a partner's server signs: an answer to a check if it has a nonce, else a launch."""
    claims = {
        "iss": "https://ebank.example",
        "aud": "sunbridge-ebank",
        "sub": "e-1",
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=2)).timestamp()),
        "jti": secrets.token_hex(8),
        "auth_time": int(now.timestamp()),
        "amr": ["face"],
        "acr": "urn:sunbridge:acr:face",
        "user_type": "company",
        "name": "李秀英",
        "id_number": "11010519491231002X",
        "phone_number": "19900000001",
        "company": {"name": "连云港示例农产品有限公司", "credit_code": "91350100M000100Y43"},
    } | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    header = {
        "alg": "ES256",
        "kid": key.kid,
        "typ": typ or ("check+jwt" if "nonce" in kept else "launch+jwt"),
    }
    return jwt.encode(header, kept, key)


def published(request: httpx.Request) -> httpx.Response:
    """The partner's keys."""
    assert str(request.url) == JWKS_URL
    return httpx.Response(200, json={"keys": [EC_KEY.as_dict(private=False)]})
