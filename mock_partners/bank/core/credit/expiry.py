"""A job that ends what was not signed in time: offers that have run out, and signatures without an outcome.

So no new debt rests on old facts, and no signing blocks a new application for ever.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection

from mock_partners.bank.core.credit.progress import advance_application, advance_contract
from mock_partners.bank.core.credit.records import contracts_unanswered, expired_contracts
from mock_partners.bank.core.credit.signing import ANSWER_WITHIN, end_unanswered
from mock_partners.bank.core.credit.states import ApplicationEvent, ContractEvent
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from partner_adapters.kit.durable.jobs import Job

JOB = "origination.expiry"
EVERY_S = 60.0
LEASE_S = 30.0
# Contracts in one transaction, so that none holds its locks for long.
BATCH = 200


def expire_offers(conn: Connection, ctx: Context) -> int:
    """Void contracts of the bank whose offer has run out, at most `BATCH`; return how many."""
    contracts = expired_contracts(conn, ctx, BATCH)
    for contract in contracts:
        advance_contract(conn, ctx, contract, ContractEvent.EXPIRE)
        advance_application(conn, ctx, contract.application_id, ApplicationEvent.EXPIRE)
    return len(contracts)


def end_signings(conn: Connection, ctx: Context) -> int:
    """End signings of the bank that have no outcome after `ANSWER_WITHIN`, at most `BATCH`; return how many."""
    contracts = contracts_unanswered(conn, ctx.bank_id, ctx.now - ANSWER_WITHIN, BATCH)
    for contract in contracts:
        end_unanswered(conn, ctx, contract)
    return len(contracts)


def job(core: CoreServices) -> Job:
    """Return the job that ends overdue signings and offers of every bank while the core runs."""

    async def run() -> None:
        for bank in core.settings.banks:
            ctx = core.context(bank.bank_id, BankJob(JOB))
            for end in (end_signings, expire_offers):
                # Bound: each full batch takes its contracts out of the states that can end so.
                while await core.store.write(partial(end, ctx=ctx)) == BATCH:
                    pass

    return Job(JOB, EVERY_S, LEASE_S, run)
