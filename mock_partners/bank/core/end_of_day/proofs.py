"""Rules of the days: none is skipped, none lies ahead, and every open loan stands at the last one that is closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from sqlalchemy import Connection, func, select

from mock_partners.bank.core.end_of_day import booking_dates
from mock_partners.bank.core.end_of_day.day_close import CLOSABLE, last_closed
from mock_partners.bank.core.end_of_day.tables import day_close
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import ComputedProof, Pair, Proof
from mock_partners.bank.core.loans.tables import loan
from mock_partners.bank.core.orders.tables import reconciled_day
from partner_adapters.kit.values.clock import ONE_DAY


def _open_loans_follow(conn: Connection, ctx: Context) -> Iterator[Pair]:
    """Yield the day through which each open loan is closed, and the day through which it should be.

    While the days up to yesterday are being closed, one customer's loans may be ahead of another's.
    """
    last, yesterday = last_closed(conn, ctx.bank_id), ctx.today - ONE_DAY
    query = select(loan.c.loan_id, loan.c.drawn_on, loan.c.closed_through)
    for loan_id, drawn_on, closed_through in conn.execute(
        query.where(loan.c.bank_id == ctx.bank_id, CLOSABLE)
    ):
        earliest = max(drawn_on - ONE_DAY, last or date.min)
        yield loan_id, _number(closed_through), _number(max(earliest, min(closed_through, yesterday)))


def _without_gaps(conn: Connection, ctx: Context) -> Iterator[Pair]:
    """Yield each closed and each reconciled day, and the day after the one before it."""
    for table in (day_close, reconciled_day):
        days = select(table.c.day).where(table.c.bank_id == ctx.bank_id).order_by(table.c.day)
        for before, day in pairwise(conn.execute(days).scalars()):
            yield f"{table.name} {day}", _number(day), _number(before + ONE_DAY)
    first_closed = select(func.min(day_close.c.day)).where(day_close.c.bank_id == ctx.bank_id)
    if (first := conn.execute(first_closed).scalar_one()) is not None:
        first_drawn = select(func.min(loan.c.drawn_on)).where(loan.c.bank_id == ctx.bank_id)
        yield "first closed day", _number(first), _number(conn.execute(first_drawn).scalar_one() or date.min)


def _number(day: date) -> int:
    """Return 20261124 for 24 November 2026."""
    return day.year * 10_000 + day.month * 100 + day.day


PROOFS = (
    booking_dates.PROOF,
    Proof(
        "days.closed_ones_lie_before_the_business_date",
        """
        SELECT 'closed days', COUNT(*), COALESCE(SUM(CASE WHEN c.day < b.day THEN 1 ELSE 0 END), 0)
        FROM day_close c
        LEFT JOIN business_date b ON b.bank_id = c.bank_id
        WHERE c.bank_id = :bank_id
        UNION ALL
        SELECT 'loans', COUNT(*), COALESCE(SUM(CASE WHEN l.closed_through < b.day THEN 1 ELSE 0 END), 0)
        FROM loan l
        JOIN business_date b ON b.bank_id = l.bank_id
        WHERE l.bank_id = :bank_id
        UNION ALL
        SELECT 'confirmed days', COUNT(*),
               COALESCE(SUM(CASE WHEN d.from_day < d.day AND d.day <= b.day THEN 1 ELSE 0 END), 0)
        FROM date_confirmation d
        LEFT JOIN business_date b ON b.bank_id = d.bank_id
        WHERE d.bank_id = :bank_id
        """,
    ),
    ComputedProof("days.open_loans_follow_the_last_closed_day", _open_loans_follow),
    ComputedProof("days.none_is_skipped", _without_gaps),
)
