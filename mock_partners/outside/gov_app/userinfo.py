"""Userinfo: the claims behind an access token, as a signed JWT or as JSON, as the client registered (Core, 5.3)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mock_partners.outside.gov_app import deviations, keys, statements
from mock_partners.outside.gov_app.changes import apply_named
from mock_partners.outside.gov_app.oauth_errors import OAuthError
from mock_partners.outside.gov_app.party import host_request_of
from mock_partners.outside.gov_app.settings import OpenIdHost
from mock_partners.outside.gov_app.tables import access_token, code
from partner_adapters.kit.pages.security.secrets import hash_secret


async def show_userinfo(request: Request) -> Response:
    """GET or POST: return the claims. The access token is accepted only in the `Authorization` header."""
    host = host_request_of(request, OpenIdHost)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    now = host.party.clock.wall()

    def find_claims(conn: Connection) -> str | dict[str, Any] | None:
        query = (
            select(code)
            .join(access_token, access_token.c.code_hash == code.c.hash)
            .where(
                access_token.c.hash == hash_secret(token),
                access_token.c.revoked_at.is_(None),
                access_token.c.expires_at > now,
                code.c.host == host.key,
            )
        )
        row = conn.execute(query).first()
        user = host.settings.find_user(row.sign_in["user"]) if row else None
        if row is None or user is None:
            return None
        key = keys.published(conn, host.key)[
            0
        ]  # the key that signed the id_token issued with this access token
        claims = statements.userinfo_claims(host, user, row.client_id, row.scope, row.sign_in)
        client = host.settings.find_client(row.client_id)
        apply_named(deviations.USERINFO, row.deviations, claims)
        if (
            "userinfo.plain_json" in row.deviations
            or client is None
            or not client.userinfo_signed_response_alg
        ):
            return claims
        return statements.sign_userinfo(claims, key, row.deviations)

    statement = await host.party.store.read(find_claims) if scheme.lower() == "bearer" and token else None
    if statement is None:
        raise OAuthError("invalid_token", 401, 'Bearer error="invalid_token"')
    if isinstance(statement, dict):
        return JSONResponse(statement, headers={"Cache-Control": "no-store"})
    return Response(statement, media_type="application/jwt", headers={"Cache-Control": "no-store"})
