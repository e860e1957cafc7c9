"""The webhook work of one node: a reader for each partner that it holds, and a sender for each receiver with work.

Each receiver has a task of its own, so that a slow one delays only itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import NoReturn

import structlog
from sqlalchemy import Connection, or_, select

from h5app.partner_api.webhooks import reading, sending
from h5app.partner_api.webhooks.deliveries import IS_FIRST
from h5app.partner_api.webhooks.work import RENEW_WITHIN, Work, hold, release
from h5app.tables import webhook_deliveries, webhook_endpoints, webhook_feeds
from partner_adapters.kit.durable.background import repeat
from partner_adapters.kit.observed.request_id import new_reference, under_reference
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

# How often a node looks for what other nodes have queued, for repetitions, and for partners whom no node serves.
LOOK_EVERY_S = 0.5
# Before the bank is asked again that did not answer.
BANK_AWAY_S = 5.0
AFTER_A_FAULT_S = 5.0
# Between two questions without an event, should the bank answer them at once.
BETWEEN_S = 0.2
log = structlog.get_logger()


class Dispatcher:
    """Runs until it is cancelled. Tasks are named by the partner or by the receiver that they serve."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._senders: dict[str, asyncio.Task[None]] = {}
        self._replays: dict[str, asyncio.Task[None]] = {}
        self._news = asyncio.Event()

    async def run(self) -> NoReturn:
        """Do the work of every partner that no other node serves."""
        try:
            await repeat(self._look, "webhooks.not_looked", LOOK_EVERY_S)
        finally:
            tasks = [*self._readers.values(), *self._senders.values(), *self._replays.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._work.api.store.write(lambda conn: release(conn, self._work))

    async def _look(self) -> float:
        held = await self.find_held()
        for partner in self._readers.keys() - held:
            self._readers.pop(partner).cancel()
        for partner in held:
            self._keep(self._readers, partner, partial(self._read, partner))
        for partner in held & await self.find_replays():
            self._keep(self._replays, partner, partial(self._replay, partner))
        for partner, endpoint_id in await self.find_due(held):
            self._keep(self._senders, endpoint_id, partial(self._send, partner, endpoint_id))
        self._senders = {name: task for name, task in self._senders.items() if not task.done()}
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._news.wait()
        except TimeoutError:
            pass
        self._news.clear()
        return 0

    async def find_held(self) -> set[str]:
        """Return the partners whose work is this node's, after taking what no node holds."""
        work, t = self._work, webhook_feeds.c
        known = work.api.h5app.partners

        def read(conn: Connection) -> tuple[set[str], set[str]]:
            now, held, wanted = work.api.clock.wall(), set[str](), set[str]()
            for row in conn.execute(select(webhook_feeds).where(t.mode == work.mode)):
                if row.partner not in known:
                    continue
                if row.holder == work.node and row.leased_until >= now + RENEW_WITHIN:
                    held.add(row.partner)
                elif row.holder in (None, work.node) or row.leased_until <= now:
                    wanted.add(row.partner)
            return held, wanted

        held, wanted = await work.api.store.read(read)
        for partner in wanted:
            take = partial(hold, work=work, partner=partner, now=work.api.clock.wall())
            if await work.write(partner, take):
                held.add(partner)
        return held

    async def find_replays(self) -> set[str]:
        """Return the partners who have asked for a replay that is not queued yet."""
        t = webhook_endpoints.c
        query = select(t.partner).where(t.mode == self._work.mode, t.replay_since.is_not(None)).distinct()
        return set(await self._work.api.store.read(lambda conn: conn.scalars(query).all()))

    async def find_due(self, partners: Iterable[str]) -> list[tuple[str, str]]:
        """Return each receiver of these partners for which something is due."""
        work, e, d = self._work, webhook_endpoints.c, webhook_deliveries.c
        now = work.api.clock.wall()
        query = (
            select(e.partner, e.endpoint_id)
            .where(
                e.mode == work.mode,
                e.partner.in_(list(partners)),
                e.state == "enabled",
                or_(e.paused_until.is_(None), e.paused_until <= now),
                select(d.delivery_id)
                .where(
                    d.endpoint_id == e.endpoint_id, d.state == "pending", d.next_attempt_at <= now, IS_FIRST
                )
                .exists(),
            )
            .order_by(e.endpoint_id)
        )
        return [tuple(row) for row in await work.api.store.read(lambda conn: conn.execute(query).all())]

    def _keep(
        self, tasks: dict[str, asyncio.Task[None]], name: str, run: Callable[[], Awaitable[None]]
    ) -> None:
        if name not in tasks or tasks[name].done():
            tasks[name] = asyncio.create_task(self._guarded(name, run), name=name)

    async def _guarded(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run one task. What fails is logged and begun anew by a later look."""
        with under_reference(new_reference()):
            try:
                await run()
            except Exception:
                log.exception("webhooks.failed", of=name)
                await asyncio.sleep(AFTER_A_FAULT_S)

    async def _read(self, partner: str) -> None:
        new: int | None = 0
        while new is not None:
            async with _bank(partner):
                new = await reading.read_feed(self._work, partner)
                if new:
                    self._news.set()
                else:
                    await asyncio.sleep(BETWEEN_S)

    async def _replay(self, partner: str) -> None:
        has_more = True
        while has_more:
            async with _bank(partner):
                has_more = await reading.replay_next(self._work, partner)
                self._news.set()

    async def _send(self, partner: str, endpoint_id: str) -> None:
        await sending.send_due(self._work, partner, endpoint_id)


@asynccontextmanager
async def _bank(partner: str) -> AsyncIterator[None]:
    """Wait a little where the bank does not answer within the block."""
    try:
        yield
    except (CallFailed, Problem) as failure:
        log.warning("webhooks.bank_away", partner=partner, reason=str(failure))
        await asyncio.sleep(BANK_AWAY_S)
