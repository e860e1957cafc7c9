"""Record how everything stands that has no event yet: at the first start after the upgrade, and what time alone did."""

from __future__ import annotations

from datetime import datetime
from functools import cache, partial

from sqlalchemy import Connection, Select, bindparam, select
from sqlalchemy.sql import exists

from mock_partners.bank.core.events.objects import KINDS, bank_day
from mock_partners.bank.core.events.recording import record
from mock_partners.bank.core.events.tables import event
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.lines.tables import credit_line
from partner_adapters.core_bank.events import StatusObject
from partner_adapters.kit.durable.jobs import Job

JOB = "events.ended_lines"
EVERY_S = 60.0
LEASE_S = 30.0
# Objects in one transaction.
BATCH = 500
_t = event.c


async def record_what_stands(core: CoreServices) -> None:
    """Record each object of each bank that has no event yet, as it stands now."""
    for bank_id in core.settings.bank:
        for name in KINDS:
            now, business_now = core.clock.wall(), core.dates.now(bank_id)
            record_some = partial(
                record_missing, bank_id=bank_id, name=name, now=now, business_now=business_now
            )
            # Bound: each full batch leaves fewer objects without an event.
            while await core.store.write(record_some) == BATCH:
                pass


def record_missing(
    conn: Connection, bank_id: str, name: StatusObject, now: datetime, business_now: datetime
) -> int:
    """Record at most `BATCH` objects of this kind that have no event yet. Return how many they were."""
    keys = conn.execute(_without_event(name), {"bank": bank_id}).scalars().all()
    return record(conn, bank_id, {name: keys}, now, business_now)


def job(core: CoreServices) -> Job:
    """Return the job that records the lines that ended, because their last day is over."""

    async def run() -> None:
        for bank_id in core.settings.bank:
            while await core.store.write(partial(_record_ended_lines, core=core, bank_id=bank_id)) == BATCH:
                pass

    return Job(JOB, EVERY_S, LEASE_S, run)


@cache
def _without_event(name: StatusObject) -> Select[str]:
    objects = KINDS[name].query.where(KINDS[name].table.c.bank_id == bindparam("bank")).subquery()
    told = exists().where(
        _t.bank_id == objects.c.bank_id, _t.object == objects.c.object, _t.object_id == objects.c.id
    )
    return select(objects.c.key).where(~told).limit(BATCH)


def _record_ended_lines(conn: Connection, core: CoreServices, bank_id: str) -> int:
    line = credit_line.c
    told = exists().where(
        _t.bank_id == line.bank_id, _t.object == "line", _t.object_id == line.line_id, _t.state == "ended"
    )
    over = select(line.line_id).where(
        line.bank_id == bank_id, line.state != "ended", line.ends_on < bank_day(), ~told
    )
    keys = conn.execute(over.limit(BATCH)).scalars().all()
    return record(conn, bank_id, {"line": keys}, core.clock.wall(), core.dates.now(bank_id))
