"""The rule that nothing lies in the future: what is dated 2099 would let something stand still for ever.

It is made from the metadata, so that a new column is held by itself. What may lie ahead stands below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Date, TextClause, bindparam, text

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import ComputedProof, Pair
from mock_partners.bank.core.kernel.tables import metadata
from partner_adapters.kit.durable.columns import Moment
from partner_adapters.kit.durable.outbox import LEASE, RETRY_S
from partner_adapters.kit.values.clock import CHINA, ONE_DAY

# The clocks of two nodes differ a little.
MARGIN = timedelta(seconds=60)
# No job of the core takes a longer lease.
LONGEST_LEASE = timedelta(seconds=60)
# How far ahead of now a column may lie, and None where it says how long something lasts. A day that is marked as done
# lies a day back at least.
AHEAD: Mapping[str, timedelta | None] = {
    "job_lease.leased_until": LONGEST_LEASE,
    "outbox.leased_until": LEASE,
    "outbox.due_at": timedelta(seconds=RETRY_S[-1]),
    "day_close.day": -ONE_DAY,
    "reconciled_day.day": -ONE_DAY,
    "loan.closed_through": -ONE_DAY,
    "switch_entry.until": None,
    "dated_change.effective_on": None,
    "blacklist_entry.begins_on": None,
    "blacklist_entry.ends_on": None,
    "pre_credit.valid_until": None,
    "source_authorisation.expires_at": None,
    "source_authorisation.valid_until": None,
    "decision.better_from": None,
    "contract.offer_until": None,
    "contract.ends_on": None,
    "credit_line.ends_on": None,
    "service_case.answer_by": None,
    "review_step.until": None,
    "reminder.due_on": None,
    "account_hold.expires_at": None,
    "account_counter.ends_on": None,
    "particulars.document_expires_on": None,
    "identity_image.keep_until": None,
    "risk_grade.next_review_on": None,
}


def _compare(conn: Connection, ctx: Context) -> Iterator[Pair]:
    """Yield the rows of each table, and those of them that do not lie ahead."""
    now = max(ctx.clock_now, ctx.wall) + MARGIN
    query, bounds = _query()
    values = {name: _latest(column, now) for name, column in bounds.items()}
    yield from conn.execute(query, {"bank_id": ctx.bank_id, **values})


@cache
def _query() -> tuple[TextClause, Mapping[str, Column[Any]]]:
    """Return one query over every table, and a column for each of its bounds.

    As text, because SQLAlchemy needs longer for an expression of this size than the database for the query.
    """
    bounds: dict[str, Column[Any]] = {}
    counts = []
    for table in metadata.sorted_tables:
        columns = [column for column in table.columns if _is_time(column) and _allowance(column) is not None]
        if not columns:
            continue
        ahead = []
        for column in columns:
            bound = f"latest_{len(bounds)}"
            bounds[bound] = column
            ahead.append(f"{column.name} > :{bound}")
        names = ", ".join(column.name for column in columns)
        # Leases of jobs are no single bank's.
        where = "WHERE bank_id = :bank_id" if "bank_id" in table.c else ""
        counts.append(
            f"SELECT '{table.name}: {names}', COUNT(*),"  # noqa: S608 (names of our own)
            f" COALESCE(SUM(CASE WHEN {' OR '.join(ahead)} THEN 0 ELSE 1 END), 0) FROM {table.name} {where}"
        )
    types = [bindparam(name, type_=column.type) for name, column in bounds.items()]
    return text(" UNION ALL ".join(counts)).bindparams(*types), bounds


def _is_time(column: Column[Any]) -> bool:
    return isinstance(column.type, (Moment, Date))


def _allowance(column: Column[Any]) -> timedelta | None:
    return AHEAD.get(f"{column.table.name}.{column.name}", timedelta())


def _latest(column: Column[Any], now: datetime) -> date | datetime:
    latest = now + (_allowance(column) or timedelta())
    return latest.astimezone(CHINA).date() if isinstance(column.type, Date) else latest


PROOFS = (ComputedProof("times.nothing_is_dated_ahead", _compare),)
