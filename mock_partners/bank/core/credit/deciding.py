"""Deciding an application.

Each source is asked once, on a valid consent. Then one transaction decides. A source that does not answer leaves the
application `submitted` and is asked again: a missing answer is never a decline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select

from mock_partners.bank.core import orders
from mock_partners.bank.core.cases.closing import close_all
from mock_partners.bank.core.cases.opening import open_case
from mock_partners.bank.core.credit.applications import DECIDE
from mock_partners.bank.core.credit.contracts import draft_contract
from mock_partners.bank.core.credit.known_facts import KnownFacts, read_known_facts
from mock_partners.bank.core.credit.progress import advance_application, note_steps
from mock_partners.bank.core.credit.records import read_application, statements_about_application
from mock_partners.bank.core.credit.replay import verdict_columns
from mock_partners.bank.core.credit.signer_checks import check_signer
from mock_partners.bank.core.credit.sources import CONNECTORS, Connector, ask_source, question_for
from mock_partners.bank.core.credit.states import APPLICATION_STATES, ApplicationEvent
from mock_partners.bank.core.credit.tables import decision as decision_table
from mock_partners.bank.core.credit.tables import source_answer
from mock_partners.bank.core.decision.engine import Verdict
from mock_partners.bank.core.decision.facts import SourceStatement, sha256_of_all
from mock_partners.bank.core.decision.single_change import SingleChange, find_change_known
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import DATA_SOURCES
from mock_partners.bank.core.kernel.services import CoreServices, Handlers, OutsideWork, context_of, queue_of
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.products.catalogue import digest
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
# Kept, so that what signing adds to them is built once (`audit/signing.py`).
_STORE_ANSWER, _STORE_DECISION = insert(source_answer), insert(decision_table)


_STATED_BEFORE = (
    select(source_answer)
    .where(
        _answer.bank_id == bindparam("bank_id"),
        _answer.consent_id.in_(bindparam("consent_ids", expanding=True)),
        _answer.application_id != bindparam("application_id"),
    )
    .order_by(_answer.asked_at.desc(), _answer.application_id)
)


@dataclass(frozen=True)
class Answer:
    """What a source stated and when, the consent that allowed the query, and what it cost."""

    statement: SourceStatement
    consent_id: str
    cost_fen: int
    asked_at: datetime


@dataclass(frozen=True)
class NextQueries:
    """Whom to ask now and what, and the statements that are used again in place of a query.

    `are_last`: no source is left to ask after these.
    """

    questions: Sequence[tuple[Connector, Question]] = ()
    reused: Sequence[Answer] = ()
    are_last: bool = True


async def gather_and_decide(core: CoreServices, row: OutboxRow) -> Effect:
    """Ask the sources that have not answered yet, and decide once all have answered.

    Queries that are paid for or recorded come last, and are left out where the other rules decline already.
    """
    ctx, application_id, queue = context_of(core, row), row.subject, queue_of(row)
    answers: list[Answer] = []
    unstored: list[Answer] = []
    asked: set[str] = set()
    failures: list[str] = []
    not_kept: BaseException | None = None
    told: asyncio.Task[None] | None = None
    is_last = False
    try:
        while not (is_last or failures or not_kept):
            look = partial(_next_queries, core, ctx, application_id, answers, frozenset(asked))
            queries = await core.store.read(look)
            for reused in queries.reused:
                core.data.uses.count(ctx.bank_id, reused.statement.source, "reused")
            unstored += queries.reused
            answers += queries.reused
            is_last = queries.are_last
            if not queries.questions:
                break
            asking = [asyncio.ensure_future(_ask(core, ctx, *query)) for query in queries.questions]
            # What follows runs while the sources work, after the questions are sent. So it delays no decision.
            keep = partial(_keep, ctx, application_id, tuple(unstored), not asked)
            keeping = asyncio.ensure_future(core.store.write(keep, queue=queue))
            told = told or asyncio.ensure_future(check_signer(core, ctx, application_id, queue))
            outcomes = await asyncio.gather(*asking)
            await asyncio.wait({keeping})
            not_kept = keeping.exception()
            asked |= {connector.source for connector, _ in queries.questions}
            failures = [outcome for outcome in outcomes if isinstance(outcome, str)]
            answered = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
            unstored = [*(unstored if not_kept else ()), *answered]
            answers += answered
        if unstored:
            # Stored before anything else can fail, so that no source that leaves a record is asked twice.
            await core.store.write(partial(_store_all, ctx, application_id, unstored), queue=queue)
        if not_kept is not None:
            raise not_kept
        told = told or asyncio.ensure_future(check_signer(core, ctx, application_id, queue))
    finally:
        if told is not None:
            await told
    if reasons := [reason for reason in failures if reason]:
        raise RetryLater(", ".join(reasons))
    return lambda conn: _decide(conn, ctx, application_id)


def _next_queries(
    core: CoreServices,
    ctx: Context,
    application_id: str,
    answers: Sequence[Answer],
    asked: Collection[str],
    conn: Connection,
) -> NextQueries:
    """Return what to ask now, on the consents that stand now. Nothing where what is known declines already.

    Sources that leave a record are asked once no other is left to ask.
    """
    application = read_application(conn, ctx.bank_id, application_id)
    if not APPLICATION_STATES.allows(application.state, ApplicationEvent.QUERY_SOURCES):
        return NextQueries()
    known = read_known_facts(conn, ctx, application, [each.statement for each in answers])
    reused = [] if asked else _reusable(conn, ctx, core, known)
    if reused:
        # They are known before anything is asked, as the bank's own facts are.
        known = read_known_facts(conn, ctx, application, [each.statement for each in (*answers, *reused)])
    if known.verdict(ctx).outcome == "declined":
        return NextQueries(reused=reused)
    for leaves_a_record in (False, True):
        questions = []
        for connector in known.unanswered:
            if connector.leaves_a_record == leaves_a_record and connector.source not in asked:
                try:
                    question = question_for(conn, ctx, known.applicant, known.standing, connector)
                except Problem as problem:
                    # The source is not asked, and the decision takes that into account.
                    if problem.code not in NOT_ALLOWED:
                        raise
                else:
                    questions.append((connector, question))
        if questions:
            return NextQueries(questions, reused, are_last=leaves_a_record)
    return NextQueries(reused=reused)


def _reusable(conn: Connection, ctx: Context, core: CoreServices, known: KnownFacts) -> list[Answer]:
    """Return the statements that are still fresh and are used again in place of queries, the latest of each source.

    Only on the same consent, which must stand: what was given for another purpose or has ended permits nothing.
    """
    shelf_days = {
        connector.source: days
        for connector in known.unanswered
        if connector.purpose in known.standing and (days := core.data.rules(connector.source).shelf_days)
    }
    consent_ids = {
        source: known.standing[CONNECTORS[source].purpose].consent_id for source in sorted(shelf_days)
    }
    if not consent_ids:
        return []
    named = {
        "bank_id": ctx.bank_id,
        "consent_ids": list(consent_ids.values()),
        "application_id": known.application.application_id,
    }
    latest: dict[str, Row[Any]] = {}
    for row in conn.execute(_STATED_BEFORE, named):
        is_same = consent_ids.get(row.source) == row.consent_id
        if is_same and row.as_of >= ctx.today - timedelta(days=shelf_days[row.source]):
            latest.setdefault(row.source, row)
    return [
        Answer(SourceStatement(source, row.as_of, row.facts), row.consent_id, 0, row.asked_at)
        for source, row in latest.items()
        if FAULTS not in row.facts
    ]


async def _ask(core: CoreServices, ctx: Context, connector: Connector, question: Question) -> Answer | str:
    """Ask one source. Return its answer, or why it did not answer; empty where it may not be asked any more."""
    try:
        statement = await ask_source(core.data, ctx.bank_id, connector, question, ctx.today)
    except CallFailed as error:
        return f"{connector.source}: {error.reason}"
    except Problem as problem:
        # What allowed the query has ended since. The decision takes that into account.
        return "" if problem.code in NOT_ALLOWED else f"{connector.source}: {problem.code}"
    return Answer(statement, question.consent.id, core.data.rules(connector.source).cost_fen, ctx.now)


def _keep(
    ctx: Context, application_id: str, answers: Sequence[Answer], begins: bool, conn: Connection
) -> None:
    """Store the answers so far, and on the first round that sources are being asked."""
    if answers:
        _store_all(ctx, application_id, answers, conn)
    if not begins:
        return
    application = read_application(conn, ctx.bank_id, application_id)
    # Another attempt may have decided in the meantime.
    if APPLICATION_STATES.allows(application.state, ApplicationEvent.QUERY_SOURCES):
        orders.step(conn, ctx, application.intent, "querying")
        note_steps(conn, ctx, application, "querying")


def _store_all(ctx: Context, application_id: str, answers: Sequence[Answer], conn: Connection) -> None:
    # Two attempts may ask at once. The first statement counts, as the decision may rest on it already.
    known = {each.source for each in statements_about_application(conn, ctx.bank_id, application_id)}
    for answer in answers:
        if answer.statement.source not in known:
            _store_answer(conn, ctx, application_id, answer)


def _store_answer(conn: Connection, ctx: Context, application_id: str, answer: Answer) -> None:
    statement = answer.statement
    conn.execute(
        _STORE_ANSWER,
        {
            "bank_id": ctx.bank_id,
            "application_id": application_id,
            "source": statement.source,
            "as_of": statement.as_of,
            "facts": dict(statement.facts),
            "sha256": statement.sha256,
            "consent_id": answer.consent_id,
            "asked_at": answer.asked_at,
            "cost_fen": answer.cost_fen,
        },
    )


def _decide(conn: Connection, ctx: Context, application_id: str) -> None:
    application = read_application(conn, ctx.bank_id, application_id)
    # Asked again: another attempt may have decided in the meantime.
    if not APPLICATION_STATES.allows(application.state, ApplicationEvent.QUERY_SOURCES):
        return
    known = read_known_facts(conn, ctx, application)
    document, verdict = known.document, known.verdict(ctx)
    change = find_change_known(document, known.statements, ctx.today, ctx.parameters.lpr_ppm, verdict)
    _store_decision(conn, ctx, known, verdict, change)
    steps = ("queried", "decided") if known.answered else ("decided",)
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


def _store_decision(
    conn: Connection, ctx: Context, known: KnownFacts, verdict: Verdict, change: SingleChange | None
) -> None:
    application_id, document = known.application.application_id, known.document
    decision = decision_table.c
    of_application = (decision.bank_id == ctx.bank_id) & (decision.application_id == application_id)
    last_number = select(func.coalesce(func.max(decision.number), 0)).where(of_application)
    conn.execute(
        _STORE_DECISION,
        {
            "bank_id": ctx.bank_id,
            "application_id": application_id,
            "number": conn.execute(last_number).scalar_one() + 1,
            **verdict_columns(verdict),
            "line_months": document.line.months if verdict.outcome == "approved" else None,
            "decided_by": "machine",
            "decided_at": ctx.now,
            "product_version": document.version,
            "product_sha256": known.application.product_sha256 or digest(document),
            "lpr_ppm": ctx.parameters.lpr_ppm,
            "facts_sha256": sha256_of_all(known.statements),
            "statements": [each.document for each in known.statements],
            "would_approve": None if change is None else change.document,
        },
    )


HANDLERS: Handlers = {DECIDE: OutsideWork(gather_and_decide, DATA_SOURCES)}
