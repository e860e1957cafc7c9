"""Pushed authorization requests (RFC 9126): the client posts the request, and the browser carries a reference to it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, insert, select
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mock_partners.outside.gov_app import clients
from mock_partners.outside.gov_app.authorization import find_error
from mock_partners.outside.gov_app.oauth_errors import OAuthError
from mock_partners.outside.gov_app.party import HostRequest, host_request_of
from mock_partners.outside.gov_app.settings import OpenIdHost
from mock_partners.outside.gov_app.tables import pushed_request
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret
from partner_adapters.kit.web.content_types import read_form

LIFETIME = timedelta(seconds=90)
URN_PREFIX = "urn:ietf:params:oauth:request_uri:"


async def accept_request(request: Request) -> Response:
    """POST, form-encoded: store an authenticated client's request. Return `request_uri` and `expires_in` (seconds)."""
    host = host_request_of(request, OpenIdHost)
    form = await read_form(request)
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    if len(fields) != len(form.multi_items()):
        raise OAuthError("invalid_request")
    now, number = host.party.clock.wall(), new_secret()

    def save_request(conn: Connection) -> None:
        client = clients.authenticate(conn, host, request.headers.get("authorization", ""), fields)
        parameters = {name: value for name, value in fields.items() if not name.startswith("client_")}
        parameters["client_id"] = client.client_id
        error = find_error(QueryParams(parameters))
        if error or parameters.get("redirect_uri") not in client.redirect_uris:
            raise OAuthError(error or "invalid_request")
        conn.execute(
            insert(pushed_request).values(
                hash=hash_secret(number),
                host=host.key,
                client_id=client.client_id,
                query=parameters,
                expires_at=now + LIFETIME,
            )
        )

    await host.party.store.write(save_request)
    answer = {"request_uri": URN_PREFIX + number, "expires_in": int(LIFETIME.total_seconds())}
    return JSONResponse(answer, 201, {"Cache-Control": "no-store"})


async def resolve_request(host: HostRequest[OpenIdHost], query: QueryParams) -> QueryParams:
    """Return the stored request that `request_uri` refers to. Any other query is returned unchanged."""
    number = query.get("request_uri", "")
    if not number.startswith(URN_PREFIX):
        return query
    saved_query = select(pushed_request.c.query).where(
        pushed_request.c.hash == hash_secret(number.removeprefix(URN_PREFIX)),
        pushed_request.c.host == host.key,
        pushed_request.c.client_id == query.get("client_id", ""),
        pushed_request.c.expires_at > host.party.clock.wall(),
    )
    saved = await host.party.store.read(lambda conn: conn.execute(saved_query).scalar_one_or_none())
    return query if saved is None else QueryParams(saved)
