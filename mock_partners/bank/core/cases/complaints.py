"""Complaints (投诉), by customers and by guests, who have not logged in. Every complaint is answered within days."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, Connection

from mock_partners.bank.core.cases.opening import insert_case
from mock_partners.bank.core.cases.records import (
    CaseRecord,
    count_complaints_since,
    find_complaint_of_guest,
)
from mock_partners.bank.core.cases.tables import service_case
from mock_partners.bank.core.cases.wire import case_to_wire, progress_to_wire
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.cases import Case, CaseProgress, Complain, ComplainAsGuest, FindComplaint
from partner_adapters.kit.values.problems import Problem

# A person who has more to say in one day calls the bank. The limit keeps one from flooding those who answer.
MAX_COMPLAINTS_A_DAY = 5
DAY = timedelta(hours=24)
_t = service_case.c


def complain(conn: Connection, ctx: Context, customer_id: str, command: Complain) -> Case:
    """Record a customer's complaint, in whatever state account and consents are.

    Problems 404 `customer.unknown`, 409 `complaint.too_many` (params `max`).
    """
    require_own_customer(conn, ctx, customer_id)
    _require_not_too_many(conn, ctx, _t.customer_id == customer_id)
    return case_to_wire(_open_complaint(conn, ctx, command, customer_id=customer_id))


def complain_as_guest(conn: Connection, ctx: Context, command: ComplainAsGuest) -> CaseProgress:
    """Record a guest's complaint. The phone number is unverified, so no text message is sent before the answer.

    Problem 409 `complaint.too_many` (params `max`).
    """
    _require_not_too_many(conn, ctx, _t.customer_id.is_(None) & (_t.contact_phone == command.phone))
    contact = {
        "contact_name": command.name,
        "contact_phone": command.phone,
        "contact_lang": command.lang,
    }
    return progress_to_wire(_open_complaint(conn, ctx, command, **contact))


def find(conn: Connection, ctx: Context, command: FindComplaint) -> CaseProgress:
    """Return how far a guest's complaint is. Problem 404 `case.unknown`, the same whatever does not fit."""
    case = find_complaint_of_guest(conn, ctx.bank_id, ctx.partner, command.number, command.phone)
    if case is None:
        raise Problem(404, "case.unknown")
    return progress_to_wire(case)


def _open_complaint(conn: Connection, ctx: Context, command: Complain, **person: str) -> CaseRecord:
    days = ctx.parameters.complaint_days
    return insert_case(
        conn,
        ctx,
        kind="complaint",
        subject="",
        note=command.note,
        answer_days=days,
        in_working_days=False,
        answer_by=ctx.today + timedelta(days=days),
        **person,
    )


def _require_not_too_many(conn: Connection, ctx: Context, made_by: ColumnElement[bool]) -> None:
    if count_complaints_since(conn, ctx.bank_id, ctx.now - DAY, made_by) >= MAX_COMPLAINTS_A_DAY:
        raise Problem(409, "complaint.too_many", params={"max": MAX_COMPLAINTS_A_DAY})
