"""Who calls the token endpoint: by a secret (RFC 6749, 2.3.1) or private_key_jwt (RFC 7523, Core 9)."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import unquote_plus

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import Connection, insert, select

from mock_partners.outside.gov_app.oauth_errors import OAuthError
from mock_partners.outside.gov_app.party import HostRequest
from mock_partners.outside.gov_app.settings import Client, OpenIdHost
from mock_partners.outside.gov_app.tables import assertion
from partner_adapters.kit.values.clock import epoch

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE_S = 300
SKEW_S = 5


def authenticate(
    conn: Connection, host: HostRequest[OpenIdHost], authorization: str, form: Mapping[str, str]
) -> Client:
    """The client that proved itself by the one method it registered. Raises `OAuthError` invalid_client."""
    ways = ("client_assertion" in form, "client_secret" in form, bool(authorization))
    if sum(ways) != 1:
        raise _invalid()
    asserted, posted, _ = ways
    if asserted:
        client = _by_assertion(conn, host, form)
    elif posted:
        client = _by_posted_secret(host, form)
    else:
        client = _by_secret(host, authorization)
    if form.get("client_id", client.client_id) != client.client_id:
        raise _invalid()
    return client


def _by_secret(host: HostRequest[OpenIdHost], authorization: str) -> Client:
    scheme, _, encoded = authorization.partition(" ")
    try:
        name, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _invalid() from None
    if scheme.lower() != "basic" or not colon:
        raise _invalid()
    return _with_secret(host, unquote_plus(name), unquote_plus(secret), "client_secret_basic")


def _by_posted_secret(host: HostRequest[OpenIdHost], form: Mapping[str, str]) -> Client:
    return _with_secret(host, form.get("client_id", ""), form["client_secret"], "client_secret_post")


def _with_secret(host: HostRequest[OpenIdHost], client_id: str, secret: str, method: str) -> Client:
    client = host.settings.client(client_id)
    if client is None or client.client_secret is None or client.token_endpoint_auth_method != method:
        raise _invalid()
    if not hmac.compare_digest(secret.encode(), client.client_secret.get_secret_value().encode()):
        raise _invalid()
    return client


def _by_assertion(conn: Connection, host: HostRequest[OpenIdHost], form: Mapping[str, str]) -> Client:
    client = host.settings.client(_claimed_id(form["client_assertion"]))
    if client is None or client.jwks is None or form.get("client_assertion_type") != ASSERTION_TYPE:
        raise _invalid()
    now = host.party.clock.wall()
    limits = jwt.JWTClaimsRegistry(
        now=epoch(now),
        leeway=SKEW_S,
        iss={"essential": True, "value": client.client_id},
        sub={"essential": True, "value": client.client_id},
        aud={"essential": True, "value": host.issuer},
        exp={"essential": True},
        jti={"essential": True},
    )
    try:
        keys = KeySet.import_key_set({"keys": client.jwks["keys"]})
        claims = jwt.decode(form["client_assertion"], keys, algorithms=["ES256"]).claims
        limits.validate(claims)
    except (JoseError, ValueError, KeyError):
        raise _invalid() from None
    if claims["exp"] > epoch(now) + ASSERTION_LIFE_S or len(claims["jti"]) > 200:
        raise _invalid()
    _remember(conn, client.client_id, claims["jti"], datetime.fromtimestamp(claims["exp"], UTC))
    return client


def _claimed_id(compact: str) -> str:
    """Who the assertion says it is from: decides which keys to check it with, nothing else."""
    try:
        return str(json.loads(jws.extract_compact(compact.encode()).payload)["sub"])
    except (JoseError, ValueError, KeyError, TypeError):
        raise _invalid() from None


def _remember(conn: Connection, client_id: str, jti: str, expires_at: datetime) -> None:
    """An assertion is good for one call."""
    row = {"client_id": client_id, "jti": jti}
    if conn.execute(select(assertion.c.jti).filter_by(**row)).first() is not None:
        raise _invalid()
    conn.execute(insert(assertion).values(**row, expires_at=expires_at))


def _invalid() -> OAuthError:
    return OAuthError("invalid_client", 401, 'Basic realm="token"')
