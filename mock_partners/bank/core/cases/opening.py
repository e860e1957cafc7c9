"""Opening a case: it gets a number to quote and a day by which the bank answers."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from mock_partners.bank.core.cases.records import (
    CaseRecord,
    find_case_by_number,
    find_open_case,
    read_case,
)
from mock_partners.bank.core.cases.tables import service_case
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.settings import Parameters
from mock_partners.bank.core.notices.text_messages import TEXTS, notify_customer
from partner_adapters.core_bank.cases import CaseKind, CaseState
from partner_adapters.kit.values.check_digits import luhn_check

# The digits of a number that are drawn by lot, after the six of the date. A check digit follows them.
DRAWN_DIGITS = 5


def open_case(
    conn: Connection, ctx: Context, kind: CaseKind, customer_id: str, subject: str, note: str = ""
) -> CaseRecord:
    """Open a case that a person answers within working days, tell the customer its number, and return it.

    One that is open already about the same subject is returned instead.
    """
    existing = find_open_case(conn, ctx.bank_id, customer_id, subject, kind)
    if existing is not None:
        return existing
    days = ctx.parameters.review_working_days
    case = insert_case(
        conn,
        ctx,
        kind=kind,
        customer_id=customer_id,
        subject=subject,
        note=note,
        answer_days=days,
        in_working_days=True,
        answer_by=working_days_after(ctx.parameters, ctx.today, days),
    )
    if what := TEXTS["case_opened"]["what"].get(kind):
        by = case.answer_by.isoformat()
        notify_customer(conn, ctx, customer_id, "case_opened", what=what, number=case.number, answer_by=by)
    return case


def insert_case(conn: Connection, ctx: Context, **values: Any) -> CaseRecord:
    """Insert an open case of the caller's partner under a new number, and return it."""
    case_id = secrets.token_hex(16)
    conn.execute(
        insert(service_case).values(
            bank_id=ctx.bank_id,
            case_id=case_id,
            number=_new_number(conn, ctx),
            partner=ctx.partner,
            state=CaseState.OPEN,
            opened_at=ctx.now,
            **values,
        )
    )
    return read_case(conn, ctx.bank_id, case_id)


def working_days_after(parameters: Parameters, day: date, count: int) -> date:
    """Return the day that is `count` working days later, by the holiday decrees that are known."""
    while count > 0:
        day += timedelta(days=1)
        if parameters.is_working_day(day):
            count -= 1
    return day


def _new_number(conn: Connection, ctx: Context) -> str:
    """Return a number that no case of the bank has: date, digits drawn by lot, check digit."""
    while True:
        drawn = str(secrets.randbelow(10**DRAWN_DIGITS)).zfill(DRAWN_DIGITS)
        body = f"{ctx.today:%y%m%d}{drawn}"
        number = body + luhn_check(body)
        if find_case_by_number(conn, ctx.bank_id, number) is None:
            return number
