"""The day close: every bank's past days in order, each customer's loans in a transaction of their own.

What is owed never depends on it: it follows from terms and payments alone. The close only books, collects and
marks. So it may stop anywhere, run on many nodes at once, or come days late, and ends in the same books.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from sqlalchemy import Connection, func, insert, select

from mock_partners.bank.core.end_of_day.tables import day_close
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.loans.days import close_through
from mock_partners.bank.core.loans.servicing import ONE_DAY
from mock_partners.bank.core.loans.tables import loan
from partner_adapters.kit.durable.jobs import Job
from partner_adapters.kit.web.logs import log

JOB = "day_close"
EVERY_S = 5.0
"""How soon after midnight, or after a tester moved the clock, a day is closed."""
LEASE_S = 8.0
"""Two nodes at once do no harm, so the lease need not outlast a run."""


def job(core: CoreServices) -> Job:
    """Runs `close_days` on one node at a time."""
    return Job(JOB, EVERY_S, LEASE_S, partial(close_days, core))


async def close_days(core: CoreServices) -> None:
    """Close every past day that is not closed yet, for every bank."""
    for bank in core.settings.banks:
        stuck: set[str] = set()
        for day in await core.store.read(partial(open_days, ctx=core.context(bank.bank_id, BankJob(JOB)))):
            await _close(core, core.context(bank.bank_id, BankJob(JOB)), day, stuck)


async def _close(core: CoreServices, ctx: Context, day: date, stuck: set[str]) -> None:
    """Close one day. A customer whose loans fail is left for the next run and keeps the day open."""
    for customer_id in await core.store.read(partial(_behind, ctx=ctx, day=day)):
        if customer_id in stuck:
            continue
        work = partial(close_through, ctx=ctx, customer_id=customer_id, last=day)
        try:
            await core.store.write(work)
        except Exception:
            stuck.add(customer_id)
            log.exception("day_close.failed", bank_id=ctx.bank_id, customer_id=customer_id, day=str(day))
    await core.store.write(partial(_mark, ctx=ctx, day=day))


def last_closed(conn: Connection, bank_id: str) -> date | None:
    """The newest day up to which every loan of the bank is closed."""
    t = day_close.c
    newest: date | None = conn.execute(select(func.max(t.day)).where(t.bank_id == bank_id)).scalar_one()
    return newest


def open_days(conn: Connection, ctx: Context) -> list[date]:
    """Past days that are not closed yet, oldest first."""
    last = last_closed(conn, ctx.bank_id)
    if last is None:
        first_drawn = select(func.min(loan.c.drawn_on)).where(loan.c.bank_id == ctx.bank_id)
        last = (conn.execute(first_drawn).scalar_one() or ctx.today) - ONE_DAY
    return list(_days(last + ONE_DAY, ctx.today))


def _days(first: date, end: date) -> Iterator[date]:
    while first < end:
        yield first
        first += ONE_DAY


def _behind(conn: Connection, ctx: Context, day: date) -> list[str]:
    t = loan.c
    query = (
        select(t.customer_id)
        .distinct()
        .where(t.bank_id == ctx.bank_id, t.state != "settled", t.closed_through < day)
    )
    return list(conn.execute(query.order_by(t.customer_id)).scalars())


def _mark(conn: Connection, ctx: Context, day: date) -> None:
    t = day_close.c
    done = conn.execute(select(t.day).where(t.bank_id == ctx.bank_id, t.day == day)).first()
    if done is not None or _behind(conn, ctx, day):
        return
    open_loans = select(func.count()).where(loan.c.bank_id == ctx.bank_id, loan.c.state != "settled")
    conn.execute(
        insert(day_close).values(
            bank_id=ctx.bank_id,
            day=day,
            open_loans=conn.execute(open_loans).scalar_one(),
            closed_at=ctx.now,
        )
    )
