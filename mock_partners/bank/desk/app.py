"""The desk as one ASGI application."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_partners.bank.desk import reviews, sign_in
from mock_partners.bank.desk.pages import page_for, unexpected
from mock_partners.bank.desk.services import Desk
from mock_partners.bank.desk.sessions import StaffSession, StaffSessionMiddleware, metadata
from mock_partners.bank.desk.settings import DeskSettings
from partner_adapters.identity.oidc.host import OidcHost
from partner_adapters.kit.durable.store import DatabaseAway, Store
from partner_adapters.kit.durable.writable import database_checks
from partner_adapters.kit.pages.errors import ErrorPageMiddleware
from partner_adapters.kit.pages.security.csrf import CsrfMiddleware
from partner_adapters.kit.pages.security.headers import SecurityHeadersMiddleware
from partner_adapters.kit.pages.security.signing import Signing
from partner_adapters.kit.pages.static_files import StaticFiles
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.settings import origin_of
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.parties import Parties

STATIC = Path(__file__).parent / "static"
ROUTES = (
    Route("/", reviews.queue, methods=["GET"]),
    Route("/sign-in", sign_in.show, methods=["GET"]),
    Route("/sign-in", sign_in.start, methods=["POST"]),
    Route("/callback", sign_in.callback, methods=["GET"]),
    Route("/sign-out", sign_in.sign_out, methods=["POST"]),
    Route("/reviews/{application_id}", reviews.show, methods=["GET"]),
    Route("/reviews/{application_id}", reviews.decide, methods=["POST"]),
    Route("/reviews/{application_id}/confirmation", reviews.confirm, methods=["POST"]),
    Route("/papers/{paper_id}/{number:int}", reviews.paper_page, methods=["GET"]),
)
_NO_PATH = re.compile(r"(?!)")


def create_app(settings: DeskSettings, store: Store, clock: Clock, parties: Parties) -> Starlette:
    """Return the application; it creates its tables at start-up."""
    keys = [key.get_secret_value() for key in settings.signing_keys]
    desk = Desk(
        settings,
        store,
        clock,
        parties,
        OidcHost("desk", settings.provider, parties.http, clock),
        Signing(keys, "desk"),
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await store.write(metadata.create_all)
        yield

    static = StaticFiles(STATIC, urlsplit(settings.base_url).path)
    static.add_style("desk.css", (STATIC / "desk.css").read_bytes())
    app = service(
        "desk",
        [static.route(), *ROUTES],
        lifespan,
        checks=database_checks(store),
        middleware=[
            Middleware(SecurityHeadersMiddleware, secure=desk.is_secure),
            Middleware(ErrorPageMiddleware, page_for=unexpected),
            Middleware(StaffSessionMiddleware, desk=desk),
            Middleware(
                CsrfMiddleware,
                origin=origin_of(settings.base_url),
                signing=desk.signing,
                owner_of=_form_owner,
                stale_form=_refuse_stale,
                exempt=_NO_PATH,
            ),
        ],
    )
    for kind in (HTTPException, Problem, CallFailed, DatabaseAway):
        app.add_exception_handler(kind, page_for)
    app.state.static, app.state.desk = static, desk
    return app


def _form_owner(request: Request) -> str | None:
    """Return the session whose token a form must carry. A sign-in that is under way has no forms."""
    found: StaffSession | None = request.state.staff
    return found.ref if found is not None and found.statement else None


async def _refuse_stale(_request: Request, _issued_to: str) -> Response:
    raise Problem(403, "csrf.token")
