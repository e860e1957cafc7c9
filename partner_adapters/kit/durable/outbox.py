"""The outbox: work at other systems, recorded in the transaction of its cause and done after its commit.

A row is leased with a fencing number. Its handler makes the network call outside any transaction and returns the effect
to commit. The effect and the row's completion are one transaction, which is rolled back if another worker has the lease
by then. A handler that cannot finish raises `RetryLater`, and the row is retried until it is done. A row stores the
reference and the trace of the request that caused it. Its handler runs under them, however late.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

import structlog
from opentelemetry.trace import SpanKind
from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    Table,
    insert,
    select,
    text,
    update,
)

from partner_adapters.kit.durable.background import repeat
from partner_adapters.kit.durable.columns import DOCUMENT, Moment, characters
from partner_adapters.kit.durable.crash_points import reached
from partner_adapters.kit.durable.row_rules import row_rules
from partner_adapters.kit.durable.store import DatabaseAway, Store
from partner_adapters.kit.observed import spans
from partner_adapters.kit.observed.request_id import current_request_id, new_reference, under_reference
from partner_adapters.kit.values.clock import Clock

# Longer than any handler's deadline. When it has passed, another worker may take the row.
LEASE = timedelta(seconds=30)
POLL_S = 0.5
BATCH = 16
# How long to wait after each attempt that could not finish. All further retries wait as long as the last.
RETRY_S = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)

Effect = Callable[[Connection], None]
log = structlog.get_logger()


class RetryLater(Exception):
    """The work is not finished and is to be retried after `after_s` seconds, or after `RETRY_S` if None.

    This is not a failure.
    """

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after_s = after_s


@dataclass(frozen=True)
class OutboxRow:
    """One leased row. `subject` is the id of what the work is about, and `attempts` includes the current one."""

    id: str
    bank_id: str
    kind: str
    subject: str
    payload: dict[str, Any]
    attempts: int
    fence: int
    request_id: str
    traceparent: str

    @classmethod
    def of_cause(
        cls, bank_id: str, kind: str, subject: str, payload: dict[str, Any], *, attempts: int
    ) -> OutboxRow:
        """Return a new row, under the reference and the trace of the request that causes it."""
        return cls(
            id=secrets.token_hex(16),
            bank_id=bank_id,
            kind=kind,
            subject=subject,
            payload=payload,
            attempts=attempts,
            fence=attempts,
            request_id=current_request_id(),
            traceparent=spans.traceparent(),
        )


Handler = Callable[[OutboxRow], Awaitable[Effect]]


def no_queue(_row: OutboxRow) -> str:
    """Return that the effect of a row's work waits in no queue (`Store.write`)."""
    return ""


def nothing_held(_conn: Connection) -> list[tuple[str, str]]:
    """Return that every row may be begun."""
    return []


def nothing_to_do(_conn: Connection) -> None:
    """Change nothing. This is the effect of work that was done before, or that changes nothing here."""


