"""Which papers an application takes, and until when they are kept."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, select

from mock_partners.bank.core.cases.records import find_open_case
from mock_partners.bank.core.credit.progress import ENDED_WITHOUT_LINE
from mock_partners.bank.core.credit.records import read_application
from mock_partners.bank.core.credit.review_queue import document_of, paper_codes
from mock_partners.bank.core.credit.tables import application as application_table
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.papers import storing
from partner_adapters.core_bank.applications import ApplicationState
from partner_adapters.kit.durable.jobs import Job
from partner_adapters.kit.values.problems import Problem

# In these states a person or the machine still reads papers.
TAKING = frozenset({ApplicationState.SUBMITTED, ApplicationState.REFERRED})
JOB, EVERY_S, LEASE_S = "papers", 3600, 60
_t = application_table.c


def require_wanted(conn: Connection, ctx: Context, application_id: str, code: str) -> None:
    """Raise Problem 409 `paper.not_wanted` unless the application is being decided and such a paper is known."""
    application = read_application(conn, ctx.bank_id, application_id)
    about = (conn, ctx.bank_id, application.customer_id, application_id)
    is_open = application.state in TAKING or find_open_case(*about) is not None
    if not is_open or code not in paper_codes(document_of(conn, ctx, application)):
        raise Problem(409, "paper.not_wanted")
    storing.require_room(conn, ctx, application_id)


def delete_ended(conn: Connection, ctx: Context) -> None:
    """Delete the papers of applications that ended without a line, `unused_paper_days` after they came."""
    query = select(_t.application_id).where(_t.bank_id == ctx.bank_id, _t.state.in_(ENDED_WITHOUT_LINE))
    oldest = ctx.now - timedelta(days=ctx.parameters.unused_paper_days)
    storing.delete_stored_before(conn, ctx, oldest, conn.execute(query).scalars().all())


def job(core: CoreServices) -> Job:
    """Return the job that deletes papers whose purpose has ended."""

    async def run() -> None:
        for bank in core.settings.banks:
            await core.store.write(partial(delete_ended, ctx=core.context(bank.bank_id, BankJob(JOB))))

    return Job(JOB, EVERY_S, LEASE_S, run)
