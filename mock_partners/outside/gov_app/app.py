"""The ASGI application of this party."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware

from mock_partners.outside.gov_app import oauth_errors
from mock_partners.outside.gov_app.oauth_errors import OAuthError
from mock_partners.outside.gov_app.pages import static_files
from mock_partners.outside.gov_app.party import GovApp
from mock_partners.outside.gov_app.routes import ROUTES
from mock_partners.outside.gov_app.settings import GovAppSettings
from mock_partners.outside.gov_app.tables import metadata
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.durable.writable import database_checks
from partner_adapters.kit.pages.security.csrf import SameOriginMiddleware
from partner_adapters.kit.pages.security.headers import SecurityHeadersMiddleware
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.settings import origin_of
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.parties import Parties


def create_app(settings: GovAppSettings, store: Store, clock: Clock, parties: Parties) -> Starlette:
    """Return the application; it creates its tables at start-up."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await store.write(metadata.create_all)
        yield

    static = static_files(settings)
    app = service(
        "gov_app",
        [static.route(), *ROUTES],
        lifespan,
        checks=database_checks(store),
        middleware=[
            Middleware(SecurityHeadersMiddleware, secure=settings.base_url.startswith("https://")),
            Middleware(SameOriginMiddleware, origin=origin_of(settings.base_url)),
        ],
    )
    app.add_exception_handler(OAuthError, oauth_errors.respond)
    app.state.static = static
    app.state.gov_app = GovApp(settings, store, clock, parties)
    return app
