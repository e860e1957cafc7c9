"""A job that deletes results of pre-credit checks without an application, as the text of that consent promises.

A result is kept for a year after its last valid day. One without an offer is kept for a year after the check. Once the
customer applies for a loan, it is kept with the loan's files.
"""

from __future__ import annotations

from datetime import datetime, time
from functools import partial

from sqlalchemy import Connection, and_, delete, exists, or_, select

from mock_partners.bank.core.calculation.schedules import add_months
from mock_partners.bank.core.credit.tables import application as application_table
from mock_partners.bank.core.credit.tables import pre_credit as pre_credit_table
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from partner_adapters.kit.durable.jobs import Job
from partner_adapters.kit.values.clock import CHINA

JOB, EVERY_S, LEASE_S = "pre_credit.retention", 3_600.0, 60.0
KEPT_MONTHS = 12
# Results in one transaction, so that none holds its locks for long.
BATCH = 200
_t, _application = pre_credit_table.c, application_table.c


def job(core: CoreServices) -> Job:
    """Return the job that deletes results of every bank while the core runs."""

    async def run() -> None:
        for bank in core.settings.banks:
            ctx = core.context(bank.bank_id, BankJob(JOB))
            # Bound: each full batch leaves fewer rows.
            while await core.store.write(partial(delete_ended, ctx=ctx)) == BATCH:
                pass

    return Job(JOB, EVERY_S, LEASE_S, run)


def delete_ended(conn: Connection, ctx: Context) -> int:
    """Delete results of the bank whose time is over, at most `BATCH`. Return how many."""
    last_kept = add_months(ctx.today, -KEPT_MONTHS, ctx.today.day)
    applied = exists().where(_application.bank_id == _t.bank_id, _application.customer_id == _t.customer_id)
    is_over = or_(
        _t.valid_until < last_kept,
        and_(_t.valid_until.is_(None), _t.checked_at < datetime.combine(last_kept, time(), CHINA)),
    )
    query = select(_t.intent).where(_t.bank_id == ctx.bank_id, is_over, ~applied).limit(BATCH)
    intents = conn.execute(query).scalars().all()
    conn.execute(delete(pre_credit_table).where(_t.bank_id == ctx.bank_id, _t.intent.in_(intents)))
    return len(intents)
