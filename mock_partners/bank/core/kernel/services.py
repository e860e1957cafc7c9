"""What a running core is made of: handed to every route and every piece of later work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection
from starlette.requests import Request

from mock_partners.bank.core.kernel.caller import BankJob, Caller, PartnerClient
from mock_partners.bank.core.kernel.consent_texts import Texts
from mock_partners.bank.core.kernel.context import Context, context
from mock_partners.bank.core.kernel.settings import CoreSettings
from mock_partners.bank.core.kernel.tables import outbox
from partner_adapters.card_network.client import CardNetwork
from partner_adapters.data.client import DataSources
from partner_adapters.esign.client import ESign
from partner_adapters.identity.verifier import Verifier
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, OutboxWorker, post
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import Clock
from partner_adapters.messages.client import Messages


@dataclass(frozen=True)
class Core:
    """One core: its settings, its database, its clock, and everybody it may call."""

    settings: CoreSettings
    store: Store
    clock: Clock
    worker: OutboxWorker
    card_network: CardNetwork
    data: DataSources
    esign: ESign
    messages: Messages
    verifiers: Mapping[tuple[str, str], Verifier]
    """By bank id and partner."""
    texts: Texts
    attempts: set[asyncio.Task[None]] = field(default_factory=set)
    """First attempts at outside work that outlived their request; awaited at shutdown."""

    def verifier(self, ctx: Context) -> Verifier:
        """Return the verifier of the statements that this caller's partner signs."""
        return self.verifiers[ctx.bank_id, ctx.partner]

    def context(self, bank_id: str, caller: Caller) -> Context:
        """Return the context of this moment."""
        return context(self.clock, self.settings, self.texts, bank_id, caller)


WorkHandler = Callable[[Core, OutboxRow], Awaitable[Effect]]
Handlers = Mapping[str, WorkHandler]
"""Each room's outside work, by the kind of its outbox rows."""


def core_of(request: Request) -> Core:
    """The core that serves this request."""
    core: Core = request.app.state.core
    return core


def later(conn: Connection, ctx: Context, kind: str, subject: str, **payload: str | int) -> str:
    """Add outside work to the outbox in this transaction and return the row's id.

    The payload names the partner whose client caused the work. It is empty for work of a job or a notice.
    """
    return post(
        conn,
        outbox,
        bank_id=ctx.bank_id,
        kind=kind,
        subject=subject,
        payload={"partner": ctx.partner if isinstance(ctx.caller, PartnerClient) else "", **payload},
        now=ctx.wall,
    )


def context_of(core: Core, row: OutboxRow) -> Context:
    """Return the context for a piece of outside work: the row's bank, the caller that caused it, and now."""
    partner = str(row.payload["partner"])
    return core.context(row.bank_id, PartnerClient(partner) if partner else BankJob(row.kind))
