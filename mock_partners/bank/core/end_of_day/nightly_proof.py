"""The nightly proof: every bank's proof runs once a day, after the day before is closed, and its node keeps the result.

The result is kept in memory, for the metrics and the log. A row of the database could be changed by the one whom the
proof is to find.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from mock_partners.bank.core.end_of_day.day_close import open_days
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import Rule, prove
from mock_partners.bank.core.kernel.services import CoreServices, ProofRun
from partner_adapters.kit.durable.jobs import Job
from partner_adapters.kit.web.logs import log

JOB = "proof"
EVERY_S = 60.0
LEASE_S = 50.0
# A node that has just started serves first. The proof reads every table.
FIRST_AFTER = timedelta(minutes=10)
# From this hour on it no longer waits for a day that does not close.
LATEST_HOUR = 3


def job(core: CoreServices, rules: Sequence[Rule]) -> Job:
    """Return the job that runs `prove_banks` on one node at a time."""
    return Job(JOB, EVERY_S, LEASE_S, partial(prove_banks, core, rules, core.clock.wall() + FIRST_AFTER))


async def prove_banks(core: CoreServices, rules: Sequence[Rule], not_before: datetime) -> None:
    """Run the proof of every bank that this node has not proven on its business date yet."""
    if core.clock.wall() < not_before:
        return
    for bank in core.settings.banks:
        ctx = core.context(bank.bank_id, BankJob(JOB))
        latest = core.proof_runs.get(bank.bank_id)
        is_new_day = latest is None or latest.day != ctx.today
        if is_new_day and await core.store.read(partial(_may_begin, ctx=ctx)):
            await _prove_bank(core, ctx, rules)


async def _prove_bank(core: CoreServices, ctx: Context, rules: Sequence[Rule]) -> None:
    report = await core.store.read(partial(prove, ctx=ctx, rules=rules))
    broken = [item.name for item in report.items if not item.holds]
    core.proof_runs[ctx.bank_id] = ProofRun(ctx.today, ctx.wall, len(broken))
    for name in broken:
        log.error("proof.broken", bank_id=ctx.bank_id, subject=name)


def _may_begin(conn: Connection, ctx: Context) -> bool:
    return ctx.now.hour >= LATEST_HOUR or not open_days(conn, ctx)
