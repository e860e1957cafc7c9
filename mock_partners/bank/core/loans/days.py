"""Closing the days of one customer's loans: collect what is due, then book the interest and penalty of the night.

The unit is the customer, because one account serves all loans, oldest first. The day close walks all customers.
A repayment and its quote first close the days that their customer still lacks. So neither has to wait for the job.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core.kernel.business_date import advance
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.loans.collection import collect_due
from mock_partners.bank.core.loans.records import (
    LoanRecord,
    position_of_loan,
    read_loan,
    read_own_loan,
    unsettled_loans_of_customer,
)
from mock_partners.bank.core.loans.servicing import accrue_night
from mock_partners.bank.core.loans.states import LOAN_STATES, LoanEvent
from partner_adapters.kit.values.clock import ONE_DAY


def close_days_through(conn: Connection, ctx: Context, customer_id: str, last: date) -> None:
    """Close every day up to `last` that this customer's unsettled loans lack, in order. Repeating it does nothing.

    Nodes that close at once wait for each other in the customer's queue.
    """
    if last >= ctx.today:
        raise ValueError("a day can be closed only after it has ended")
    behind = _loans_behind(conn, ctx, customer_id, last)
    # In the same transaction, so that no closed day is ever today's, whatever the clock says later.
    if behind:
        advance(conn, ctx.bank_id, ctx.today)
    # Bound: each pass closes the earliest day that is lacking, so there are as many passes as days up to `last`.
    while behind:
        day = min(loan.closed_through for loan in behind) + ONE_DAY
        for loan in behind:
            if loan.closed_through + ONE_DAY == day:
                _close_day(conn, ctx, loan.loan_id, day)
        behind = _loans_behind(conn, ctx, customer_id, last)


async def catch_up(core: CoreServices, ctx: Context, loan_id: str) -> None:
    """Close every day before today that the loans of this loan's borrower lack. Problem 404 `loan.unknown`."""
    yesterday = ctx.today - ONE_DAY

    def read_borrower(conn: Connection) -> tuple[str, bool]:
        customer_id = read_own_loan(conn, ctx, loan_id).customer_id
        return customer_id, bool(_loans_behind(conn, ctx, customer_id, yesterday))

    customer_id, is_behind = await core.store.read(read_borrower)
    # A write transaction only where it is needed: usually the day close was here before.
    if is_behind:
        await core.store.write(
            lambda conn: close_days_through(conn, ctx, customer_id, yesterday),
            queue=ctx.queue_of(customer_id),
        )


def _loans_behind(conn: Connection, ctx: Context, customer_id: str, last: date) -> list[LoanRecord]:
    loans = unsettled_loans_of_customer(conn, ctx.bank_id, customer_id)
    return [loan for loan in loans if loan.closed_through < last]


def _close_day(conn: Connection, ctx: Context, loan_id: str, day: date) -> None:
    loan = read_loan(conn, ctx.bank_id, loan_id)
    position = position_of_loan(conn, loan, day)
    if position.due.total_fen and position.terms.rules.collect_from_account:
        position = collect_due(conn, ctx, loan, position)
        loan = read_loan(conn, ctx.bank_id, loan_id)
    if LOAN_STATES.allows(loan.state, LoanEvent.CLOSE_DAY):
        accrue_night(conn, ctx, loan, position)
