"""What the bank's staff decide in a review. A person decides within the product and within their own authority.

An approval above the person's limit is a proposal, which another person with enough authority confirms. Every command
names the version of the record that the person has read, so that no one decides on what changed meanwhile.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from mock_partners.bank.core.cases.closing import close_with_answer, put_off
from mock_partners.bank.core.cases.opening import working_days_after
from mock_partners.bank.core.cases.records import CaseRecord
from mock_partners.bank.core.credit.contracts import draft_contract
from mock_partners.bank.core.credit.decisions import store_person_decision
from mock_partners.bank.core.credit.progress import advance_application, end_consents, note_steps
from mock_partners.bank.core.credit.records import (
    ApplicationRecord,
    read_application,
    read_own_application,
)
from mock_partners.bank.core.credit.review_checks import (
    authority_fen,
    read_reasons,
    read_terms,
    require_sound,
)
from mock_partners.bank.core.credit.review_queue import (
    document_of,
    find_review_case,
    paper_codes,
    show_case,
)
from mock_partners.bank.core.credit.review_records import StepRecord, insert_step, open_question, steps_of
from mock_partners.bank.core.credit.states import APPLICATION_STATES, ApplicationEvent
from mock_partners.bank.core.credit.wire import application_to_wire
from mock_partners.bank.core.kernel.caller import staff_of
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.notices.text_messages import notify_customer
from partner_adapters.core_bank.applications import AnswerAsked, Application
from partner_adapters.core_bank.cases import CaseState
from partner_adapters.core_bank.reviews import ConfirmReview, DecideReview, ReviewCase
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.web.logs import log


def decide(conn: Connection, ctx: Context, application_id: str, command: DecideReview) -> ReviewCase:
    """Approve, decline or ask for more. Problems as `StaffReviews.decide` names them."""
    application, case, steps = _read_open(conn, ctx, application_id, command.version)
    step = StepRecord(
        number=len(steps) + 1,
        step="approve",
        operator=staff_of(ctx.caller),
        at=ctx.now,
        note=command.note,
        message=command.message.strip(),
    )
    {"approve": _approve, "decline": _decline, "ask_more": _ask_more}[command.outcome](
        conn, ctx, application, case, command, step
    )
    log.info("review.decided", kind=command.outcome, operator=step.operator, bank_id=ctx.bank_id)
    return show_case(conn, ctx, application_id)


def confirm(conn: Connection, ctx: Context, application_id: str, command: ConfirmReview) -> ReviewCase:
    """Confirm another person's proposal, which is carried out. Problems as `StaffReviews.confirm` names them."""
    application, case, steps = _read_open(conn, ctx, application_id, command.version)
    waiting, operator = steps[-1], staff_of(ctx.caller)  # a version is 1 or more, so there is a step
    if waiting.step != "propose" or waiting.limit_fen is None:
        raise Problem(409, "review.nothing_proposed")
    if waiting.operator == operator:
        raise Problem(409, "review.same_person")
    if waiting.limit_fen > (own := authority_fen(ctx)):
        raise Problem(403, "review.above_limit", params=money_params(amount=waiting.limit_fen, limit=own))
    step = StepRecord(
        number=len(steps) + 1,
        step="confirm",
        operator=operator,
        at=ctx.now,
        note=command.note,
        message=waiting.message,
        limit_fen=waiting.limit_fen,
        rate_ppm=waiting.rate_ppm,
        line_months=waiting.line_months,
        proposal=waiting.number,
        proposed_by=waiting.operator,
    )
    require_sound(conn, ctx, application, document_of(conn, ctx, application))
    _carry_out(conn, ctx, application, case, step)
    log.info("review.decided", kind="confirm", operator=operator, bank_id=ctx.bank_id)
    return show_case(conn, ctx, application_id)


def answer_asked(conn: Connection, ctx: Context, application_id: str, command: AnswerAsked) -> Application:
    """Record the customer's answer: the case waits for the staff again. Problem 409 `review.nothing_asked`."""
    application = read_own_application(conn, ctx, application_id)
    steps = steps_of(conn, ctx.bank_id, application_id)
    if open_question(steps) is None:
        raise Problem(409, "review.nothing_asked")
    case = find_review_case(conn, ctx.bank_id, application.customer_id, application_id)
    if case.state is not CaseState.OPEN:
        raise Problem(409, "review.nothing_asked")
    step = StepRecord(len(steps) + 1, "answer", None, ctx.now, note=command.note.strip())
    insert_step(conn, ctx, application_id, step)
    put_off(
        conn, ctx, case, working_days_after(ctx.parameters, ctx.today, ctx.parameters.review_working_days)
    )
    note_steps(conn, ctx, application, "more_answered")
    return application_to_wire(conn, ctx, read_application(conn, ctx.bank_id, application_id))


