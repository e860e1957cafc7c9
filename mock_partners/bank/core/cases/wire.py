"""Wire models of cases."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.cases.records import CaseRecord, cases_of_customer
from mock_partners.bank.core.customers import read_customer
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.cases import Case, CaseList, CaseProgress, StaffCase


def show_all(conn: Connection, ctx: Context, customer_id: str) -> CaseList:
    """Return the customer's cases, newest first. Problem 404 `customer.unknown`."""
    require_own_customer(conn, ctx, customer_id)
    return CaseList(items=[case_to_wire(case) for case in cases_of_customer(conn, ctx.bank_id, customer_id)])


def progress_to_wire(case: CaseRecord) -> CaseProgress:
    """Return what a guest may see."""
    return CaseProgress(
        number=case.number,
        state=case.state,
        opened_at=case.opened_at,
        answer_days=case.answer_days,
        in_working_days=case.in_working_days,
        answer_by=case.answer_by,
        closed_at=case.closed_at,
    )


def case_to_wire(case: CaseRecord) -> Case:
    """Return what the customer may see."""
    return Case(
        **progress_to_wire(case).model_dump(),
        case_id=case.case_id,
        kind=case.kind,
        subject=case.subject,
        note=case.note,
        answer=case.answer,
    )


def case_to_staff(conn: Connection, ctx: Context, case: CaseRecord) -> StaffCase:
    """Return what the bank's staff see, with the name and number of the person who asked."""
    name, phone = case.contact_name, case.contact_phone
    if case.customer_id is not None:
        customer = read_customer(conn, ctx.bank_id, case.customer_id)
        name, phone = customer.name, customer.phone
    # The table lets no case be without both.
    assert name is not None
    assert phone is not None
    return StaffCase(
        **case_to_wire(case).model_dump(),
        partner=case.partner,
        customer_id=case.customer_id,
        name=name,
        phone=phone,
        is_overdue=case.is_overdue(ctx.today),
        answered_by=case.answered_by,
    )
