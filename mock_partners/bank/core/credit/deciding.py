"""Deciding an application: each source is asked once, on a consent that stands; then one transaction decides.

A source that does not answer leaves the application `submitted` and is asked again: silence is never a decline.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from mock_partners.bank.core import orders
from mock_partners.bank.core.credit import applications, contracts
from mock_partners.bank.core.credit.applicant import identity
from mock_partners.bank.core.credit.applications import State
from mock_partners.bank.core.credit.sources import CONNECTORS, Connector, ask, question
from mock_partners.bank.core.credit.tables import decision, source_answer
from mock_partners.bank.core.decision.engine import Verdict, decide
from mock_partners.bank.core.decision.facts import Statement
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices, Handlers, context_of
from mock_partners.bank.core.kernel.settings import CoreSettings
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.products.catalogue import digest, offered
from mock_partners.bank.core.products.document import ProductDocument
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

_OUTCOMES = {"approved": State.APPROVED, "referred": State.REFERRED, "declined": State.DECLINED}


async def gather_and_decide(core: CoreServices, row: OutboxRow) -> Effect:
    """Ask every source that has not answered yet, side by side; decide once none is left."""
    ctx, application_id = context_of(core, row), row.subject
    left = await core.store.write(lambda conn: _left_to_ask(conn, ctx, application_id))
    silent = await asyncio.gather(*(_ask_and_keep(core, ctx, application_id, one) for one in left))
    if reasons := [reason for reason in silent if reason]:
        raise RetryLater(", ".join(reasons))
    return lambda conn: _decide(conn, ctx, core.settings, application_id)


def _left_to_ask(conn: Connection, ctx: Context, application_id: str) -> list[Connector]:
    one = applications.find(conn, ctx.bank_id, application_id)
    if one.state != State.SUBMITTED:
        return []
    orders.step(conn, ctx, one.intent, "querying")
    applications.note(conn, ctx, application_id, "querying")
    t = source_answer.c
    there = select(t.source).where(t.bank_id == ctx.bank_id, t.application_id == application_id)
    answered = set(conn.execute(there).scalars())
    wanted = offered(conn, ctx.bank_id, one.product_code, ctx.today).sources
    return [
        CONNECTORS[source] for source in sorted(wanted) if source in CONNECTORS and source not in answered
    ]


async def _ask_and_keep(core: CoreServices, ctx: Context, application_id: str, connector: Connector) -> str:
    """Ask one source and keep its word at once, so that it is not asked twice. Returns why it stayed silent, or ""."""

    def allowed(conn: Connection) -> Any:
        one = applications.find(conn, ctx.bank_id, application_id)
        consent_id = one.consents.get(connector.purpose, "")
        return question(conn, ctx, one.customer_id, consent_id, connector)

    try:
        about = await core.store.read(allowed)
        said = await ask(core.data, ctx.bank_id, connector, about)
    except CallFailed as error:
        return f"{connector.source}: {error.reason}"
    except Problem as problem:
        # A consent withdrawn since is the customer's word: nobody is asked, and the decision will say so.
        return "" if problem.code == "consent.missing" else f"{connector.source}: {problem.code}"
    await core.store.write(lambda conn: _keep(conn, ctx, application_id, said, about.consent.id))
    return ""


def _keep(conn: Connection, ctx: Context, application_id: str, said: Statement, consent_id: str) -> None:
    t = source_answer.c
    mine = (t.bank_id == ctx.bank_id) & (t.application_id == application_id) & (t.source == said.source)
    if conn.execute(select(t.source).where(mine)).first() is not None:
        return
    conn.execute(
        insert(source_answer).values(
            bank_id=ctx.bank_id,
            application_id=application_id,
            source=said.source,
            as_of=said.as_of,
            facts=dict(said.facts),
            sha256=said.sha256,
            consent_id=consent_id,
            asked_at=ctx.now,
        )
    )


def _decide(conn: Connection, ctx: Context, settings: CoreSettings, application_id: str) -> None:
    one = applications.find(conn, ctx.bank_id, application_id)
    if one.state != State.SUBMITTED:
        return
    document = offered(conn, ctx.bank_id, one.product_code, ctx.today)
    statements = _statements(conn, ctx, settings, one, document)
    lpr_ppm = settings.parameters.lpr_ppm
    verdict = decide(document, statements, ctx.today, lpr_ppm)
    _record(conn, ctx, application_id, document, statements, verdict, lpr_ppm)
    applications.advance(conn, ctx, application_id, _OUTCOMES[verdict.outcome], "queried", "decided")
    if verdict.limit_fen is not None and verdict.rate_ppm is not None:
        contracts.draft(conn, ctx, settings, one, document, verdict.limit_fen, verdict.rate_ppm)
    else:
        notify_customer(
            conn, ctx, one.customer_id, f"application_{verdict.outcome}", product=document.name["zh"]
        )
    orders.succeed(conn, ctx, one.intent, {"application_id": application_id})


def _statements(
    conn: Connection, ctx: Context, settings: CoreSettings, one: Row[Any], document: ProductDocument
) -> list[Statement]:
    t = source_answer.c
    query = select(source_answer).where(t.bank_id == ctx.bank_id, t.application_id == one.application_id)
    said = [Statement(row.source, row.as_of, row.facts) for row in conn.execute(query.order_by(t.source))]
    askable = {source for source in document.sources if source in CONNECTORS}
    asked = {
        "amount_fen": one.amount_fen,
        "term_months": one.term_months,
        # The only way a source that can be asked is still silent here.
        "consents_stand": askable <= {statement.source for statement in said},
    }
    region = settings.bank[ctx.bank_id].region
    return [
        identity(conn, ctx, one.customer_id, region),
        Statement("application", ctx.today, asked),
        *said,
    ]


def _record(
    conn: Connection,
    ctx: Context,
    application_id: str,
    document: ProductDocument,
    statements: Sequence[Statement],
    verdict: Verdict,
    lpr_ppm: int,
) -> None:
    t = decision.c
    mine = (t.bank_id == ctx.bank_id) & (t.application_id == application_id)
    number = conn.execute(select(func.coalesce(func.max(t.number), 0)).where(mine)).scalar_one() + 1
    hashes = sorted(statement.sha256 for statement in statements)
    conn.execute(
        insert(decision).values(
            bank_id=ctx.bank_id,
            application_id=application_id,
            number=number,
            outcome=verdict.outcome,
            limit_fen=verdict.limit_fen,
            rate_ppm=verdict.rate_ppm,
            line_months=document.line.months if verdict.outcome == "approved" else None,
            reasons=[reason.model_dump(mode="json") for reason in verdict.reasons],
            better_from=verdict.better_from,
            decided_by="machine",
            decided_at=ctx.now,
            product_version=document.version,
            product_sha256=digest(document),
            lpr_ppm=lpr_ppm,
            facts_sha256=hashlib.sha256("".join(hashes).encode()).hexdigest(),
            trace=verdict.trace,
        )
    )


HANDLERS: Handlers = {applications.DECIDE: gather_and_decide}
