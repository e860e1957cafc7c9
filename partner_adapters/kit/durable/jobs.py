"""Periodic jobs, such as the end of day. Any number of nodes may run them, each job on one node at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn

from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert, select, update

from partner_adapters.kit.durable.background import repeat
from partner_adapters.kit.durable.columns import Moment, characters
from partner_adapters.kit.durable.row_rules import row_rules
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.observed import spans
from partner_adapters.kit.values.clock import Clock


@dataclass(frozen=True)
class Job:
    """A periodic job. Each node attempts it every `every_s` seconds.

    A node that starts it takes a lease of `lease_s` seconds, during which no node starts it again. The lease must
    outlast the longest run.
    """

    name: str
    every_s: float
    lease_s: float
    run: Callable[[], Awaitable[None]]


def define_job_leases(metadata: MetaData, **options: Any) -> Table:
    """Return the table of job leases, defined in the party's own metadata. `options`: further ones of `Table`."""
    return Table(
        "job_lease",
        metadata,
        Column("name", characters(48), primary_key=True),
        Column("leased_until", Moment, nullable=False),
        Column("fence", Integer, nullable=False),
        info=row_rules(("leased_until", "fence")),
        **options,
    )


def take_lease(conn: Connection, table: Table, job: Job, clock: Clock) -> bool:
    """Return whether this node may run the job now. If so, the lease is stored for `job.lease_s` seconds."""
    now = clock.wall()
    until = now + timedelta(seconds=job.lease_s)
    held = conn.execute(select(table).where(table.c.name == job.name).with_for_update()).first()
    if held is None:
        conn.execute(insert(table).values(name=job.name, leased_until=until, fence=1))
        return True
    if held.leased_until > now:
        return False
    conn.execute(
        update(table).where(table.c.name == job.name).values(leased_until=until, fence=held.fence + 1)
    )
    return True


async def run_job(store: Store, table: Table, job: Job, clock: Clock) -> NoReturn:
    """Attempt `job` every `every_s` seconds until cancelled, and run it unless a lease is held.

    An exception is logged as `job.failed`, and the attempts continue.
    """

    async def attempt() -> float:
        if await store.write(lambda conn: take_lease(conn, table, job, clock)):
            with spans.span(f"job {job.name}", attributes={"job": job.name}):
                await job.run()
        return job.every_s

    await repeat(attempt, "job.failed", job.every_s, job=job.name)