def _read_open(
    conn: Connection, ctx: Context, application_id: str, version: int
) -> tuple[ApplicationRecord, CaseRecord, list[StepRecord]]:
    application = read_application(conn, ctx.bank_id, application_id)
    case = find_review_case(conn, ctx.bank_id, application.customer_id, application_id)
    steps = steps_of(conn, ctx.bank_id, application_id)
    if len(steps) != version:
        last = steps[-1] if steps else None
        done = {"by": last.operator or "", "step": last.step, "at": last.at.isoformat()} if last else {}
        raise Problem(409, "review.changed", params=done)
    may_end = APPLICATION_STATES.allows(application.state, ApplicationEvent.APPROVE)
    if case.state is not CaseState.OPEN or not may_end:
        raise Problem(409, "review.ended", params={"state": application.state})
    return application, case, steps


def _approve(
    conn: Connection,
    ctx: Context,
    application: ApplicationRecord,
    case: CaseRecord,
    command: DecideReview,
    step: StepRecord,
) -> None:
    document = document_of(conn, ctx, application)
    limit_fen, rate_ppm, months = read_terms(ctx, application, document, command)
    require_sound(conn, ctx, application, document)
    step = replace(step, limit_fen=limit_fen, rate_ppm=rate_ppm, line_months=months)
    if limit_fen > authority_fen(ctx):
        insert_step(conn, ctx, application.application_id, replace(step, step="propose"))
    else:
        _carry_out(conn, ctx, application, case, step)


def _carry_out(
    conn: Connection, ctx: Context, application: ApplicationRecord, case: CaseRecord, step: StepRecord
) -> None:
    """Approve: store the decision, close the case, and draft the contract as after the machine's approval."""
    assert step.limit_fen is not None
    assert step.rate_ppm is not None
    document = document_of(conn, ctx, application)
    insert_step(conn, ctx, application.application_id, step)
    store_person_decision(conn, ctx, application, document, step, [])
    _end_case(conn, ctx, case, step)
    advance_application(conn, ctx, application.application_id, ApplicationEvent.APPROVE, "decided_by_person")
    draft_contract(conn, ctx, application, document, step.limit_fen, step.rate_ppm, step.line_months)


def _decline(
    conn: Connection,
    ctx: Context,
    application: ApplicationRecord,
    case: CaseRecord,
    command: DecideReview,
    step: StepRecord,
) -> None:
    document = document_of(conn, ctx, application)
    if not step.message:
        raise invalid("message", "field.missing")
    reasons = read_reasons(conn, ctx, application, command.reasons)
    step = replace(step, step="decline", reasons=list(dict.fromkeys(command.reasons)))
    insert_step(conn, ctx, application.application_id, step)
    store_person_decision(conn, ctx, application, document, step, reasons)
    _end_case(conn, ctx, case, step)
    event = ApplicationEvent.DECLINE
    if APPLICATION_STATES.allows(application.state, event):
        advance_application(conn, ctx, application.application_id, event, "decided_by_person")
    else:
        # The machine declined it already, and the person who looked again sees no other way.
        note_steps(conn, ctx, application, "decided_by_person")
        end_consents(conn, ctx, application)
    notify_customer(conn, ctx, application.customer_id, "application_declined", product=document.name)


def _ask_more(
    conn: Connection,
    ctx: Context,
    application: ApplicationRecord,
    case: CaseRecord,
    command: DecideReview,
    step: StepRecord,
) -> None:
    document = document_of(conn, ctx, application)
    if unknown := set(command.papers) - set(paper_codes(document)):
        raise invalid("papers", "paper.unknown", paper=min(unknown))
    if not step.message:
        raise invalid("message", "field.missing")
    until = ctx.today + timedelta(days=ctx.parameters.more_asked_days)
    step = replace(step, step="ask", papers=list(dict.fromkeys(command.papers)), until=until)
    insert_step(conn, ctx, application.application_id, step)
    # The bank's days begin anew when the customer has answered, or did not.
    put_off(conn, ctx, case, working_days_after(ctx.parameters, until, ctx.parameters.review_working_days))
    note_steps(conn, ctx, application, "more_asked")
    notify_customer(
        conn,
        ctx,
        application.customer_id,
        "application_more_asked",
        product=document.name,
        number=case.number,
        until=until.isoformat(),
    )


def _end_case(conn: Connection, ctx: Context, case: CaseRecord, step: StepRecord) -> None:
    """Close the case, with the person's words to the customer as its answer where there are any."""
    if step.message and step.operator is not None:
        close_with_answer(conn, ctx, case, step.message, step.operator)
