"""Closing the days of one customer's loans: collect what is due, book what the night costs.

The unit is the customer, because one wallet serves all loans, oldest first. The day close walks customers; who
quotes or takes a repayment first closes what its own customer still lacks, so that it never waits for the job.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.loans import loans
from mock_partners.bank.core.loans.collection import collect
from mock_partners.bank.core.loans.servicing import ONE_DAY, accrue


def close_through(conn: Connection, ctx: Context, customer_id: str, last: date) -> None:
    """Close every day up to `last` that this customer's open loans lack, in order; a second time does nothing."""
    if last >= ctx.today:
        raise ValueError("a day is closed after it has ended")
    behind = _behind(conn, ctx, customer_id, last)
    while behind:
        day = min(one.closed_through for one in behind) + ONE_DAY
        for one in behind:
            if one.closed_through + ONE_DAY == day:
                _close(conn, ctx, one.loan_id, day)
        behind = _behind(conn, ctx, customer_id, last)


async def catch_up(core: CoreServices, ctx: Context, loan_id: str) -> None:
    """Close every day before today that the loans of this loan's borrower lack. Problem 404 `loan.unknown`."""
    yesterday = ctx.today - ONE_DAY

    def whose(conn: Connection) -> tuple[str, bool]:
        customer_id = loans.own_loan(conn, ctx, loan_id).customer_id
        return customer_id, bool(_behind(conn, ctx, customer_id, yesterday))

    customer_id, behind = await core.store.read(whose)
    if behind:
        await core.store.write(lambda conn: close_through(conn, ctx, customer_id, yesterday))


def _behind(conn: Connection, ctx: Context, customer_id: str, last: date) -> list[Row[Any]]:
    every = loans.of_customer(conn, ctx.bank_id, customer_id, open_=True)
    return [one for one in every if one.closed_through < last]


def _close(conn: Connection, ctx: Context, loan_id: str, day: date) -> None:
    one = loans.find(conn, ctx.bank_id, loan_id, lock=True)
    at = loans.position(conn, one, day)
    if at.due.total_fen and at.terms.rules.collect_from_account:
        at = collect(conn, ctx, one, at)
        one = loans.find(conn, ctx.bank_id, loan_id)
    if one.state != "settled":
        accrue(conn, ctx, one, at)
