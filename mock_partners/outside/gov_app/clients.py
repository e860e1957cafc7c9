"""Client authentication at the token endpoint: by a secret (RFC 6749, 2.3.1) or by private_key_jwt (RFC 7523)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import Connection, insert, select

from mock_partners.outside.gov_app.oauth_errors import OAuthError
from mock_partners.outside.gov_app.party import HostRequest
from mock_partners.outside.gov_app.settings import Client, OpenIdHost
from mock_partners.outside.gov_app.tables import assertion
from partner_adapters.kit.values import strict_json
from partner_adapters.kit.values.clock import epoch
from partner_adapters.kit.web.basic_auth import read_basic

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFETIME_S = 300
MOST_SKEW_S = 10


def authenticate(
    conn: Connection, host: HostRequest[OpenIdHost], authorization: str, form: Mapping[str, str]
) -> Client:
    """Return the client, authenticated by the one method that it registered. Raises `OAuthError` invalid_client.

    `authorization` is the header's value; `form` the fields of the request.
    """
    methods_used = ("client_assertion" in form, "client_secret" in form, bool(authorization))
    if sum(methods_used) != 1:
        raise _invalid_client()
    by_assertion, by_posted_secret, _ = methods_used
    if by_assertion:
        client = _authenticate_by_assertion(conn, host, form)
    elif by_posted_secret:
        client = _authenticate_by_posted_secret(host, form)
    else:
        client = _authenticate_by_basic(host, authorization)
    if form.get("client_id", client.client_id) != client.client_id:
        raise _invalid_client()
    return client


def _authenticate_by_basic(host: HostRequest[OpenIdHost], authorization: str) -> Client:
    named = read_basic(authorization)
    if named is None:
        raise _invalid_client()
    return _check_secret(host, *named, "client_secret_basic")


def _authenticate_by_posted_secret(host: HostRequest[OpenIdHost], form: Mapping[str, str]) -> Client:
    return _check_secret(host, form.get("client_id", ""), form["client_secret"], "client_secret_post")


def _check_secret(host: HostRequest[OpenIdHost], client_id: str, secret: str, method: str) -> Client:
    client = host.settings.find_client(client_id)
    if client is None or client.client_secret is None or client.token_endpoint_auth_method != method:
        raise _invalid_client()
    if not hmac.compare_digest(secret.encode(), client.client_secret.get_secret_value().encode()):
        raise _invalid_client()
    return client


def _authenticate_by_assertion(
    conn: Connection, host: HostRequest[OpenIdHost], form: Mapping[str, str]
) -> Client:
    client = host.settings.find_client(_claimed_id(form["client_assertion"]))
    if client is None or client.jwks is None or form.get("client_assertion_type") != ASSERTION_TYPE:
        raise _invalid_client()
    now = host.party.clock.wall()
    claim_rules = jwt.JWTClaimsRegistry(
        now=epoch(now),
        leeway=MOST_SKEW_S,
        iss={"essential": True, "value": client.client_id},
        sub={"essential": True, "value": client.client_id},
        aud={"essential": True, "value": host.issuer},
        exp={"essential": True},
        jti={"essential": True},
    )
    try:
        keys = KeySet.import_key_set({"keys": client.jwks["keys"]})
        claims = jwt.decode(form["client_assertion"], keys, algorithms=["ES256"]).claims
        claim_rules.validate(claims)
    except (JoseError, ValueError, KeyError):
        raise _invalid_client() from None
    if claims["exp"] > epoch(now) + ASSERTION_LIFETIME_S or len(claims["jti"]) > 200:
        raise _invalid_client()
    _claim_assertion(conn, client.client_id, claims["jti"], datetime.fromtimestamp(claims["exp"], UTC))
    return client


def _claimed_id(compact: str) -> str:
    """Return the client id of an assertion that is not yet verified. Use it to find the client's keys only."""
    try:
        return str(strict_json.parse(jws.extract_compact(compact.encode()).payload.decode())["sub"])
    except (JoseError, ValueError, KeyError, TypeError):
        raise _invalid_client() from None


def _claim_assertion(conn: Connection, client_id: str, jti: str, expires_at: datetime) -> None:
    """Record the assertion's id until it expires. Raises `OAuthError` when the id was used before."""
    row = {"client_id": client_id, "jti": jti}
    if conn.execute(select(assertion.c.jti).filter_by(**row)).first() is not None:
        raise _invalid_client()
    conn.execute(insert(assertion).values(**row, expires_at=expires_at))


def _invalid_client() -> OAuthError:
    return OAuthError("invalid_client", 401, 'Basic realm="token"')
