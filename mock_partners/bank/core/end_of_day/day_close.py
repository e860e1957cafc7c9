"""The day close: every bank's past days in order, each customer's loans in a transaction of their own.

What is owed never depends on it, because that follows from terms and payments alone. The close only books, collects
and marks. It may therefore stop at any point, run on several nodes at once or come days late: the books end the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from sqlalchemy import Connection, func, insert, select

from mock_partners.bank.core.end_of_day.tables import day_close
from mock_partners.bank.core.kernel.business_date import advance, open_day
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.loans.days import close_days_through
from mock_partners.bank.core.loans.states import LOAN_STATES, LoanEvent
from mock_partners.bank.core.loans.tables import loan
from partner_adapters.kit.durable.jobs import Job
from partner_adapters.kit.values.clock import ONE_DAY
from partner_adapters.kit.web.logs import log

JOB = "day_close"
# How soon a day is closed after midnight, or after a tester moved the clock.
EVERY_S = 5.0
# Two nodes that close at once do no harm, so the lease may end before a long run does.
LEASE_S = 8.0
CLOSABLE = loan.c.state.in_(LOAN_STATES.states_allowing(LoanEvent.CLOSE_DAY))


def job(core: CoreServices) -> Job:
    """Return the job that runs `close_days` on one node at a time."""
    return Job(JOB, EVERY_S, LEASE_S, partial(close_days, core))


async def close_days(core: CoreServices) -> None:
    """Close every past day that is not closed yet, for every bank."""
    await core.dates.refresh()
    for bank in core.settings.banks:
        # Customers whose loans failed in this run. They are not tried again on later days: days close in order.
        failed: set[str] = set()
        for day in await core.store.read(partial(open_days, ctx=core.context(bank.bank_id, BankJob(JOB)))):
            await _close_day(core, core.context(bank.bank_id, BankJob(JOB)), day, failed)
        if core.dates.missed_days(bank.bank_id):
            # Also with a customer whose loans failed: the bank does not stay closed for one of them.
            await core.store.write(partial(open_day, bank_id=bank.bank_id))
            await core.dates.refresh()


async def _close_day(core: CoreServices, ctx: Context, day: date, failed: set[str]) -> None:
    """Close one day. A customer whose loans fail is left for the next run and keeps the day open."""
    for customer_id in await core.store.read(partial(_customers_behind, ctx=ctx, day=day)):
        if customer_id in failed:
            continue
        # One transaction a customer: one failure must not hold up the others, and none holds locks for long.
        work = partial(close_days_through, ctx=ctx, customer_id=customer_id, last=day)
        try:
            await core.store.write(work, queue=ctx.queue_of(customer_id))
        except Exception:
            failed.add(customer_id)
            log.exception("day_close.failed", bank_id=ctx.bank_id, customer_id=customer_id, day=str(day))
    await core.store.write(partial(_mark_closed, ctx=ctx, day=day))


def last_closed(conn: Connection, bank_id: str) -> date | None:
    """Return the newest day up to which every loan of the bank is closed."""
    closed = day_close.c
    query = select(func.max(closed.day)).where(closed.bank_id == bank_id)
    newest: date | None = conn.execute(query).scalar_one()
    return newest


def open_days(conn: Connection, ctx: Context) -> list[date]:
    """Return the past days that are not closed yet, oldest first."""
    last = last_closed(conn, ctx.bank_id)
    if last is None:
        first_drawn = select(func.min(loan.c.drawn_on)).where(loan.c.bank_id == ctx.bank_id)
        last = (conn.execute(first_drawn).scalar_one() or ctx.today) - ONE_DAY
    return list(_days_between(last + ONE_DAY, ctx.today))


def _days_between(first: date, end: date) -> Iterator[date]:
    # Bound: the days since the last close, or since the bank's first loan.
    while first < end:
        yield first
        first += ONE_DAY


def _customers_behind(conn: Connection, ctx: Context, day: date) -> list[str]:
    query = (
        select(loan.c.customer_id)
        .distinct()
        .where(loan.c.bank_id == ctx.bank_id, CLOSABLE, loan.c.closed_through < day)
    )
    return list(conn.execute(query.order_by(loan.c.customer_id)).scalars())


def _mark_closed(conn: Connection, ctx: Context, day: date) -> None:
    closed = day_close.c
    advance(conn, ctx.bank_id, ctx.today)
    marked = conn.execute(select(closed.day).where(closed.bank_id == ctx.bank_id, closed.day == day)).first()
    # Another node may have marked it, and a failed customer keeps it open.
    if marked is not None or _customers_behind(conn, ctx, day):
        return
    open_loans = select(func.count()).where(loan.c.bank_id == ctx.bank_id, CLOSABLE)
    conn.execute(
        insert(day_close).values(
            bank_id=ctx.bank_id,
            day=day,
            open_loans=conn.execute(open_loans).scalar_one(),
            closed_at=ctx.now,
        )
    )
