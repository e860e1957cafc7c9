"""h5app as one application. Importing this module does nothing.

`create_app` builds everything from the settings. A caller may hand in an HTTP client and a clock.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.middleware import Middleware

from h5app import errors, guard
from h5app.cleaning import cleaning_job, erasing_job
from h5app.routes import ROUTES
from h5app.sdk.errors import errors_route
from h5app.sdk.probe import probe_routes
from h5app.sdk.routes import sdk_routes, versions
from h5app.sdk.webview import webview_routes
from h5app.services import NAME, Services, assemble
from h5app.settings import H5Settings
from h5app.tables import job_lease, sessions
from h5app.visit import VisitMiddleware
from partner_adapters.kit.durable.background import Background
from partner_adapters.kit.durable.jobs import run_job
from partner_adapters.kit.durable.writable import WriteCheck
from partner_adapters.kit.observed.readiness import Check
from partner_adapters.kit.pages.addresses import Addresses
from partner_adapters.kit.pages.errors import ErrorPageMiddleware
from partner_adapters.kit.pages.htmx import HxRedirectMiddleware
from partner_adapters.kit.pages.security.csrf import CsrfMiddleware
from partner_adapters.kit.pages.security.headers import SecurityHeadersMiddleware
from partner_adapters.kit.pages.static_files import StaticFiles
from partner_adapters.kit.pages.theme import theme_css
from partner_adapters.kit.values.clock import Clock, SystemClock
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.heads import PageHeadMiddleware
from partner_adapters.kit.web.health import health_routes
from partner_adapters.kit.web.limits import BodyLimitMiddleware, NoNulMiddleware
from partner_adapters.kit.web.logs import AccessLogMiddleware
from partner_adapters.kit.web.metrics import MetricsMiddleware
from partner_adapters.kit.web.request_id import RequestIdMiddleware
from partner_adapters.kit.web.tracing import middleware as tracing
from partner_adapters.partners.file import load_partners

STATIC = Path(__file__).parent / "static"
# HEAD runs none of them. A link to a file is asked by download managers, and answers what it is.
PAGES = [route for route in ROUTES if route.name not in ("download", "named_download")]


def create_app(settings: H5Settings, http: HttpClient | None = None, clock: Clock | None = None) -> Starlette:
    """Return the pages of every partner in `settings.config`. Raise `ConfigurationError`.

    `http`: the client for every outward call. A client that the caller gives is not closed here.
    The database must have been migrated.
    """
    partners = load_partners(settings.config)
    client = http or HttpClient()
    services = assemble(settings, partners, client, clock or SystemClock())
    registry, background = CollectorRegistry(), Background()
    registry.register(services.counters.refusals)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        jobs = (cleaning_job(services), erasing_job(services))
        work = {job.name: run_job(services.store, job_lease, job, services.clock) for job in jobs}
        work["session uses"] = services.uses.run()
        async with background.running(work):
            yield
        if http is None:
            await client.aclose()
        services.store.close()

    static = StaticFiles(STATIC)
    static.add_style("app.css", (STATIC / "app.css").read_bytes())
    for partner in partners.values():
        static.add(f"theme-{partner.id}.css", theme_css(partner.accent))
    app = Starlette(
        routes=[
            # The home page first: it is requested most, and the router tries one route after another.
            *ROUTES[:1],
            static.route(),
            *sdk_routes(),
            *probe_routes(),
            errors_route(),
            *webview_routes(),
            *health_routes(_checks(services, background), registry),
            *ROUTES[1:],
        ],
        lifespan=lifespan,
        exception_handlers=errors.HANDLERS,
        middleware=[
            Middleware(RequestIdMiddleware, trust_incoming=False),
            *tracing("h5app", trust_incoming=False),
            Middleware(AccessLogMiddleware, secret_after="/documents/"),
            Middleware(MetricsMiddleware, name=NAME, registry=registry),
            Middleware(SecurityHeadersMiddleware, secure=settings.secure),
            Middleware(HxRedirectMiddleware),
            Middleware(ErrorPageMiddleware, page_for=errors.unexpected),
            Middleware(BodyLimitMiddleware, larger=(guard.TAKES_FILES, guard.MOST_FORM_BYTES)),
            Middleware(NoNulMiddleware),
            Middleware(VisitMiddleware, services=services),
            Middleware(PageHeadMiddleware, pages=PAGES, has_page=guard.names_partner),
            Middleware(
                CsrfMiddleware,
                origin=settings.base_url,
                signing=services.signing,
                owner_of=guard.form_owner,
                stale_form=guard.keep_stale_form,
                exempt=guard.HOST_RESPONSE,
                from_anywhere=guard.is_posted_answer,
                takes_files=guard.TAKES_FILES,
            ),
        ],
    )
    # Such a redirect is made from the Host header, which an attacker can choose.
    app.router.redirect_slashes = False
    app.state.services = services
    app.state.static = static
    app.state.newest_sdk = versions()[-1]
    app.state.addresses = Addresses(app.routes)
    return app


def _checks(services: Services, background: Background) -> Mapping[str, Check]:
    async def read() -> None:
        await services.store.read(lambda conn: conn.execute(select(sessions.c.id_hash).limit(1)).first())

    return {"database": read, "database_write": WriteCheck(services.store), "work": background.check}
