"""What the bank's staff do with cases: list the open ones, and answer. The answer is sent to the person who asked."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.cases.closing import close_with_answer
from mock_partners.bank.core.cases.records import (
    CaseRecord,
    count_open_cases,
    find_case_by_number,
    open_cases,
    read_case,
)
from mock_partners.bank.core.cases.wire import case_to_staff
from mock_partners.bank.core.kernel.caller import staff_of
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import MESSAGES
from mock_partners.bank.core.kernel.services import CoreServices, Handlers, OutsideWork, enqueue
from mock_partners.bank.core.notices.text_messages import TEXTS, notify_customer, send_text
from partner_adapters.core_bank.cases import AnswerCase, CaseState, StaffCase, StaffCaseList
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, nothing_to_do
from partner_adapters.kit.values.problems import Problem

TELL_GUEST = "case.tell_guest"
# Kinds that end by a decision: see `credit/review_decisions.py` and `credit/name_changes.py`.
DECIDED = ("referral", "review", "name")


def list_open(conn: Connection, ctx: Context) -> StaffCaseList:
    """Return the open cases of the bank, the overdue ones first."""
    return StaffCaseList(
        open_count=count_open_cases(conn, ctx.bank_id),
        overdue_count=count_open_cases(conn, ctx.bank_id, due_before=ctx.today),
        items=[case_to_staff(conn, ctx, case) for case in open_cases(conn, ctx.bank_id)],
    )


def show(conn: Connection, ctx: Context, number: str) -> StaffCase:
    """Return one case, open or ended. Problem 404 `case.unknown`."""
    return case_to_staff(conn, ctx, _require_case(conn, ctx, number))


def answer(conn: Connection, ctx: Context, number: str, command: AnswerCase) -> StaffCase:
    """Record the reply with the operator who gave it, and send it. It changes no decision and no application.

    Problems 404 `case.unknown`, 409 `case.ended` (params `state`), `case.needs_decision`: words would leave the
    application open without a case.
    """
    case = _require_case(conn, ctx, number)
    if case.kind in DECIDED:
        raise Problem(409, "case.needs_decision")
    if case.state is not CaseState.OPEN:
        raise Problem(409, "case.ended", params={"state": case.state})
    close_with_answer(conn, ctx, case, command.answer, staff_of(ctx.caller))
    if case.customer_id is None:
        enqueue(conn, ctx, TELL_GUEST, case.case_id, customer_id="")
    else:
        what = TEXTS["case_answered"]["what"][case.kind]
        notify_customer(conn, ctx, case.customer_id, "case_answered", what=what, number=case.number)
    return case_to_staff(conn, ctx, read_case(conn, ctx.bank_id, case.case_id))


async def tell_guest(core: CoreServices, row: OutboxRow) -> Effect:
    """Send the reply to the guest. It is read from the case, so that the outbox holds neither text nor number."""
    case = await core.store.read(lambda conn: read_case(conn, row.bank_id, row.subject))
    assert case.contact_phone is not None
    assert case.contact_lang is not None
    assert case.answer is not None
    values = {"number": case.number, "answer": case.answer}
    await send_text(core, row, case.contact_phone, "complaint_answered", case.contact_lang, values)
    return nothing_to_do


def _require_case(conn: Connection, ctx: Context, number: str) -> CaseRecord:
    case = find_case_by_number(conn, ctx.bank_id, number)
    if case is None:
        raise Problem(404, "case.unknown")
    return case


HANDLERS: Handlers = {TELL_GUEST: OutsideWork(tell_guest, (MESSAGES,))}
