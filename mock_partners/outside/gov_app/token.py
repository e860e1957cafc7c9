"""The token endpoint: exchange a code once. A replayed code revokes the access token it gave (RFC 9700, 2.1.1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mock_partners.outside.gov_app import clients, deviations, keys, statements
from mock_partners.outside.gov_app.changes import apply_named
from mock_partners.outside.gov_app.oauth_errors import OAuthError
from mock_partners.outside.gov_app.party import HostRequest, host_request_of
from mock_partners.outside.gov_app.settings import Client, OpenIdHost
from mock_partners.outside.gov_app.tables import access_token, code
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret
from partner_adapters.kit.values.clock import epoch
from partner_adapters.kit.web.content_types import read_form

TOKEN_LIFETIME = timedelta(seconds=300)
NO_STORE = {"Cache-Control": "no-store"}


async def exchange(request: Request) -> Response:
    """POST, form-encoded (RFC 6749, 4.1.3): return access token and id_token. Raises `OAuthError`."""
    host = host_request_of(request, OpenIdHost)
    form = await read_form(request)
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    if len(fields) != len(form.multi_items()):
        raise OAuthError("invalid_request")
    now = host.party.clock.wall()
    authorization = request.headers.get("authorization", "")

    def authenticate_and_redeem(conn: Connection) -> dict[str, Any] | OAuthError:
        client = clients.authenticate(conn, host, authorization, fields)
        if fields.get("grant_type") != "authorization_code":
            return OAuthError("unsupported_grant_type")
        return _redeem_code(conn, host, client, fields, now)

    # An error is returned, not raised: raising would roll back the revocation after a replayed code.
    result = await host.party.store.write(authenticate_and_redeem)
    if isinstance(result, OAuthError):
        raise result
    return JSONResponse(result, headers=NO_STORE)


def _redeem_code(
    conn: Connection, host: HostRequest[OpenIdHost], client: Client, fields: Mapping[str, str], now: datetime
) -> dict[str, Any] | OAuthError:
    code_hash = hash_secret(fields.get("code", ""))
    row = conn.execute(select(code).where(code.c.hash == code_hash, code.c.host == host.key)).first()
    if row is None or row.client_id != client.client_id:
        return OAuthError("invalid_grant")
    if row.used_at is not None:
        issued = access_token.c.code_hash == code_hash
        conn.execute(update(access_token).where(issued).values(revoked_at=now))
        return OAuthError("invalid_grant")
    conn.execute(update(code).where(code.c.hash == code_hash).values(used_at=now))
    checks = (
        now < row.expires_at,
        row.redirect_uri == fields.get("redirect_uri"),
        hmac.compare_digest(_s256(fields.get("code_verifier", "")), row.code_challenge),
    )
    if not all(checks):
        return OAuthError("invalid_grant")
    return _issue_tokens(conn, host, row, now)


def _issue_tokens(
    conn: Connection, host: HostRequest[OpenIdHost], row: Row[Any], now: datetime
) -> dict[str, Any]:
    token = new_secret()
    conn.execute(
        insert(access_token).values(
            hash=hash_secret(token), code_hash=row.hash, expires_at=now + TOKEN_LIFETIME, revoked_at=None
        )
    )
    sign_in = {name: value for name, value in row.sign_in.items() if name != "verified"}
    if "claims.nonce_earlier" in row.deviations:
        sign_in["nonce"] = _earlier_nonce(conn, row)
    user = host.settings.find_user(sign_in.pop("user"))
    assert user is not None, "the user was removed from the settings during the login"
    key = keys.current(conn, host.key, now)
    id_token = statements.make_id_token(
        host, key, user, row.client_id, sign_in, token, epoch(now), row.deviations
    )
    answer: dict[str, Any] = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": int(TOKEN_LIFETIME.total_seconds()),
        "scope": row.scope,
        "id_token": id_token,
    }
    apply_named(deviations.TOKEN_ANSWER, row.deviations, answer)
    return answer


def _earlier_nonce(conn: Connection, row: Row[Any]) -> str | None:
    """Return the nonce of the latest login at this host that came before the one of `row`."""
    earlier = select(code.c.sign_in).where(code.c.host == row.host, code.c.hash != row.hash)
    sign_in = conn.scalars(earlier.order_by(code.c.expires_at.desc())).first()
    return sign_in.get("nonce") if sign_in else None


def _s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
