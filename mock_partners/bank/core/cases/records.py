"""Cases as the core reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, select

from mock_partners.bank.core.cases.tables import service_case
from partner_adapters.core_bank.cases import CaseKind, CaseState
from partner_adapters.kit.values.texts import Lang

# One page of a customer's cases, and of the bank's open ones.
MAX_CASES = 100
MAX_OPEN_CASES = 200
_t = service_case.c
# Built once: see `customers/ownership.py`.
_LATEST_CASE = (
    select(service_case)
    .where(
        _t.bank_id == bindparam("bank_id"),
        _t.customer_id == bindparam("customer_id"),
        _t.subject == bindparam("subject"),
    )
    .order_by(_t.opened_at.desc())
    .limit(1)
)
_OPEN_CASE = _LATEST_CASE.where(_t.state == CaseState.OPEN)
_OPEN_CASE_OF_KIND = _OPEN_CASE.where(_t.kind == bindparam("kind"))
_ANSWERED_CASE = _LATEST_CASE.where(_t.answer.is_not(None))


@dataclass(frozen=True)
class CaseRecord:
    """One case. A guest's has no customer, and a name, a phone number and a language instead."""

    case_id: str
    number: str
    kind: CaseKind
    partner: str
    customer_id: str | None
    subject: str
    note: str
    contact_name: str | None
    contact_phone: str | None
    contact_lang: Lang | None
    state: CaseState
    opened_at: datetime
    answer_days: int
    in_working_days: bool
    answer_by: date
    answer: str | None
    answered_by: str | None
    closed_at: datetime | None

    def is_overdue(self, today: date) -> bool:
        """Whether it is open and the day to answer has passed."""
        return self.state is CaseState.OPEN and self.answer_by < today


def read_case(conn: Connection, bank_id: str, case_id: str) -> CaseRecord:
    """Return a case that must be there."""
    return _record(
        conn.execute(select(service_case).where(_t.bank_id == bank_id, _t.case_id == case_id)).one()
    )


def find_case_of_customer(
    conn: Connection, bank_id: str, customer_id: str, case_id: str
) -> CaseRecord | None:
    """Return the customer's case with this id, or None."""
    return _first(conn, bank_id, _t.case_id == case_id, _t.customer_id == customer_id)


def find_case_by_number(conn: Connection, bank_id: str, number: str) -> CaseRecord | None:
    """Return the case with this number, or None."""
    return _first(conn, bank_id, _t.number == number)


def find_complaint_of_guest(
    conn: Connection, bank_id: str, partner: str, number: str, phone: str
) -> CaseRecord | None:
    """Return the complaint that a guest of this partner made, or None unless number and phone both fit."""
    of_guest = (_t.customer_id.is_(None), _t.partner == partner)
    return _first(conn, bank_id, *of_guest, _t.number == number, _t.contact_phone == phone)


def find_open_case(
    conn: Connection, bank_id: str, customer_id: str, subject: str, kind: CaseKind | None = None
) -> CaseRecord | None:
    """Return the customer's open case about the subject, or None. `kind`: of this kind only."""
    named = {"bank_id": bank_id, "customer_id": customer_id, "subject": subject}
    statement = _OPEN_CASE if kind is None else _OPEN_CASE_OF_KIND
    row = conn.execute(statement, named if kind is None else {**named, "kind": kind}).first()
    return None if row is None else _record(row)


def find_latest_case(
    conn: Connection, bank_id: str, customer_id: str, subject: str, *kinds: CaseKind
) -> CaseRecord | None:
    """Return the customer's latest case about the subject, open or ended, or None. `kinds`: of these kinds only."""
    of_kinds = [_t.kind.in_(kinds)] if kinds else []
    return _first(conn, bank_id, *_about(customer_id, subject), *of_kinds)


def find_answered_case(conn: Connection, bank_id: str, customer_id: str, subject: str) -> CaseRecord | None:
    """Return the customer's latest case about the subject to which the bank's staff replied, or None."""
    named = {"bank_id": bank_id, "customer_id": customer_id, "subject": subject}
    row = conn.execute(_ANSWERED_CASE, named).first()
    return None if row is None else _record(row)


def cases_of_customer(conn: Connection, bank_id: str, customer_id: str) -> list[CaseRecord]:
    """Return the customer's cases, newest first."""
    newest_first = (_t.opened_at.desc(), _t.case_id)
    query = select(service_case).where(_t.bank_id == bank_id, _t.customer_id == customer_id)
    return _records(conn.execute(query.order_by(*newest_first).limit(MAX_CASES)))


def open_cases(conn: Connection, bank_id: str) -> list[CaseRecord]:
    """Return the bank's open cases, those first whose day to answer comes first."""
    query = select(service_case).where(_t.bank_id == bank_id, _t.state == CaseState.OPEN)
    return _records(
        conn.execute(query.order_by(_t.answer_by, _t.opened_at, _t.case_id).limit(MAX_OPEN_CASES))
    )


def count_open_cases(conn: Connection, bank_id: str, *, due_before: date | None = None) -> int:
    """Return how many cases of the bank are open. `due_before`: those only whose day to answer is earlier."""
    query = select(func.count()).where(_t.bank_id == bank_id, _t.state == CaseState.OPEN)
    if due_before is not None:
        query = query.where(_t.answer_by < due_before)
    return conn.execute(query).scalar_one()


def count_complaints_since(
    conn: Connection, bank_id: str, since: datetime, made_by: ColumnElement[bool]
) -> int:
    """Return how many complaints the person has made since then."""
    query = select(func.count()).where(
        _t.bank_id == bank_id, _t.kind == "complaint", _t.opened_at > since, made_by
    )
    return conn.execute(query).scalar_one()


def _about(customer_id: str, subject: str) -> tuple[ColumnElement[bool], ...]:
    return (_t.customer_id == customer_id, _t.subject == subject)


def _first(conn: Connection, bank_id: str, *which: ColumnElement[bool]) -> CaseRecord | None:
    query = select(service_case).where(_t.bank_id == bank_id, *which).order_by(_t.opened_at.desc()).limit(1)
    row = conn.execute(query).first()
    return None if row is None else _record(row)


def _records(rows: Iterable[Row[Any]]) -> list[CaseRecord]:
    return [_record(row) for row in rows]


def _record(row: Row[Any]) -> CaseRecord:
    return CaseRecord(
        case_id=row.case_id,
        number=row.number,
        kind=row.kind,
        partner=row.partner,
        customer_id=row.customer_id,
        subject=row.subject,
        note=row.note,
        contact_name=row.contact_name,
        contact_phone=row.contact_phone,
        contact_lang=row.contact_lang,
        state=CaseState(row.state),
        opened_at=row.opened_at,
        answer_days=row.answer_days,
        in_working_days=row.in_working_days,
        answer_by=row.answer_by,
        answer=row.answer,
        answered_by=row.answered_by,
        closed_at=row.closed_at,
    )
