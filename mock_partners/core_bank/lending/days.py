"""Closing one day of one customer's loans: collect what is due, book what the night costs.

The unit is the customer, because one wallet serves all loans, oldest first. The day close walks customers; a
command first closes what its own customer still lacks, so that no answer depends on when the job last ran.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from mock_partners.core_bank.context import Context
from mock_partners.core_bank.lending import loans
from mock_partners.core_bank.lending.collection import collect
from mock_partners.core_bank.lending.servicing import ONE_DAY, accrue
from mock_partners.core_bank.settings import CoreSettings


def catch_up(conn: Connection, ctx: Context, settings: CoreSettings, customer_id: str) -> None:
    """Close every day before today that this customer's loans lack, in order."""
    behind = [one.closed_through for one in loans.of_customer(conn, ctx.bank_id, customer_id, open_=True)]
    day = min(behind, default=ctx.today)
    while (day := day + ONE_DAY) < ctx.today:
        close_day(conn, ctx, settings, customer_id, day)


def close_day(conn: Connection, ctx: Context, settings: CoreSettings, customer_id: str, day: date) -> None:
    """Close `day` for those of the customer's open loans that lack exactly it; a second time does nothing."""
    if day >= ctx.today:
        raise ValueError("a day is closed after it has ended")
    for one in loans.of_customer(conn, ctx.bank_id, customer_id, open_=True):
        if one.closed_through + ONE_DAY == day:
            _close(conn, replace(ctx, partner=one.partner), settings, one.loan_id, day)


def _close(conn: Connection, ctx: Context, settings: CoreSettings, loan_id: str, day: date) -> None:
    one = loans.find(conn, ctx.bank_id, loan_id)
    at = loans.position(conn, one, day)
    if at.due.total_fen and at.terms.rules.collect_from_account:
        at = collect(conn, ctx, settings, one, at)
        one = loans.find(conn, ctx.bank_id, loan_id)
    if one.state != "settled":
        accrue(conn, ctx, one, at)
