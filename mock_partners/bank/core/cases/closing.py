"""Ending a case without a reply of its own: a decision was the answer, or the customer cancels."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, update

from mock_partners.bank.core.cases.records import CaseRecord, find_case_of_customer, read_case
from mock_partners.bank.core.cases.tables import service_case
from mock_partners.bank.core.cases.wire import case_to_wire
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.cases import Case, CaseState
from partner_adapters.kit.values.problems import Problem

_t = service_case.c


def close_all(conn: Connection, ctx: Context, customer_id: str, subject: str, state: CaseState) -> None:
    """Close every open case of the customer about the subject."""
    about = (_t.bank_id == ctx.bank_id) & (_t.customer_id == customer_id) & (_t.subject == subject)
    conn.execute(
        update(service_case).where(about, _t.state == CaseState.OPEN).values(state=state, closed_at=ctx.now)
    )


def close_with_answer(conn: Connection, ctx: Context, case: CaseRecord, answer: str, operator: str) -> None:
    """Close the case with the staff's words to the person, and the operator whose words they are."""
    replied = {"answer": answer, "answered_by": operator, "closed_at": ctx.now}
    same = (_t.bank_id == ctx.bank_id) & (_t.case_id == case.case_id)
    conn.execute(update(service_case).where(same).values(state=CaseState.ANSWERED, **replied))


def put_off(conn: Connection, ctx: Context, case: CaseRecord, answer_by: date) -> None:
    """Let the bank's days to answer end on that day, because it waits for the customer."""
    same = (_t.bank_id == ctx.bank_id) & (_t.case_id == case.case_id)
    conn.execute(update(service_case).where(same).values(answer_by=answer_by))


def cancel(conn: Connection, ctx: Context, customer_id: str, case_id: str) -> Case:
    """Cancel a case that was opened before an application. Problem 404 `case.unknown`.

    What waits about an application is cancelled with the application (`credit/reviews.py`).
    """
    require_own_customer(conn, ctx, customer_id)
    case = find_case_of_customer(conn, ctx.bank_id, customer_id, case_id)
    if case is None or case.kind != "eligibility":
        raise Problem(404, "case.unknown")
    close_all(conn, ctx, customer_id, case.subject, CaseState.CANCELLED)
    return case_to_wire(read_case(conn, ctx.bank_id, case_id))
