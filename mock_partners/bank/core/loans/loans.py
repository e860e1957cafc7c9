"""Loans as kept: finding them, and working out where they stand on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from mock_partners.bank.core.calculation.position import Payment, Position, replay
from mock_partners.bank.core.calculation.terms import LoanTerms
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.loans.tables import loan, repayment
from partner_adapters.kit.values.problems import Problem

NEXT_STATES: Mapping[str, frozenset[str]] = {
    "active": frozenset({"active", "overdue", "settled"}),
    "overdue": frozenset({"active", "overdue", "settled"}),
    "settled": frozenset({"settled"}),
}


def find(conn: Connection, bank_id: str, loan_id: str, *, lock: bool = False) -> Row[Any]:
    """Problem 404 `loan.unknown`. `lock`: others who want to change it wait, and then start anew."""
    query = select(loan).where(loan.c.bank_id == bank_id, loan.c.loan_id == loan_id)
    found = conn.execute(query.with_for_update() if lock else query).first()
    if found is None:
        raise Problem(404, "loan.unknown")
    return found


def own_loan(conn: Connection, ctx: Context, loan_id: str) -> Row[Any]:
    """Problem 404 `loan.unknown` unless it belongs to a customer of the caller's partner."""
    found = find(conn, ctx.bank_id, loan_id)
    require_own_customer(conn, ctx, found.customer_id, "loan.unknown")
    return found


def of_customer(conn: Connection, bank_id: str, customer_id: str, *, open_: bool) -> list[Row[Any]]:
    """A customer's loans, oldest first: the order in which one wallet serves them. `open_`: unsettled only."""
    query = select(loan).where(loan.c.bank_id == bank_id, loan.c.customer_id == customer_id)
    if open_:
        query = query.where(loan.c.state != "settled")
    return list(conn.execute(query.order_by(loan.c.drawn_on, loan.c.loan_id)))


def repayments(conn: Connection, one: Row[Any]) -> list[Row[Any]]:
    """What was paid on a loan, in the order received."""
    t = repayment.c
    query = select(repayment).where(t.bank_id == one.bank_id, t.loan_id == one.loan_id)
    return list(conn.execute(query.order_by(t.number)))


def position(conn: Connection, one: Row[Any], day: date) -> Position:
    """Where the loan stands on `day`, after everything paid so far."""
    return positions(conn, [one], day)[0]


def positions(conn: Connection, every: Sequence[Row[Any]], day: date) -> list[Position]:
    """Where each of one bank's loans stands on `day`: one statement for them all."""
    t, paid = repayment.c, defaultdict[str, list[Payment]](list)
    if every:
        ids = [one.loan_id for one in every]
        query = select(t.loan_id, t.value_date, t.amount_fen).where(t.bank_id == every[0].bank_id)
        for row in conn.execute(query.where(t.loan_id.in_(ids)).order_by(t.loan_id, t.number)):
            paid[row.loan_id].append(Payment(row.value_date, row.amount_fen))
    return [replay(LoanTerms.load(one.terms), paid[one.loan_id], day) for one in every]


def state_at(current: str, at: Position) -> str:
    """The state that this position means. Raises ValueError when a settled loan would come back to life."""
    unsettled = "overdue" if at.overdue_days else "active"
    state = unsettled if at.owed.total_fen else "settled"
    if state not in NEXT_STATES[current]:
        raise ValueError(f"a loan does not go from {current} to {state}")
    return state
