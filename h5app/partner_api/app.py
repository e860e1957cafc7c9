"""The partner API as one application. Importing this module does nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from prometheus_client import CollectorRegistry
from sqlalchemy import Connection, select
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from h5app import launches, progress_views
from h5app.partner_api import idempotency, request_log, tokens
from h5app.partner_api.openapi import Json, document
from h5app.partner_api.problems import handlers
from h5app.partner_api.request_log import RequestLog
from h5app.partner_api.routes import ENDPOINTS
from h5app.partner_api.services import NAME, PartnerApi
from h5app.partner_api.serving import routes_of
from h5app.partner_api.settings import PartnerApiSettings
from h5app.partner_api.webhooks import deliveries
from h5app.partner_api.webhooks.dispatching import Dispatcher
from h5app.partner_api.webhooks.metrics import WebhookCollector
from h5app.partner_api.webhooks.work import Work
from h5app.services import assemble
from h5app.tables import job_lease, partner_keys
from partner_adapters.kit.durable.background import Background
from partner_adapters.kit.durable.jobs import Job, run_job
from partner_adapters.kit.durable.writable import WriteCheck
from partner_adapters.kit.observed.readiness import Check
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.pages.security.signing import Signing
from partner_adapters.kit.values.clock import Clock, SystemClock
from partner_adapters.kit.web.calls.guarded_client import GuardedClient
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.health import health_routes
from partner_adapters.kit.web.limits import BodyLimitMiddleware, NoNulMiddleware
from partner_adapters.kit.web.logs import AccessLogMiddleware
from partner_adapters.kit.web.metrics import MetricsMiddleware
from partner_adapters.kit.web.rate_limits import Counters
from partner_adapters.kit.web.request_id import RequestIdMiddleware
from partner_adapters.kit.web.tracing import middleware as tracing
from partner_adapters.partners.file import load_partners

MAX_BODY_BYTES = 64 * 1024
CLEAN_EVERY_S = 3600


def create_app(
    settings: PartnerApiSettings, http: HttpClient | None = None, clock: Clock | None = None
) -> Starlette:
    """Return the partner API for every partner in `settings.config`. Raise `ConfigurationError`.

    `http`: the client for every outward call. A client that the caller gives is not closed here.
    The database must have been migrated.
    """
    client, clock = http or HttpClient(), clock or SystemClock()
    h5app = assemble(settings, load_partners(settings.config), client, clock)
    api = PartnerApi(
        settings,
        h5app,
        client,
        Signing(settings.keys(), f"sunbridge.{NAME}"),
        Counters(clock, NAME),
        RequestLog(h5app.store),
    )
    registry, background = CollectorRegistry(), Background()
    registry.register(api.counters.refusals)
    work = Work(api, GuardedClient(sandbox=settings.partner_api_mode == "sandbox"))
    registry.register(work.outcomes)
    registry.register(WebhookCollector(api))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        tasks = {job.name: run_job(api.store, job_lease, job, api.clock) for job in (cleaning_job(api),)}
        tasks["request log"] = api.log.run()
        tasks["webhooks"] = Dispatcher(work).run()
        async with background.running(tasks):
            yield
        await work.client.aclose()
        if http is None:
            await client.aclose()
        api.store.close()

    async def read() -> None:
        await api.store.read(lambda conn: conn.execute(select(partner_keys.c.key_id).limit(1)).first())

    checks: dict[str, Check] = {
        "database": read,
        "database_write": WriteCheck(api.store),
        "work": background.check,
    }
    app = Starlette(
        routes=[*routes_of(ENDPOINTS), *health_routes(checks, registry)],
        lifespan=lifespan,
        exception_handlers=handlers(settings.partner_api_docs_url),
        middleware=[
            Middleware(RequestIdMiddleware, trust_incoming=False),
            *tracing(NAME, trust_incoming=False),
            Middleware(RequestIdHeaderMiddleware),
            Middleware(AccessLogMiddleware),
            Middleware(MetricsMiddleware, name=NAME, registry=registry),
            Middleware(BodyLimitMiddleware, max_bytes=MAX_BODY_BYTES),
            Middleware(NoNulMiddleware),
        ],
    )
    # Such a redirect is made from the Host header, which an attacker can choose.
    app.router.redirect_slashes = False
    app.state.partner_api, app.state.webhooks = api, work
    app.state.openapi = description
    return app


def cleaning_job(api: PartnerApi) -> Job:
    """Return the job that deletes what has been kept for its time, once an hour."""

    async def run() -> None:
        now = api.clock.wall()

        def clean(conn: Connection) -> None:
            for module in (request_log, idempotency, tokens, launches, progress_views, deliveries):
                module.clean(conn, now)

        await api.store.write(clean)

    return Job(f"{NAME}.cleaning", every_s=CLEAN_EVERY_S, lease_s=300, run=run)


@cache
def description() -> Json:
    """Return the OpenAPI document."""
    return document(ENDPOINTS)


class RequestIdHeaderMiddleware:
    """Names the request in each answer by `Request-Id`, as partners know it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        header = (b"request-id", current_request_id().encode())

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], header]
            await send(message)

        await self.app(scope, receive, send_with_id)
