"""The bank's lending core as one ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial

from sqlalchemy import Connection
from starlette.applications import Starlette
from starlette.middleware import Middleware

from mock_partners.bank.core.audit import chain
from mock_partners.bank.core.audit.signing import RowSigner
from mock_partners.bank.core.audit.starting import sign_what_stands
from mock_partners.bank.core.events import numbering
from mock_partners.bank.core.events.recording import EventRecorder
from mock_partners.bank.core.events.starting import record_what_stands
from mock_partners.bank.core.http.generic import route_of
from mock_partners.bank.core.http.openapi import Json, document
from mock_partners.bank.core.kernel.answer_headers import AnswerHeadersMiddleware
from mock_partners.bank.core.kernel.business_date import BusinessDates, begin
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.consent_texts import Texts
from mock_partners.bank.core.kernel.feed import EventFeed
from mock_partners.bank.core.kernel.parameters import ParameterBook, install_first_values
from mock_partners.bank.core.kernel.services import CoreServices, queue_of
from mock_partners.bank.core.kernel.settings import CoreSettings
from mock_partners.bank.core.kernel.stops import stops_in_force
from mock_partners.bank.core.kernel.tables import job_lease, outbox
from mock_partners.bank.core.ledger.chart import open_chart
from mock_partners.bank.core.metrics import BooksCollector
from mock_partners.bank.core.migrations import migrate
from mock_partners.bank.core.products.catalogue import install, seeds
from mock_partners.bank.core.products.cost_alarms import ALARMS
from mock_partners.bank.core.rooms import HANDLERS, JOBS
from mock_partners.bank.core.routes import ENDPOINTS
from partner_adapters.card_network.client import CardNetwork
from partner_adapters.data.client import DataSources
from partner_adapters.esign.client import ESign
from partner_adapters.identity.crypto.keys import PartnerKeys
from partner_adapters.identity.dialects import verifier_of
from partner_adapters.kit.durable.background import Background
from partner_adapters.kit.durable.jobs import run_job
from partner_adapters.kit.durable.outbox import Handler, OutboxWorker
from partner_adapters.kit.durable.outbox_metrics import OutboxCollector
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.durable.writable import database_checks
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.sealed_chunks import ChunkSealer
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.parties import Parties
from partner_adapters.kit.web.rate_limits import Counters
from partner_adapters.kit.web.side_work import SideWork
from partner_adapters.messages.client import Messages

# With which the names of its metrics begin.
NAME = "core_bank"
# How long a stop waits for outside work that is running. The next process repeats what did not end.
ATTEMPTS_END_S = 5.0


def create_app(settings: CoreSettings, store: Store, clock: Clock, parties: Parties) -> Starlette:
    """Return the core over one database. Its outside work and its jobs run during its lifespan."""
    core, background = build_core(settings, store, clock, parties), Background()
    app = service(
        NAME,
        [route_of(endpoint) for endpoint in ENDPOINTS],
        _lifespan,
        checks={**database_checks(store), "work": background.check, "business_date": core.dates.check},
        collectors=[
            OutboxCollector(NAME, store, outbox, clock),
            BooksCollector(core),
            core.counters.refusals,
            core.data.uses,
            ALARMS,
        ],
        middleware=[Middleware(AnswerHeadersMiddleware, dates=core.dates)],
    )
    app.state.core, app.state.background = core, background
    app.state.openapi = _description
    return app


def build_core(settings: CoreSettings, store: Store, clock: Clock, parties: Parties) -> CoreServices:
    """Return the services of a core, wired together."""
    handlers: dict[str, Handler] = {}
    feed = EventFeed()
    dates = BusinessDates(store, clock, [bank.bank_id for bank in settings.banks])
    # Before the signer, which signs the events too.
    EventRecorder(clock, dates, feed).watch(store)
    RowSigner(settings, clock).watch(store)
    core = CoreServices(
        settings=settings,
        store=store,
        clock=clock,
        dates=dates,
        parameters=ParameterBook(store),
        worker=OutboxWorker(
            store, outbox, clock, handlers, queue_of, partial(_held_work, settings=settings, clock=clock)
        ),
        card_network=CardNetwork(parties.http, parties.url("card_network")),
        data=DataSources(
            parties.http, parties.url("data_sources"), settings.data_secrets, clock, settings.sources
        ),
        esign=ESign(parties.http, parties.url("esign"), settings.esign_secrets),
        messages=Messages(parties.http, parties.url("messages")),
        verifiers={
            key: verifier_of(client.partner, client.identity, parties.http, clock)
            for key, client in settings.client.items()
        },
        texts=Texts(settings.banks, settings.app_names),
        feed=feed,
        counters=Counters(clock, NAME),
        image_sealer=ChunkSealer(
            [key.get_secret_value() for key in settings.image_keys], "core.identity_images"
        ),
        paper_sealer=ChunkSealer([key.get_secret_value() for key in settings.image_keys], "core.papers"),
        decoding=SideWork("decoding.busy"),
        staff_keys=PartnerKeys(parties.http),
    )
    handlers.update({kind: partial(work.handle, core) for kind, work in HANDLERS.items()})
    return core


def _held_work(conn: Connection, settings: CoreSettings, clock: Clock) -> list[tuple[str, str]]:
    """Return the kinds of work that are not begun now, by bank: an outside party that they are sent to is stopped."""
    stops = stops_in_force(conn, settings.bank, clock.now())
    return [
        (stop.bank_id, kind)
        for stop in stops
        if stop.kind == "party"
        for kind, work in HANDLERS.items()
        if stop.name in work.sent_to
    ]


async def prepare(core: CoreServices) -> None:
    """Migrate the database to the newest schema, add what any bank still lacks, and read the business dates."""
    await asyncio.to_thread(migrate, core.store.url)
    await core.store.write(lambda conn: _open_books(conn, core))
    signer = RowSigner(core.settings, core.clock)
    for layer in core.settings.layers:
        await core.store.write(partial(sign_what_stands, bank_id=layer, signer=signer))
    await record_what_stands(core)
    await core.dates.refresh()
    await core.parameters.refresh()


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    core: CoreServices = app.state.core
    await prepare(core)
    heads = await core.store.read(numbering.find_heads)
    jobs = [job(core) for job in JOBS]
    work = {job.name: run_job(core.store, job_lease, job, core.clock) for job in jobs}
    background: Background = app.state.background
    try:
        running = {
            "outbox": core.worker.run(),
            "business_date": core.dates.keep(),
            "parameters": core.parameters.keep(),
            "audit": chain.keep(core),
            "events": numbering.keep(core, heads),
            **work,
        }
        async with background.running(running):
            yield
    finally:
        if core.attempts:
            await asyncio.wait(core.attempts, timeout=ATTEMPTS_END_S)


def _open_books(conn: Connection, core: CoreServices) -> None:
    install_first_values(conn, core.clock.now())
    install(conn, seeds(), core.clock.now())
    for bank in core.settings.banks:
        ctx = core.context(bank.bank_id, BankJob("start_up"))
        open_chart(conn, ctx)
        begin(conn, ctx)


@cache
def _description() -> Json:
    # Half a second of work, which most processes never need.
    return document(ENDPOINTS)
