"""The signed statements of a host about a user: id_token and userinfo."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.jws import default_registry

from mock_partners.outside.gov_app.authorization import TRUST_FRAMEWORK
from mock_partners.outside.gov_app.changes import apply_named
from mock_partners.outside.gov_app.deviations import CLAIMS, SIGNING
from mock_partners.outside.gov_app.party import HostRequest
from mock_partners.outside.gov_app.settings import AnyHost, User

ID_TOKEN_LIFETIME_S = 300
# The types of other kinds of token, by the deviation that puts one into the header.
WRONG_TYPES: Mapping[str, Any] = {
    "sign.typ_access_token": "at+jwt",
    "sign.typ_logout_token": "logout+jwt",
    "sign.typ_proof": "dpop+jwt",
    "sign.typ_list": ["JWT"],
}
# How long before a login the host verified the user's document.
REGISTERED_BEFORE = timedelta(days=400)


def make_id_token(
    host: HostRequest[AnyHost],
    key: ECKey,
    user: User,
    client_id: str,
    sign_in: dict[str, Any],
    access_token: str,
    now_s: int,
    deviations: list[str],
) -> str:
    """Return a signed id_token. `now_s` is in seconds since 1970.

    `sign_in` holds nonce, auth_time, acr, amr and face_evidence_id of the login; entries that are None are left out.
    """
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    claims = {
        "iss": host.issuer,
        "sub": host.subject(user),
        "aud": client_id,
        "exp": now_s + ID_TOKEN_LIFETIME_S,
        "iat": now_s,
        "at_hash": _base64url(half),
        **{name: value for name, value in sign_in.items() if value is not None},
    }
    apply_named(CLAIMS, deviations, claims)
    wrong_signing = next((name for name in deviations if name in SIGNING), None)
    return sign_wrongly(claims, key, wrong_signing) if wrong_signing else sign(claims, key)


def userinfo_claims(
    host: HostRequest[AnyHost], user: User, client_id: str, scope: str, sign_in: dict[str, Any]
) -> dict[str, Any]:
    """Return the userinfo claims that the scope allows, as verified claims when the client requested those."""
    granted = set(scope.split())
    person_claims: dict[str, Any] = {}
    if "profile" in granted:
        person_claims["name"] = user.name
    if "phone" in granted:
        person_claims["phone_number"] = user.phone
    if "id_document" in granted:
        person_claims |= {
            "id_type": "cn_id_card",
            "id_number": user.id_number,
            "verified_at": sign_in["auth_time"],
        }
    claims: dict[str, Any] = {"iss": host.issuer, "aud": client_id, "sub": host.subject(user)}
    if not sign_in.get("verified"):
        return claims | person_claims
    registered_at = datetime.fromtimestamp(sign_in["auth_time"], UTC) - REGISTERED_BEFORE
    verification = {"trust_framework": TRUST_FRAMEWORK, "time": registered_at.isoformat()}
    return claims | {"verified_claims": {"verification": verification, "claims": person_claims}}


def sign_userinfo(claims: dict[str, Any], key: ECKey, deviations: list[str]) -> str:
    """Return the claims as a signed JWT."""
    if "userinfo.signed_by_stranger" in deviations:
        return sign_wrongly(claims, key, "sign.wrong_key")
    if "userinfo.typ_access_token" in deviations:
        return sign_wrongly(claims, key, "sign.typ_access_token")
    return sign(claims, key)


def sign(claims: dict[str, Any], key: ECKey, **header: Any) -> str:
    """Return the claims as a compact JWS (ES256)."""
    return jwt.encode({"alg": "ES256", "kid": key.kid, **header}, claims, key)


def sign_wrongly(claims: dict[str, Any], key: ECKey, deviation: str, **header: Any) -> str:
    """Return a JWS that is wrong in the way that this name of `deviations.SIGNING` describes.

    `header`: what the header has besides, such as the type of the token.
    """
    stranger = ECKey.generate_key("P-256", auto_kid=True)
    match deviation:
        case "sign.alg_none":
            return f"{_encode_part({'alg': 'none', **header})}.{_encode_part(claims)}."
        case "sign.hs256_with_public_key":
            signed = f"{_encode_part({'alg': 'HS256', 'kid': key.kid, **header})}.{_encode_part(claims)}"
            digest = hmac.new(key.as_pem(private=False), signed.encode(), hashlib.sha256).digest()
            return f"{signed}.{_base64url(digest)}"
        case "sign.tampered":
            head, _payload, signature = sign(claims, key, **header).split(".")
            return f"{head}.{_encode_part(claims | {'sub': 'someone-else'})}.{signature}"
        case "sign.unknown_key":
            return sign(claims, stranger, **header)
        case "sign.wrong_key":
            return jwt.encode({"alg": "ES256", "kid": key.kid, **header}, claims, stranger)
        case "sign.without_kid":
            return jwt.encode({"alg": "ES256", **header}, claims, key)
        case "sign.crit":
            critical = {"crit": ["bank"], "bank": 1}
            return _sign_raw({"alg": "ES256", "kid": key.kid, **header, **critical}, claims, key)
        case "sign.jku":
            return sign(claims, key, jku="https://login.example.net/jwks", **header)
        case "sign.jwk":
            own_key = stranger.as_dict(private=False)
            return jwt.encode({"alg": "ES256", "jwk": own_key, **header}, claims, stranger)
        case "sign.typ_missing":
            return _sign_raw({"alg": "ES256", "kid": key.kid}, claims, key)
        case typ if typ in WRONG_TYPES:
            return _sign_raw({"alg": "ES256", "kid": key.kid, "typ": WRONG_TYPES[typ]}, claims, key)
    raise AssertionError(deviation)


def _sign_raw(header: dict[str, Any], claims: dict[str, Any], key: ECKey) -> str:
    signed = f"{_encode_part(header)}.{_encode_part(claims)}"
    signature = default_registry.get_alg("ES256").sign(signed.encode(), key)
    return f"{signed}.{_base64url(signature)}"


def _encode_part(content: dict[str, Any]) -> str:
    return _base64url(json.dumps(content).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
