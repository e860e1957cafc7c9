"""Record how everything stands that has no event yet, at the first start after the upgrade."""

from __future__ import annotations

from datetime import datetime
from functools import cache, partial

from sqlalchemy import Connection, Select, bindparam, select
from sqlalchemy.sql import exists

from mock_partners.bank.core.events.objects import KINDS
from mock_partners.bank.core.events.recording import record
from mock_partners.bank.core.events.tables import event
from mock_partners.bank.core.kernel.services import CoreServices
from partner_adapters.core_bank.events import StatusObject

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


@cache
def _without_event(name: StatusObject) -> Select[str]:
    objects = KINDS[name].query.where(KINDS[name].table.c.bank_id == bindparam("bank")).subquery()
    told = exists().where(
        _t.bank_id == objects.c.bank_id, _t.object == objects.c.object, _t.object_id == objects.c.id
    )
    return select(objects.c.key).where(~told).limit(BATCH)
