"""Deciding an application.

Each source is asked once, on a valid consent. Then one transaction decides. A source that does not answer leaves the
application `submitted` and is asked again: a missing answer is never a decline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, func, insert, select

from mock_partners.bank.core import orders
from mock_partners.bank.core.cases.closing import close_all
from mock_partners.bank.core.cases.opening import open_case
from mock_partners.bank.core.credit.applicant import customer_group, identity_facts
from mock_partners.bank.core.credit.applications import DECIDE
from mock_partners.bank.core.credit.contracts import draft_contract
from mock_partners.bank.core.credit.own_lending import lending_facts
from mock_partners.bank.core.credit.progress import advance_application, note_steps
from mock_partners.bank.core.credit.records import (
    ApplicationRecord,
    product_of_application,
    read_application,
    statements_about_application,
)
from mock_partners.bank.core.credit.replay import verdict_columns
from mock_partners.bank.core.credit.signer_checks import check_signer
from mock_partners.bank.core.credit.sources import (
    CONNECTORS,
    Connector,
    ask_source,
    believed,
    question_for,
)
from mock_partners.bank.core.credit.states import APPLICATION_STATES, ApplicationEvent
from mock_partners.bank.core.credit.tables import decision as decision_table
from mock_partners.bank.core.credit.tables import source_answer
from mock_partners.bank.core.customers import read_customer
from mock_partners.bank.core.customers.records import standing_consents
from mock_partners.bank.core.decision.engine import Verdict, decide
from mock_partners.bank.core.decision.facts import SourceStatement, sha256_of_all
from mock_partners.bank.core.decision.single_change import SingleChange, find_change_known
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import CREDIT_BUREAU, DATA_SOURCES
from mock_partners.bank.core.kernel.services import CoreServices, Handlers, OutsideWork, context_of, queue_of
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.products.catalogue import digest
from mock_partners.bank.core.products.document import ProductDocument
from partner_adapters.core_bank.cases import CaseState
from partner_adapters.data.quality import FAULTS
from partner_adapters.data.wire import Question
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

# What the core finds missing itself, and the tax bureau's refusal of an authorisation that it does not know or ended.
NOT_ALLOWED = frozenset({"consent.missing", "authorisation.missing", "authorisation.invalid"})
_EVENTS = {
    "approved": ApplicationEvent.APPROVE,
    "referred": ApplicationEvent.REFER,
    "declined": ApplicationEvent.DECLINE,
}
_answer = source_answer.c


@dataclass(frozen=True)
class Answer:
    """What a source stated, the consent that allowed the query, and what it cost."""

    statement: SourceStatement
    consent_id: str
    cost_fen: int


async def gather_and_decide(core: CoreServices, row: OutboxRow) -> Effect:
    """Ask the sources that have not answered yet, and decide once all have answered.

    Queries that are paid for or recorded come last, and are left out where the other rules decline already.
    """
    ctx, application_id = context_of(core, row), row.subject
    # Beside the sources, so that it delays no decision.
    told = asyncio.ensure_future(check_signer(core, ctx, application_id, queue_of(row)))
    try:
        effect = await _gather(core, ctx, row)
    finally:
        await told
    return effect


async def _gather(core: CoreServices, ctx: Context, row: OutboxRow) -> Effect:
    answers: list[Answer] = []
    failures: list[str] = []
    for leaves_a_record in (False, True):
        # One transaction stores a round and begins the next: each commit waits for the disk.
        questions = await core.store.write(
            partial(_begin_round, core, ctx, row.subject, answers, leaves_a_record), queue=queue_of(row)
        )
        asked = [_ask(core, ctx, connector, question) for connector, question in questions]
        outcomes = await asyncio.gather(*asked)
        answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
        failures = [outcome for outcome in outcomes if isinstance(outcome, str)]
        if failures:
            break
    if answers:
        # Stored before anything else can fail, so that no source that leaves a record is asked twice.
        await core.store.write(partial(_store_all, ctx, row.subject, answers), queue=queue_of(row))
    if reasons := [reason for reason in failures if reason]:
        raise RetryLater(", ".join(reasons))
    return lambda conn: _decide(conn, ctx, row.subject)


def _begin_round(
    core: CoreServices,
    ctx: Context,
    application_id: str,
    answers: Sequence[Answer],
    leaves_a_record: bool,
    conn: Connection,
) -> list[tuple[Connector, Question]]:
    """Store what the round before answered, and return whom to ask now and what."""
    _store_all(ctx, application_id, answers, conn)
    application = read_application(conn, ctx.bank_id, application_id)
    if not APPLICATION_STATES.allows(application.state, ApplicationEvent.QUERY_SOURCES):
        return []
    document = product_of_application(conn, ctx.bank_id, application)
    statements = _statements_about(conn, ctx, application, document)
    if decide(document, statements, ctx.today, ctx.parameters.lpr_ppm).outcome == "declined":
        return []
    orders.step(conn, ctx, application.intent, "querying")
    note_steps(conn, ctx, application, "querying")
    answered = {statement.source for statement in statements}
    to_ask = [
        CONNECTORS[source]
        for source in sorted(document.sources)
        if source in CONNECTORS
        and source not in answered
        and CONNECTORS[source].leaves_a_record == leaves_a_record
    ]
    questions = []
    for connector in to_ask:
        if not _reuse(conn, ctx, application, connector, core.data.rules(connector.source).shelf_days, core):
            consent_id = application.consents.get(connector.purpose, "")
            try:
                question = question_for(conn, ctx, application.customer_id, consent_id, connector)
            except Problem as problem:
                # The source is not asked, and the decision takes that into account.
                if problem.code not in NOT_ALLOWED:
                    raise
            else:
                questions.append((connector, question))
    return questions


def _reuse(
    conn: Connection,
    ctx: Context,
    application: ApplicationRecord,
    connector: Connector,
    shelf_days: int,
    core: CoreServices,
) -> bool:
    """Use a statement again that is still fresh, in place of a query. Whether there was one.

    Only on the same consent, which must stand: what was given for another purpose or has ended permits nothing.
    """
    consent_id = application.consents.get(connector.purpose, "")
    if not shelf_days or not standing_consents(conn, ctx.bank_id, application.customer_id, [consent_id]):
        return False
    fresh = (
        select(source_answer)
        .where(
            _answer.bank_id == ctx.bank_id,
            _answer.source == connector.source,
            _answer.consent_id == consent_id,
            _answer.application_id != application.application_id,
            _answer.as_of >= ctx.today - timedelta(days=shelf_days),
        )
        .order_by(_answer.asked_at.desc(), _answer.application_id)
        .limit(1)
    )
    row = conn.execute(fresh).first()
    if row is None or FAULTS in row.facts:
        return False
    again = {**row._mapping, "application_id": application.application_id, "cost_fen": 0}
    conn.execute(insert(source_answer).values(again))
    core.data.uses.count(ctx.bank_id, connector.source, "reused")
    return True


async def _ask(core: CoreServices, ctx: Context, connector: Connector, question: Question) -> Answer | str:
    """Ask one source. Return its answer, or why it did not answer; empty where it may not be asked any more."""
    try:
        statement = await ask_source(core.data, ctx.bank_id, connector, question, ctx.today)
    except CallFailed as error:
        return f"{connector.source}: {error.reason}"
    except Problem as problem:
        # What allowed the query has ended since. The decision takes that into account.
        return "" if problem.code in NOT_ALLOWED else f"{connector.source}: {problem.code}"
    return Answer(statement, question.consent.id, core.data.rules(connector.source).cost_fen)


def _store_all(ctx: Context, application_id: str, answers: Sequence[Answer], conn: Connection) -> None:
    # Two attempts may ask at once. The first statement counts, as the decision may rest on it already.
    known = {each.source for each in statements_about_application(conn, ctx.bank_id, application_id)}
    for answer in answers:
        if answer.statement.source not in known:
            _store_answer(conn, ctx, application_id, answer)


def _store_answer(conn: Connection, ctx: Context, application_id: str, answer: Answer) -> None:
    statement = answer.statement
    conn.execute(
        insert(source_answer).values(
            bank_id=ctx.bank_id,
            application_id=application_id,
            source=statement.source,
            as_of=statement.as_of,
            facts=dict(statement.facts),
            sha256=statement.sha256,
            consent_id=answer.consent_id,
            asked_at=ctx.now,
            cost_fen=answer.cost_fen,
        )
    )


def _decide(conn: Connection, ctx: Context, application_id: str) -> None:
    application = read_application(conn, ctx.bank_id, application_id)
    # Asked again: another attempt may have decided in the meantime.
    if not APPLICATION_STATES.allows(application.state, ApplicationEvent.QUERY_SOURCES):
        return
    document = product_of_application(conn, ctx.bank_id, application)
    statements = _statements_about(conn, ctx, application, document)
    lpr_ppm = ctx.parameters.lpr_ppm
    verdict = decide(document, statements, ctx.today, lpr_ppm)
    change = find_change_known(document, statements, ctx.today, lpr_ppm, verdict)
    _store_decision(conn, ctx, application_id, document, statements, verdict, change)
    has_asked = bool(statements_about_application(conn, ctx.bank_id, application_id))
    steps = ("queried", "decided") if has_asked else ("decided",)
    advance_application(conn, ctx, application_id, _EVENTS[verdict.outcome], *steps)
    if verdict.limit_fen is not None and verdict.rate_ppm is not None:
        draft_contract(conn, ctx, application, document, verdict.limit_fen, verdict.rate_ppm)
    else:
        message, values = f"application_{verdict.outcome}", {}
        if verdict.outcome == "declined":
            # No contract is left to sign at a counter.
            close_all(conn, ctx, application.customer_id, application_id, CaseState.ANSWERED)
        if verdict.outcome == "referred":
            case = open_case(conn, ctx, "referral", application.customer_id, application_id)
            values = {"number": case.number, "answer_by": case.answer_by.isoformat()}
        notify_customer(conn, ctx, application.customer_id, message, product=document.name, **values)
    orders.succeed(conn, ctx, application.intent, {"application_id": application_id})


def _statements_about(
    conn: Connection,
    ctx: Context,
    application: ApplicationRecord,
    document: ProductDocument,
) -> list[SourceStatement]:
    """Return what the core itself and the sources state about the applicant."""
    statements = statements_about_application(conn, ctx.bank_id, application.application_id)
    answered = {statement.source for statement in statements}
    to_ask = [
        CONNECTORS[source] for source in document.sources if source in CONNECTORS and source not in answered
    ]
    consent_ids = [application.consents.get(connector.purpose, "") for connector in to_ask]
    standing = standing_consents(conn, ctx.bank_id, application.customer_id, consent_ids)
    facts = {
        "amount_fen": application.amount_fen,
        "term_months": application.term_months,
        "group": customer_group(conn, ctx, application.customer_id),
        # More could not be signed for where the customer applied.
        "at_most_fen": application.at_most_fen or document.asking.max_fen,
        # What was answered before a withdrawal counts; what was not may not be asked any more.
        "consents_stand": {connector.purpose for connector in to_ask} <= {each.purpose for each in standing},
    }
    applicant = read_customer(conn, ctx.bank_id, application.customer_id)
    reported_on = next((each.as_of for each in statements if each.source == CREDIT_BUREAU), None)
    return [
        identity_facts(conn, ctx, application.customer_id, statements),
        lending_facts(conn, ctx, application.customer_id, reported_on),
        SourceStatement("application", ctx.today, facts),
        *believed(statements, applicant.name),
    ]


def _store_decision(
    conn: Connection,
    ctx: Context,
    application_id: str,
    document: ProductDocument,
    statements: Sequence[SourceStatement],
    verdict: Verdict,
    change: SingleChange | None,
) -> None:
    decision = decision_table.c
    of_application = (decision.bank_id == ctx.bank_id) & (decision.application_id == application_id)
    last_number = select(func.coalesce(func.max(decision.number), 0)).where(of_application)
    conn.execute(
        insert(decision_table).values(
            bank_id=ctx.bank_id,
            application_id=application_id,
            number=conn.execute(last_number).scalar_one() + 1,
            **verdict_columns(verdict),
            line_months=document.line.months if verdict.outcome == "approved" else None,
            decided_by="machine",
            decided_at=ctx.now,
            product_version=document.version,
            product_sha256=digest(document),
            lpr_ppm=ctx.parameters.lpr_ppm,
            facts_sha256=sha256_of_all(statements),
            statements=[each.document for each in statements],
            would_approve=None if change is None else change.document,
        )
    )


HANDLERS: Handlers = {DECIDE: OutsideWork(gather_and_decide, DATA_SOURCES)}
