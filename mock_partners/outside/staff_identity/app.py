"""The bank's OpenID provider for its staff: a page on which one chooses who signs in, and the standard's endpoints."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from mock_partners.outside.staff_identity.provider import Provider, issue_code, person_of_token, redeem
from mock_partners.outside.staff_identity.settings import StaffIdentitySettings
from mock_partners.outside.staff_identity.tables import metadata
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.durable.writable import database_checks
from partner_adapters.kit.pages.environment import page_environment
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.icons import drawings
from partner_adapters.kit.pages.rendering import render
from partner_adapters.kit.pages.security.csp import PagePolicy
from partner_adapters.kit.pages.security.csrf import SameOriginMiddleware
from partner_adapters.kit.pages.security.headers import SecurityHeadersMiddleware
from partner_adapters.kit.pages.static_files import StaticFiles
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.settings import origin_of
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.basic_auth import read_basic
from partner_adapters.kit.web.content_types import read_form
from partner_adapters.kit.web.parties import Parties

_HERE = Path(__file__).parent
NO_STORE = {"Cache-Control": "no-store"}
# What a request must say exactly once; `redirect_uri` and `client_id` besides.
ASKED = ("state", "nonce", "code_challenge")


def create_app(settings: StaffIdentitySettings, store: Store, clock: Clock, _parties: Parties) -> Starlette:
    """Return the application; it creates its tables at start-up."""
    provider = Provider(settings, store, clock)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await store.write(metadata.create_all)
        yield

    static = StaticFiles(_HERE / "static", urlsplit(settings.base_url).path)
    static.add_style("staff.css", (_HERE / "static" / "staff_identity.css").read_bytes())
    routes = [
        Route("/.well-known/openid-configuration", _metadata),
        Route("/jwks", _jwks),
        Route("/authorize", choose, methods=["GET"]),
        Route("/authorize", sign_in, methods=["POST"]),
        Route("/token", exchange, methods=["POST"]),
        Route("/userinfo", userinfo),
        Route("/sign-out", sign_out),
    ]
    app = service(
        "staff_identity",
        [static.route(), *routes],
        lifespan,
        checks=database_checks(store),
        middleware=[
            Middleware(SecurityHeadersMiddleware, secure=settings.base_url.startswith("https://")),
            Middleware(SameOriginMiddleware, origin=origin_of(settings.base_url)),
        ],
    )
    app.state.static, app.state.provider = static, provider
    return app


@cache
def _environment() -> Environment:
    return page_environment("zh", [_HERE / "templates"], str, drawings({}))


def _provider(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    return provider


async def _metadata(request: Request) -> Response:
    return JSONResponse(_provider(request).metadata)


async def _jwks(request: Request) -> Response:
    return JSONResponse(_provider(request).jwks)


async def choose(request: Request) -> Response:
    """GET: show who can sign in. A request that is not the desk's, or not whole, leads nowhere."""
    provider = _provider(request)
    if not _is_valid(provider, request.query_params):
        return render(request, _environment(), "refused.html", 400)
    # The form's answer redirects to the desk.
    request.state.page_policy = PagePolicy(form_action=(origin_of(provider.settings.redirect_uri),))
    query = request.url.query
    return render(
        request,
        _environment(),
        "choose.html",
        people=provider.settings.people,
        action=f"{urlsplit(provider.settings.base_url).path}/authorize?{query}",
    )


async def sign_in(request: Request) -> Response:
    """POST: redirect to the desk with a code for the chosen person. The request in the address is checked again."""
    provider, query = _provider(request), request.query_params
    person = provider.person((await Form.posted(request)).values["person"])
    if person is None or not _is_valid(provider, query):
        return render(request, _environment(), "refused.html", 400)
    now = provider.clock.wall()
    code = await provider.store.write(
        lambda conn: issue_code(conn, person, query["nonce"], query["code_challenge"], now, now)
    )
    answer = {"code": code, "state": query["state"], "iss": provider.settings.base_url}
    headers = {**NO_STORE, "Referrer-Policy": "no-referrer"}
    return RedirectResponse(f"{provider.settings.redirect_uri}?{urlencode(answer)}", 303, headers)


async def exchange(request: Request) -> Response:
    """POST: answer tokens for a code (RFC 6749, 4.1.3, and RFC 7636)."""
    provider, form = _provider(request), await read_form(request, 10)
    client_id, secret = read_basic(request.headers.get("authorization", "")) or ("", "")
    expected = provider.settings.client_secret.get_secret_value()
    if client_id != provider.settings.client_id or not hmac.compare_digest(secret, expected):
        return JSONResponse({"error": "invalid_client"}, 401, NO_STORE)
    if form.get("grant_type") != "authorization_code":
        return JSONResponse({"error": "unsupported_grant_type"}, 400, NO_STORE)
    code, uri, verifier = (str(form.get(name, "")) for name in ("code", "redirect_uri", "code_verifier"))
    tokens = await provider.store.write(lambda conn: redeem(conn, provider, code, uri, verifier))
    if tokens is None:
        return JSONResponse({"error": "invalid_grant"}, 400, NO_STORE)
    return JSONResponse(tokens, headers=NO_STORE)


async def userinfo(request: Request) -> Response:
    """GET: the name of the person whose access token is presented."""
    provider = _provider(request)
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    person = await provider.store.read(lambda conn: person_of_token(conn, provider, token))
    if person is None:
        return JSONResponse({"error": "invalid_token"}, 401, {"WWW-Authenticate": "Bearer"})
    return JSONResponse({"sub": person.subject, "name": person.name}, headers=NO_STORE)


async def sign_out(request: Request) -> Response:
    """GET: back to the desk. No session is kept here, so there is none to end."""
    return RedirectResponse(_provider(request).settings.signed_out_uri, 303, NO_STORE)


def _is_valid(provider: Provider, query: QueryParams) -> bool:
    settings = provider.settings
    return (
        len(query.multi_items()) == len(query)
        and query.get("response_type") == "code"
        and query.get("client_id") == settings.client_id
        and query.get("redirect_uri") == settings.redirect_uri
        and query.get("code_challenge_method") == "S256"
        and "openid" in query.get("scope", "").split(" ")
        and all(0 < len(query.get(name, "")) <= 200 for name in ASKED)
    )
