"""Reminders of payments as the core reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from mock_partners.bank.core.notices.tables import reminder

# The page of messages shows this many reminders at most, the newest.
MAX_REMINDERS = 200
_t = reminder.c


@dataclass(frozen=True)
class ReminderRecord:
    """One reminder of a payment."""

    loan_id: str
    due_on: date
    amount_fen: int
    missing_fen: int
    sent_at: datetime


def reminders_of_customer(conn: Connection, bank_id: str, customer_id: str) -> list[ReminderRecord]:
    """Return the customer's reminders, newest first."""
    query = (
        select(reminder)
        .where(_t.bank_id == bank_id, _t.customer_id == customer_id)
        .order_by(_t.sent_at.desc(), _t.loan_id, _t.due_on)
        .limit(MAX_REMINDERS)
    )
    return [
        ReminderRecord(row.loan_id, row.due_on, row.amount_fen, row.missing_fen, row.sent_at)
        for row in conn.execute(query)
    ]
