"""Pushed authorization requests (RFC 9126): the client sends the request itself, the browser only its number."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, insert, select
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mock_partners.outside.gov_app import clients
from mock_partners.outside.gov_app.authorization import fault
from mock_partners.outside.gov_app.oauth_errors import OAuthError
from mock_partners.outside.gov_app.party import HostRequest, host_request_of
from mock_partners.outside.gov_app.settings import OpenIdHost
from mock_partners.outside.gov_app.tables import pushed_request
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret

LIFE = timedelta(seconds=90)
URN = "urn:ietf:params:oauth:request_uri:"


async def push(request: Request) -> Response:
    """POST, form-encoded, authenticated as at the token endpoint."""
    host = host_request_of(request, OpenIdHost)
    form = await request.form()
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    if len(fields) != len(form.multi_items()):
        raise OAuthError("invalid_request")
    now, number = host.party.clock.wall(), new_secret()

    def keep(conn: Connection) -> None:
        client = clients.authenticate(conn, host, request.headers.get("authorization", ""), fields)
        asked = {name: value for name, value in fields.items() if not name.startswith("client_")}
        asked["client_id"] = client.client_id
        error = fault(QueryParams(asked))
        if error or asked.get("redirect_uri") not in client.redirect_uris:
            raise OAuthError(error or "invalid_request")
        conn.execute(
            insert(pushed_request).values(
                hash=hash_secret(number),
                host=host.key,
                client_id=client.client_id,
                query=asked,
                expires_at=now + LIFE,
            )
        )

    await host.party.store.write(keep)
    answer = {"request_uri": URN + number, "expires_in": int(LIFE.total_seconds())}
    return JSONResponse(answer, 201, {"Cache-Control": "no-store"})


async def resolved(host: HostRequest[OpenIdHost], query: QueryParams) -> QueryParams:
    """The request that the browser's number stands for; any other query as it came."""
    number = query.get("request_uri", "")
    if not number.startswith(URN):
        return query
    wanted = select(pushed_request.c.query).where(
        pushed_request.c.hash == hash_secret(number.removeprefix(URN)),
        pushed_request.c.host == host.key,
        pushed_request.c.client_id == query.get("client_id", ""),
        pushed_request.c.expires_at > host.party.clock.wall(),
    )
    found = await host.party.store.read(lambda conn: conn.execute(wanted).scalar_one_or_none())
    return query if found is None else QueryParams(found)
