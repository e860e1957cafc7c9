"""Access tokens of ten minutes, and the proofs that buy them: a client assertion (RFC 7523), or a sandbox secret."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from pydantic import Field, ValidationError
from sqlalchemy import Connection, delete, insert, update
from sqlalchemy.exc import IntegrityError

from h5app.partner_api import keys
from h5app.partner_api.keys import ALGORITHMS, Key
from h5app.partner_api.problems import refusal
from h5app.tables import client_assertions, partner_keys
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.pages.security.secrets import hash_secret
from partner_adapters.kit.pages.security.signing import Forged, Signing
from partner_adapters.kit.values.canonical import decode
from partner_adapters.kit.values.clock import epoch
from partner_adapters.kit.values.json_model import JsonModel
from partner_adapters.kit.values.strict_json import check_names

LIFE_S = 600
PURPOSE = "access_token"
# How long an assertion may live, and how far a partner's clock may be off.
ASSERTION_LIFE_S, SKEW_S = 60, 10
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_ASSERTION = 4096
_TYPES = (None, "jwt", "client-authentication+jwt")
_HEADERS = frozenset({"alg", "typ", "kid"})


@dataclass(frozen=True)
class AccessToken:
    """What a token says. The key's row decides whether it still counts."""

    key_id: str
    partner: str
    mode: str
    scopes: frozenset[str]
    expires_at: int


class _Claims(JsonModel):
    iss: str = Field(max_length=64)
    sub: str = Field(max_length=64)
    aud: str | list[str]
    jti: str = Field(min_length=8, max_length=128)
    iat: int
    exp: int


def issue(signing: Signing, key: Key, scopes: Collection[str], now: datetime) -> str:
    """Return a signed token of this key."""
    content = {
        "key": key.key_id,
        "partner": key.partner,
        "mode": key.mode,
        "scopes": sorted(scopes),
        "exp": epoch(now) + LIFE_S,
    }
    return signing.sign(PURPOSE, content)


def read(signing: Signing, token: str) -> AccessToken:
    """Return what our token says. Problem 401 `token.invalid`."""
    try:
        content: dict[str, Any] = signing.unsign(PURPOSE, token)
    except Forged:
        raise refusal("token.invalid", "get one at POST /partner/v1/token") from None
    return AccessToken(
        content["key"], content["partner"], content["mode"], frozenset(content["scopes"]), content["exp"]
    )


def check_secret(key: Key | None, secret: str) -> Key:
    """Return the key whose secret this is. Problems 401 `client.secret_not_allowed`, `client.unknown`."""
    expected = (key.secret_hash if key else None) or ""
    is_right = hmac.compare_digest(hash_secret(secret), expected)
    if key is None or not is_right:
        if key is not None and key.kind == "jwk":
            raise refusal("client.secret_not_allowed", "this key proves itself by private_key_jwt")
        raise refusal("client.unknown", "the key id or its secret is wrong")
    if key.mode != "sandbox":
        raise refusal("client.secret_not_allowed", "use private_key_jwt")
    return key


def claimed_key_id(assertion: str) -> str:
    """Return the key id that an assertion claims, unverified; "" if it cannot be read."""
    try:
        return _Claims.model_validate_json(jws.extract_compact(assertion.encode()).payload).sub
    except (JoseError, ValidationError, ValueError, TypeError):
        return ""


def check_assertion(key: Key | None, assertion: str, token_url: str, now: datetime) -> tuple[str, datetime]:
    """Verify a client assertion. Return its `jti` and until when that must not be used again.

    Problems 401 `client.…`.
    """
    if key is None or key.jwk is None:
        raise refusal("client.unknown", "no public key has this id", "client_assertion")
    claims = _verified(key, assertion)
    audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if claims.iss != key.key_id or claims.sub != key.key_id:
        raise _wrong("iss and sub must be the key's id")
    if audiences != [token_url]:
        raise _wrong(f"aud must be {token_url} and nothing else")
    at = epoch(now)
    if claims.iat > at + SKEW_S:
        raise refusal(
            "client.assertion_ahead", f"iat is {claims.iat - at} s ahead: set your clock", "client_assertion"
        )
    if claims.exp - claims.iat > ASSERTION_LIFE_S or claims.exp <= claims.iat:
        raise refusal(
            "client.assertion_too_long", f"exp is at most {ASSERTION_LIFE_S} s after iat", "client_assertion"
        )
    # With the tolerance, no assertion serves for more than a minute.
    if at >= min(claims.exp + SKEW_S, claims.iat + ASSERTION_LIFE_S):
        raise refusal("client.assertion_expired", f"exp was {at - claims.exp} s ago", "client_assertion")
    until = datetime.fromtimestamp(claims.iat + ASSERTION_LIFE_S + SKEW_S, UTC)
    return claims.jti, until


async def claim(store: Store, key: Key, once: tuple[str, datetime] | None, now: datetime) -> None:
    """Use up the `jti` of an assertion and note the key's use. Problem 401 `client.assertion_replayed`."""

    def write(conn: Connection) -> None:
        if once is not None:
            jti, until = once
            own = {"key_id": key.key_id, "jti_hash": hash_secret(jti), "expires_at": until}
            conn.execute(insert(client_assertions).values(**own))
        used = update(partner_keys).where(partner_keys.c.key_id == key.key_id)
        conn.execute(used.values(last_used_at=now))

    try:
        await store.write(write)
    except IntegrityError:
        # Only the database decides who is first.
        raise refusal("client.assertion_replayed", "sign a new one", "client_assertion") from None


def clean(conn: Connection, now: datetime) -> None:
    """Delete the assertions that have expired."""
    spare = timedelta(minutes=5)
    conn.execute(delete(client_assertions).where(client_assertions.c.expires_at < now - spare))


def _verified(key: Key, assertion: str) -> _Claims:
    assert key.jwk is not None
    public = keys.import_public(key.jwk)
    try:
        header = jws.extract_compact(assertion.encode()).headers()
        check_names(decode(assertion.partition(".")[0], "base64url"))
    except (JoseError, ValueError, TypeError):
        raise _wrong("it is not a compact JWS") from None
    algorithm, allowed = header.get("alg"), ALGORITHMS[public.curve_name]
    if algorithm not in allowed:
        raise _wrong(f"alg must be {allowed[0]} for this key")
    typ = header.get("typ")
    if not set(header) <= _HEADERS or (typ.lower() if isinstance(typ, str) else typ) not in _TYPES:
        raise _wrong("the header may have alg, typ (JWT) and kid")
    if header.get("kid", key.key_id) != key.key_id:
        raise _wrong("kid must be the key's id")
    try:
        payload = jws.deserialize_compact(assertion, public, algorithms=[algorithm]).payload
    except (JoseError, ValueError):
        raise _wrong("the signature is not this key's") from None
    try:
        return _Claims.model_validate_json(payload)
    except ValidationError as error:
        fields = ", ".join(str(item["loc"][0]) for item in error.errors() if item["loc"])
        raise _wrong(f"wrong or missing claims: {fields}") from None


def _wrong(detail: str) -> Exception:
    return refusal("client.assertion_invalid", detail, "client_assertion")
