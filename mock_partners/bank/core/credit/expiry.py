"""Approvals stand for a time. What nobody signed by then is void, so that old facts never become a new debt."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection, select

from mock_partners.bank.core.credit import applications, contracts
from mock_partners.bank.core.credit.contracts import State
from mock_partners.bank.core.credit.tables import contract
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from partner_adapters.core_bank.applications import ApplicationState
from partner_adapters.kit.durable.jobs import Job

JOB = "origination.expiry"
EVERY_S = 60.0
LEASE_S = 30.0
BATCH = 200


def expire(conn: Connection, ctx: Context) -> int:
    """Void the bank's offers that have run out; returns how many. One that is being signed is left alone."""
    t = contract.c
    query = (
        select(contract)
        .where(
            t.bank_id == ctx.bank_id,
            t.state.in_((State.PREPARING, State.READY)),
            t.offer_until < ctx.today,
        )
        .limit(BATCH)
    )
    rows = conn.execute(query).all()
    for row in rows:
        contracts.advance(conn, ctx, row, State.VOID)
        applications.advance(conn, ctx, row.application_id, ApplicationState.EXPIRED)
    return len(rows)


def job(core: CoreServices) -> Job:
    """Runs while the core does."""

    async def run() -> None:
        for bank in core.settings.banks:
            in_one_go = partial(expire, ctx=core.context(bank.bank_id, BankJob(JOB)))
            while await core.store.write(in_one_go) == BATCH:
                pass

    return Job(JOB, EVERY_S, LEASE_S, run)
