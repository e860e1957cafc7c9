"""The services of a running core, handed to every handler of a request and of outside work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request

from mock_partners.bank.core.kernel.business_date import BusinessDates
from mock_partners.bank.core.kernel.caller import BankJob, Caller, PartnerClient
from mock_partners.bank.core.kernel.consent_texts import Texts
from mock_partners.bank.core.kernel.context import Context, context, name_queue
from mock_partners.bank.core.kernel.feed import EventFeed
from mock_partners.bank.core.kernel.parameters import ParameterBook
from mock_partners.bank.core.kernel.settings import CoreSettings
from mock_partners.bank.core.kernel.tables import outbox
from partner_adapters.card_network.client import CardNetwork
from partner_adapters.data.client import DataSources
from partner_adapters.esign.client import ESign
from partner_adapters.identity.crypto.keys import PartnerKeys
from partner_adapters.identity.verifier import Verifier
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, OutboxWorker, post, post_leased
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.sealed_chunks import ChunkSealer
from partner_adapters.kit.web.rate_limits import Counters
from partner_adapters.kit.web.side_work import SideWork
from partner_adapters.messages.client import Messages


@dataclass(frozen=True)
class ProofRun:
    """A run of the proof: the business date, when it was in protocol time, and how many rules did not hold."""

    day: date
    at: datetime
    broken_rules: int


@dataclass(frozen=True)
class CoreServices:
    """The settings, the database, the clock and the clients of every outside party of one core."""

    settings: CoreSettings
    store: Store
    clock: Clock
    dates: BusinessDates
    parameters: ParameterBook
    worker: OutboxWorker
    card_network: CardNetwork
    data: DataSources
    esign: ESign
    messages: Messages
    # By bank id and partner.
    verifiers: Mapping[tuple[str, str], Verifier]
    texts: Texts
    feed: EventFeed
    counters: Counters
    image_sealer: ChunkSealer
    paper_sealer: ChunkSealer
    decoding: SideWork
    # The published keys of the staff's OpenID provider.
    staff_keys: PartnerKeys
    # First attempts at outside work that outlived their request. A stop waits for them.
    attempts: set[asyncio.Task[None]] = field(default_factory=set)
    # The latest nightly proof of each bank on this node.
    proof_runs: dict[str, ProofRun] = field(default_factory=dict)

    def verifier(self, ctx: Context) -> Verifier:
        """Return the verifier of the statements that this caller's partner signs."""
        return self.verifiers[ctx.bank_id, ctx.partner]

    def context(self, bank_id: str, caller: Caller) -> Context:
        """Return the context of this moment."""
        now, wall = self.dates.now(bank_id), self.clock.wall()
        parameters = self.parameters.on(bank_id, now.date())
        return context(now, wall, self.settings, self.texts, bank_id, caller, self.clock.now(), parameters)


WorkHandler = Callable[[CoreServices, OutboxRow], Awaitable[Effect]]


@dataclass(frozen=True)
class OutsideWork:
    """What does one kind of outbox work, and the outside parties that it is sent to."""

    handle: WorkHandler
    # While one of them is stopped, the work is not begun. Work that was begun goes on asking for its outcome.
    sent_to: tuple[str, ...]


# A room's outside work, by the kind of its outbox rows.
Handlers = Mapping[str, OutsideWork]


def core_of(request: Request) -> CoreServices:
    """Return the core that serves this request."""
    core: CoreServices = request.app.state.core
    return core


def enqueue(
    conn: Connection, ctx: Context, kind: str, subject: str, *, customer_id: str, **payload: str | int
) -> None:
    """Add outside work to the outbox in this transaction. A worker takes it within a second after the commit.

    The payload names the customer whom the work is about, and the partner whose client caused it. The customer is empty
    for work about a guest, the partner for work of a job or a notice.
    """
    post(conn, outbox, **_work(ctx, kind, subject, customer_id, payload))


def enqueue_leased(
    conn: Connection, ctx: Context, kind: str, subject: str, *, customer_id: str, **payload: str | int
) -> OutboxRow:
    """Add outside work as `enqueue` does, and return it for `commands.Started`, which has it attempted at once."""
    return post_leased(conn, outbox, **_work(ctx, kind, subject, customer_id, payload))


def _work(
    ctx: Context, kind: str, subject: str, customer_id: str, payload: Mapping[str, str | int]
) -> dict[str, Any]:
    partner = ctx.partner if isinstance(ctx.caller, PartnerClient) else ""
    return {
        "bank_id": ctx.bank_id,
        "kind": kind,
        "subject": subject,
        "payload": {"partner": partner, "customer_id": customer_id, **payload},
        "now": ctx.wall,
    }


def context_of(core: CoreServices, row: OutboxRow) -> Context:
    """Return the context for a piece of outside work: the row's bank, the caller that caused it, and now."""
    partner = str(row.payload["partner"])
    return core.context(row.bank_id, PartnerClient(partner) if partner else BankJob(row.kind))


def queue_of(row: OutboxRow) -> str:
    """Return the queue of the customer whom a piece of outside work is about."""
    # Rows that an earlier version wrote name no customer: they wait in no queue.
    return name_queue(row.bank_id, str(row.payload.get("customer_id", "")))
