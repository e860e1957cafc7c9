"""The outbox: work that must reach outside, written in the transaction of its cause, done after it.

A row is leased with a fencing number. Its handler makes the network call outside any transaction and returns
the effect to commit. The effect and the row's end are one transaction, refused if the lease passed to another worker.
A handler that cannot finish raises `RetryLater`, and the row is retried until it is done. The row keeps the reference
of the request that caused it, and its work is done under that reference and in its trace, however late.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from opentelemetry.trace import SpanKind
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    select,
    text,
    update,
)

from partner_adapters.kit.durable.columns import Moment
from partner_adapters.kit.durable.crash_points import reached
from partner_adapters.kit.durable.store import DatabaseAway, Store
from partner_adapters.kit.observed import spans
from partner_adapters.kit.observed.request_id import current_request_id, new_reference, under_reference
from partner_adapters.kit.values.clock import Clock

LEASE = timedelta(seconds=30)
"""Longer than any handler's deadline; after it another worker may take the row."""
POLL_S = 0.5
BATCH = 16
RETRY_S = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""How long work that cannot be done yet is left alone; the last for as long as it takes."""

Effect = Callable[[Connection], None]
log = structlog.get_logger()


class RetryLater(Exception):
    """The work is not finished and is to be retried after `after_s` seconds (None means back off).

    This is not a failure.
    """

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after_s = after_s


@dataclass(frozen=True)
class OutboxRow:
    """One leased piece of work."""

    id: str
    bank_id: str
    kind: str
    subject: str
    payload: dict[str, Any]
    attempts: int
    fence: int
    request_id: str
    traceparent: str


Handler = Callable[[OutboxRow], Awaitable[Effect]]


def nothing_to_do(_conn: Connection) -> None:
    """Change nothing. This is the effect of work that was done before, or that changes nothing here."""


def define_outbox(metadata: MetaData) -> Table:
    """The outbox table, in the party's own metadata."""
    return Table(
        "outbox",
        metadata,
        Column("id", String(32), primary_key=True),
        Column("bank_id", String(32), nullable=False),
        Column("kind", String(48), nullable=False),
        Column("subject", String(64), nullable=False),
        Column("payload", JSON, nullable=False),
        Column("state", String(8), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("due_at", Moment, nullable=False),
        Column("leased_until", Moment),
        Column("fence", Integer, nullable=False),
        Column("last_error", String(200), nullable=False),
        Column("created_at", Moment, nullable=False),
        # The defaults are for rows of before these columns, and for a table that gets them while in use.
        Column("request_id", String(16), nullable=False, server_default=text("''")),
        Column("traceparent", String(55), nullable=False, server_default=text("''")),
        Index("outbox_due", "state", "due_at"),
    )


def post(
    conn: Connection,
    table: Table,
    *,
    bank_id: str,
    kind: str,
    subject: str,
    payload: dict[str, Any],
    now: datetime,
) -> str:
    """Add work in the caller's transaction; returns the row's id."""
    row_id = secrets.token_hex(16)
    conn.execute(
        insert(table).values(
            id=row_id,
            bank_id=bank_id,
            kind=kind,
            subject=subject,
            payload=payload,
            state="ready",
            attempts=0,
            due_at=now,
            fence=0,
            last_error="",
            created_at=now,
            request_id=current_request_id(),
            traceparent=spans.traceparent(),
        )
    )
    return row_id


class LeaseLost(Exception):
    """Another worker holds the row now; what this one did is undone."""


class OutboxWorker:
    """Takes due rows and runs their handlers; any number of workers may share a table.

    `handlers` maps a row's kind to its handler. Times are protocol time.
    """

    def __init__(self, store: Store, table: Table, clock: Clock, handlers: Mapping[str, Handler]) -> None:
        self._store = store
        self._table = table
        self._clock = clock
        self._handlers = handlers

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                busy = await self.work_once()
            except Exception:
                log.exception("outbox.poll_failed")
                busy = 0
            if not busy:
                await asyncio.sleep(POLL_S)

    async def work_once(self) -> int:
        """Handle every row that is due now, side by side; returns how many."""
        rows = await self._store.write(lambda conn: self._claim(conn, None))
        await asyncio.gather(*(self._handle(row) for row in rows))
        return len(rows)

    async def attempt(self, row_id: str) -> None:
        """Handle one row at once if nobody else holds it: the request that caused it need not wait for a poll."""
        for row in await self._store.write(lambda conn: self._claim(conn, row_id)):
            await self._handle(row)

    def _claim(self, conn: Connection, row_id: str | None) -> list[OutboxRow]:
        t, now = self._table, self._clock.wall()
        free = (
            (t.c.state == "ready")
            & (t.c.due_at <= now)
            & ((t.c.leased_until.is_(None)) | (t.c.leased_until <= now))
        )
        query = select(t).where(free).order_by(t.c.due_at).limit(BATCH)
        if row_id is not None:
            query = query.where(t.c.id == row_id)
        rows = conn.execute(query.with_for_update(skip_locked=True)).all()
        for row in rows:
            conn.execute(
                update(t)
                .where(t.c.id == row.id)
                .values(leased_until=now + LEASE, fence=row.fence + 1, attempts=row.attempts + 1)
            )
        return [
            OutboxRow(
                r.id,
                r.bank_id,
                r.kind,
                r.subject,
                r.payload,
                r.attempts + 1,
                r.fence + 1,
                r.request_id,
                r.traceparent,
            )
            for r in rows
        ]

    async def _handle(self, row: OutboxRow) -> None:
        known: dict[str, spans.Value] = {"kind": row.kind, "attempts": row.attempts}
        with (
            under_reference(row.request_id or new_reference()),
            spans.span(f"outbox {row.kind}", SpanKind.CONSUMER, known, spans.continued(row.traceparent)),
        ):
            await self._do(row)

    async def _do(self, row: OutboxRow) -> None:
        try:
            reached("outbox.claimed", row.kind)
            effect = await self._handlers[row.kind](row)
            reached("outbox.called", row.kind)
            await self._store.write(lambda conn: self._finish(conn, row, effect), row.kind)
            log.info("outbox.done", kind=row.kind, subject=row.subject, attempts=row.attempts)
        except LeaseLost:
            spans.note({"outcome": "lease_lost"})
            log.warning("outbox.lease_lost", kind=row.kind, subject=row.subject)
        except RetryLater as retry:
            spans.note({"outcome": "later"})
            await self._put_back(row, retry.reason, retry.after_s)
        except DatabaseAway as away:
            spans.failed(away)
            log.warning("outbox.database_away", kind=row.kind, subject=row.subject, reason=str(away))
            await self._put_back(row, str(away), None)
        except Exception as error:
            spans.failed(error)
            log.exception("outbox.handler_failed", kind=row.kind, subject=row.subject)
            await self._put_back(row, type(error).__name__, None)

    def _finish(self, conn: Connection, row: OutboxRow, effect: Effect) -> None:
        effect(conn)
        self._held(conn, row, {"state": "done", "leased_until": None})

    async def _put_back(self, row: OutboxRow, reason: str, after_s: float | None) -> None:
        wait_s = after_s if after_s is not None else RETRY_S[min(row.attempts, len(RETRY_S)) - 1]
        due_at = self._clock.wall() + timedelta(seconds=wait_s)
        values = {"due_at": due_at, "leased_until": None, "last_error": reason[:200]}
        with suppress(LeaseLost, DatabaseAway):  # then it comes back when its lease ends
            await self._store.write(lambda conn: self._held(conn, row, values))

    def _held(self, conn: Connection, row: OutboxRow, values: dict[str, Any]) -> None:
        t = self._table
        mine = (t.c.id == row.id) & (t.c.fence == row.fence) & (t.c.state == "ready")
        if conn.execute(update(t).where(mine).values(values)).rowcount != 1:
            raise LeaseLost