def define_outbox(metadata: MetaData, **options: Any) -> Table:
    """Return the outbox table, defined in the party's own metadata. `options`: further ones of `Table`."""
    return Table(
        "outbox",
        metadata,
        Column("id", characters(32), primary_key=True),
        Column("bank_id", characters(32), nullable=False),
        Column("kind", characters(48), nullable=False),
        Column("subject", characters(64), nullable=False),
        Column("payload", DOCUMENT, nullable=False),
        Column("state", characters(8), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("due_at", Moment, nullable=False),
        Column("leased_until", Moment),
        Column("fence", Integer, nullable=False),
        Column("last_error", characters(200), nullable=False),
        Column("created_at", Moment, nullable=False),
        # Rows written before these columns existed need the defaults. A table may get the columns while it is in use.
        Column("request_id", characters(16), nullable=False, server_default=text("''")),
        Column("traceparent", characters(55), nullable=False, server_default=text("''")),
        Index("outbox_due", "state", "due_at"),
        info=row_rules(("state", "attempts", "due_at", "leased_until", "fence", "last_error")),
        **options,
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
) -> None:
    """Insert a row in the caller's transaction. A worker takes it at `now`, or soon after."""
    _insert(conn, table, OutboxRow.of_cause(bank_id, kind, subject, payload, attempts=0), now, None)


def post_leased(
    conn: Connection,
    table: Table,
    *,
    bank_id: str,
    kind: str,
    subject: str,
    payload: dict[str, Any],
    now: datetime,
) -> OutboxRow:
    """Insert a row in the caller's transaction, leased to the caller, who runs `OutboxWorker.attempt` after the commit.

    No worker takes it before the lease ends. So the first attempt needs no transaction of its own to claim it.
    """
    row = OutboxRow.of_cause(bank_id, kind, subject, payload, attempts=1)
    _insert(conn, table, row, now, now + LEASE)
    return row


def _insert(
    conn: Connection, table: Table, row: OutboxRow, now: datetime, leased_until: datetime | None
) -> None:
    times = {"due_at": now, "created_at": now, "leased_until": leased_until}
    conn.execute(insert(table), {**asdict(row), "state": "ready", "last_error": "", **times})


class LeaseLost(Exception):
    """Another worker has leased the row since. The transaction of this worker is rolled back."""


class OutboxWorker:
    """Leases due rows and runs their handlers. Any number of workers may share a table.

    `handlers` maps a row's kind to its handler. `queue_of` names the queue in which a row's effect is committed. `held`
    returns bank and kind of rows that are not to be begun now; a row that was attempted is. Times are protocol time.
    """

    def __init__(
        self,
        store: Store,
        table: Table,
        clock: Clock,
        handlers: Mapping[str, Handler],
        queue_of: Callable[[OutboxRow], str] = no_queue,
        held: Callable[[Connection], Collection[tuple[str, str]]] = nothing_held,
    ) -> None:
        self._store = store
        self._table = table
        self._clock = clock
        self._handlers = handlers
        self._queue_of = queue_of
        self._held = held

    async def run(self) -> NoReturn:
        """Handle due rows until cancelled.

        A poll that fails is logged as `outbox.poll_failed`, and polling continues.
        """

        async def poll() -> float:
            return 0 if await self.work_once() else POLL_S

        await repeat(poll, "outbox.poll_failed", POLL_S)

    async def work_once(self) -> int:
        """Handle up to `BATCH` due rows concurrently and return how many there were."""
        rows = await self._store.write(self._claim)
        await asyncio.gather(*(self.attempt(row) for row in rows))
        return len(rows)

    def leave_held(self, conn: Connection, row: OutboxRow) -> bool:
        """Give a row of `post_leased` back in its own transaction if it is held now. Return whether it is."""
        if (row.bank_id, row.kind) not in self._held(conn):
            return False
        self._update_held(conn, row, {"attempts": 0, "leased_until": None})
        return True

    def _claim(self, conn: Connection) -> list[OutboxRow]:
        t, now = self._table, self._clock.wall()
        free = (
            (t.c.state == "ready")
            & (t.c.due_at <= now)
            & ((t.c.leased_until.is_(None)) | (t.c.leased_until <= now))
        )
        for bank_id, kind in self._held(conn):
            # What was attempted may have been done: its handler has to find out.
            free &= (t.c.attempts > 0) | (t.c.bank_id != bank_id) | (t.c.kind != kind)
        query = select(t).where(free).order_by(t.c.due_at).limit(BATCH)
        # Skip the rows that another worker is claiming at this moment, instead of waiting for it.
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

    async def attempt(self, row: OutboxRow) -> None:
        """Handle a leased row, once. The cause of `post_leased` calls it and need not wait for the next poll."""
        attributes: dict[str, spans.Value] = {"kind": row.kind, "attempts": row.attempts}
        with (
            under_reference(row.request_id or new_reference()),
            spans.span(f"outbox {row.kind}", SpanKind.CONSUMER, attributes, spans.continued(row.traceparent)),
        ):
            await self._run_handler(row)

    async def _run_handler(self, row: OutboxRow) -> None:
        try:
            reached("outbox.claimed", row.kind)
            effect = await self._handlers[row.kind](row)
            reached("outbox.called", row.kind)
            await self._store.write(
                lambda conn: self._finish(conn, row, effect), row.kind, queue=self._queue_of(row)
            )
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
        self._update_held(conn, row, {"state": "done", "leased_until": None})

    async def _put_back(self, row: OutboxRow, reason: str, after_s: float | None) -> None:
        wait_s = after_s if after_s is not None else RETRY_S[min(row.attempts, len(RETRY_S)) - 1]
        due_at = self._clock.wall() + timedelta(seconds=wait_s)
        values = {"due_at": due_at, "leased_until": None, "last_error": reason[:200]}
        with suppress(LeaseLost, DatabaseAway):  # the row is then retried when its lease ends
            await self._store.write(lambda conn: self._update_held(conn, row, values))

    def _update_held(self, conn: Connection, row: OutboxRow, values: dict[str, Any]) -> None:
        t = self._table
        # Refused after the lease has passed to another worker, which then has a higher fence.
        held = (t.c.id == row.id) & (t.c.fence == row.fence) & (t.c.state == "ready")
        if conn.execute(update(t).where(held).values(values)).rowcount != 1:
            raise LeaseLost
