"""Opening, listing and closing cases."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from mock_partners.bank.core.cases.tables import service_case
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.cases import Case, CaseKind, CaseList, CaseState
from partner_adapters.kit.values.check_digits import luhn_check
from partner_adapters.kit.values.problems import Problem

# The digits of a number that are drawn by lot, after the six of the date. A check digit follows them.
DRAWN_DIGITS = 5
MAX_CASES = 100
_t = service_case.c


def open_case(
    conn: Connection,
    ctx: Context,
    kind: CaseKind,
    customer_id: str,
    partner: str,
    subject: str,
    note: str = "",
) -> Case:
    """Open a case and return it. One that is open already about the same subject is returned instead."""
    existing = find_open(conn, ctx, customer_id, subject, kind)
    if existing is not None:
        return existing
    days = ctx.parameters.review_working_days
    case_id = secrets.token_hex(16)
    conn.execute(
        insert(service_case).values(
            bank_id=ctx.bank_id,
            case_id=case_id,
            number=_new_number(conn, ctx),
            kind=kind,
            partner=partner,
            customer_id=customer_id,
            subject=subject,
            note=note,
            state=CaseState.OPEN,
            opened_at=ctx.now,
            answer_days=days,
            in_working_days=True,
            answer_by=working_days_after(ctx.today, days),
        )
    )
    return _read(conn, ctx, case_id)


def find_open(
    conn: Connection, ctx: Context, customer_id: str, subject: str, kind: CaseKind | None = None
) -> Case | None:
    """Return the customer's open case about the subject, or None. `kind`: of this kind only."""
    query = select(service_case).where(
        _t.bank_id == ctx.bank_id,
        _t.customer_id == customer_id,
        _t.subject == subject,
        _t.state == CaseState.OPEN,
    )
    if kind is not None:
        query = query.where(_t.kind == kind)
    row = conn.execute(query.order_by(_t.opened_at.desc()).limit(1)).first()
    return None if row is None else _case(row)


def close_all(conn: Connection, ctx: Context, customer_id: str, subject: str, state: CaseState) -> None:
    """Close every open case of the customer about the subject."""
    about = (_t.bank_id == ctx.bank_id) & (_t.customer_id == customer_id) & (_t.subject == subject)
    conn.execute(
        update(service_case).where(about, _t.state == CaseState.OPEN).values(state=state, closed_at=ctx.now)
    )


def show_all(conn: Connection, ctx: Context, customer_id: str) -> CaseList:
    """Return the customer's cases, newest first."""
    require_own_customer(conn, ctx, customer_id)
    query = (
        select(service_case)
        .where(_t.bank_id == ctx.bank_id, _t.customer_id == customer_id)
        .order_by(_t.opened_at.desc(), _t.case_id)
        .limit(MAX_CASES)
    )
    return CaseList(items=[_case(row) for row in conn.execute(query)])


def cancel(conn: Connection, ctx: Context, customer_id: str, case_id: str) -> Case:
    """Cancel a case that was opened before an application. Problem 404 `case.unknown`.

    What waits about an application is cancelled with the application (`credit/reviews.py`).
    """
    require_own_customer(conn, ctx, customer_id)
    own = (_t.bank_id == ctx.bank_id) & (_t.case_id == case_id) & (_t.customer_id == customer_id)
    row = conn.execute(select(service_case).where(own)).first()
    if row is None or row.kind != "eligibility":
        raise Problem(404, "case.unknown")
    close_all(conn, ctx, customer_id, row.subject, CaseState.CANCELLED)
    return _read(conn, ctx, case_id)


def working_days_after(day: date, count: int) -> date:
    """Return the day that is `count` working days later. Weekends are skipped; public holidays are not known."""
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            count -= 1
    return day


def _new_number(conn: Connection, ctx: Context) -> str:
    """Return a number that no case of the bank has: date, digits drawn by lot, check digit."""
    while True:
        drawn = str(secrets.randbelow(10**DRAWN_DIGITS)).zfill(DRAWN_DIGITS)
        body = f"{ctx.today:%y%m%d}{drawn}"
        number = body + luhn_check(body)
        if (
            conn.execute(select(_t.case_id).where(_t.bank_id == ctx.bank_id, _t.number == number)).first()
            is None
        ):
            return number


def _read(conn: Connection, ctx: Context, case_id: str) -> Case:
    query = select(service_case).where(_t.bank_id == ctx.bank_id, _t.case_id == case_id)
    return _case(conn.execute(query).one())


def _case(row: Row[Any]) -> Case:
    return Case(
        case_id=row.case_id,
        number=row.number,
        kind=row.kind,
        subject=row.subject,
        note=row.note,
        state=CaseState(row.state),
        opened_at=row.opened_at,
        answer_days=row.answer_days,
        in_working_days=row.in_working_days,
        answer_by=row.answer_by,
        answer=row.answer,
        closed_at=row.closed_at,
    )
