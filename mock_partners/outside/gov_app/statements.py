"""The signed words of a host: id_token and userinfo."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.jws import default_registry

from mock_partners.outside.gov_app.authorization import TRUST_FRAMEWORK
from mock_partners.outside.gov_app.changes import apply
from mock_partners.outside.gov_app.deviations import CLAIMS, SIGNING
from mock_partners.outside.gov_app.party import HostRequest
from mock_partners.outside.gov_app.settings import AnyHost, User

ID_TOKEN_LIFE_S = 300
REGISTERED_AGO = timedelta(days=400)
"""How long before a login the app verified the user's document."""


def id_token(
    host: HostRequest[AnyHost],
    key: ECKey,
    user: User,
    client_id: str,
    sign_in: dict[str, Any],
    access_token: str,
    now_s: int,
    deviations: list[str],
) -> str:
    """`sign_in`: nonce, auth_time, acr, amr and face_evidence_id, as the login left them."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    claims = {
        "iss": host.issuer,
        "sub": host.subject(user),
        "aud": client_id,
        "exp": now_s + ID_TOKEN_LIFE_S,
        "iat": now_s,
        "at_hash": _base64url(half),
        **{name: value for name, value in sign_in.items() if value is not None},
    }
    apply(CLAIMS, deviations, claims)
    wrong = next((name for name in deviations if name in SIGNING), None)
    return sign_wrongly(claims, key, wrong) if wrong else sign(claims, key)


def particulars(
    host: HostRequest[AnyHost], user: User, client_id: str, scope: str, sign_in: dict[str, Any]
) -> dict[str, Any]:
    """The claims of userinfo that the scope allows; verified ones where they were asked for."""
    granted = set(scope.split())
    told: dict[str, Any] = {}
    if "profile" in granted:
        told["name"] = user.name
    if "phone" in granted:
        told["phone_number"] = user.phone
    if "id_document" in granted:
        told |= {"id_type": "cn_id_card", "id_number": user.id_number, "verified_at": sign_in["auth_time"]}
    claims: dict[str, Any] = {"iss": host.issuer, "aud": client_id, "sub": host.subject(user)}
    if not sign_in.get("verified"):
        return claims | told
    registered_at = datetime.fromtimestamp(sign_in["auth_time"], UTC) - REGISTERED_AGO
    verification = {"trust_framework": TRUST_FRAMEWORK, "time": registered_at.isoformat()}
    return claims | {"verified_claims": {"verification": verification, "claims": told}}


def signed_userinfo(claims: dict[str, Any], key: ECKey, deviations: list[str]) -> str:
    if "userinfo.signed_by_stranger" in deviations:
        return sign_wrongly(claims, key, "sign.wrong_key")
    return sign(claims, key)


def sign(claims: dict[str, Any], key: ECKey, **header: Any) -> str:
    return jwt.encode({"alg": "ES256", "kid": key.kid, **header}, claims, key)


def sign_wrongly(claims: dict[str, Any], key: ECKey, how: str) -> str:
    """As `deviations.SIGNING` names it."""
    stranger = ECKey.generate_key("P-256", auto_kid=True)
    match how:
        case "sign.alg_none":
            return f"{_part({'alg': 'none'})}.{_part(claims)}."
        case "sign.hs256_with_public_key":
            signed = f"{_part({'alg': 'HS256', 'kid': key.kid})}.{_part(claims)}"
            digest = hmac.new(key.as_pem(private=False), signed.encode(), hashlib.sha256).digest()
            return f"{signed}.{_base64url(digest)}"
        case "sign.tampered":
            header, _payload, signature = sign(claims, key).split(".")
            return f"{header}.{_part(claims | {'sub': 'someone-else'})}.{signature}"
        case "sign.unknown_key":
            return sign(claims, stranger)
        case "sign.wrong_key":
            return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, stranger)
        case "sign.without_kid":
            return jwt.encode({"alg": "ES256"}, claims, key)
        case "sign.crit":
            return _signed_by_hand({"alg": "ES256", "kid": key.kid, "crit": ["bank"], "bank": 1}, claims, key)
        case "sign.jku":
            return sign(claims, key, jku="https://login.example.net/jwks")
        case "sign.jwk":
            own = stranger.as_dict(private=False)
            return jwt.encode({"alg": "ES256", "jwk": own}, claims, stranger)
    raise AssertionError(how)


def _signed_by_hand(header: dict[str, Any], claims: dict[str, Any], key: ECKey) -> str:
    signed = f"{_part(header)}.{_part(claims)}"
    signature = default_registry.get_alg("ES256").sign(signed.encode(), key)
    return f"{signed}.{_base64url(signature)}"


def _part(content: dict[str, Any]) -> str:
    return _base64url(json.dumps(content).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
