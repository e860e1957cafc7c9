"""Proofs of the audit: rows are as they were signed, and the chain of their audit rows is whole and not shortened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Connection, func, select

from mock_partners.bank.core.audit.chain import find_head, link_of, reaches
from mock_partners.bank.core.audit.heads import BEGINNING, read_heads
from mock_partners.bank.core.audit.rows import (
    STREAMED,
    AuditRow,
    SignedRow,
    is_latest,
    key_of,
    read_all,
    signed_tables,
)
from mock_partners.bank.core.audit.tables import SIGNED, audit_row
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import ComputedProof, Pair

# Within which an audit row is linked at the latest: twelve attempts of the loop, for a node that starts or is busy.
LINKED_WITHIN = timedelta(seconds=60)
_t = audit_row.c


def rows_as_signed(conn: Connection, ctx: Context) -> Iterator[Pair]:
    """Compare each row of a signed table with its latest audit row: 1 where it is there, 1 where it is as signed."""
    keys, signed = ctx.settings.audit_key_by_id, Counter[str]()
    for row in read_all(conn, ctx.bank_id, *signed_tables()):
        signed[row.table] += row.latest is not None and not row.latest.gone
        yield f"{row.table} {row.key}", 1, int(row.holds(keys))
    yield from _gone_as_signed(conn, ctx)
    for name, live in _count_live(conn, ctx.bank_id).items():
        if live > signed[name]:
            yield from _deleted(conn, ctx.bank_id, name)


def chain_is_whole(conn: Connection, ctx: Context) -> Iterator[Pair]:
    """Compare each audit row with its place in the chain: no position is missing, and every link is right."""
    position, before = 0, ""
    query = select(audit_row).where(_t.bank_id == ctx.bank_id, _t.position.is_not(None))
    for row in conn.execute(query.order_by(_t.position), execution_options=STREAMED):
        if row.position != position + 1:
            yield f"positions {position + 1} to {row.position - 1}", row.position - position - 1, 0
        position = row.position
        is_right = row.link == link_of(ctx.settings, position, before, row)
        yield f"{row.table_name} {row.row_key} at {position}", 1, int(is_right)
        before = row.link
    waiting = select(audit_row).where(_t.bank_id == ctx.bank_id, _t.position.is_(None))
    for row in conn.execute(waiting):
        is_young = ctx.wall - row.made_at <= LINKED_WITHIN
        yield f"{row.table_name} {row.row_key} not linked", 1, int(is_young)


def chain_reaches_its_head(conn: Connection, ctx: Context) -> Iterator[Pair]:
    """Compare the head in this node's file with the chain: the count, or 0 where another link stands there."""
    head = read_heads(ctx.settings.audit_head).get(ctx.bank_id, BEGINNING)
    if reaches(conn, ctx.bank_id, head):
        yield ctx.bank_id, head.position, head.position
    else:
        count = find_head(conn, ctx.bank_id).position
        yield ctx.bank_id, head.position, count if count < head.position else 0


# The head's file is read before the first query takes the snapshot: else the chain might have grown in between.
BEFORE_THE_SNAPSHOT = (ComputedProof("audit.chain_reaches_its_head", chain_reaches_its_head),)
PROOFS = (
    ComputedProof("audit.rows_are_as_signed", rows_as_signed),
    ComputedProof("audit.chain_is_whole", chain_is_whole),
)


def _count_live(conn: Connection, bank_id: str) -> dict[str, int]:
    """Return how many rows of each table the latest audit rows say are there."""
    live = select(_t.table_name, func.count()).where(
        _t.bank_id == bank_id, _t.table_name.in_(list(SIGNED)), is_latest(audit_row), ~_t.gone
    )
    return dict(map(tuple, conn.execute(live.group_by(_t.table_name))))


def _gone_as_signed(conn: Connection, ctx: Context) -> Iterator[Pair]:
    """Check each audit row that says that its row is gone. A thief without the key may have written it."""
    said = (_t.table_name, _t.row_key, *(_t[name] for name in AuditRow._fields))
    gone = conn.execute(select(*said).where(_t.bank_id == ctx.bank_id, _t.gone), execution_options=STREAMED)
    for name, key, *latest in gone:
        row = SignedRow(ctx.bank_id, name, (), key, {}, AuditRow(*latest))
        yield f"{name} {key}", 1, int(row.is_signed(ctx.settings.audit_key_by_id))


def _deleted(conn: Connection, bank_id: str, name: str) -> Iterator[Pair]:
    """Name the rows that are gone although their latest audit row says that they are there."""
    table = next(table for table in signed_tables() if table.name == name)
    there = set(conn.execute(select(key_of(table)).where(table.c.bank_id == bank_id)).scalars())
    live = select(_t.row_key).where(
        _t.bank_id == bank_id, _t.table_name == name, is_latest(audit_row), ~_t.gone
    )
    for key in conn.execute(live).scalars():
        if key not in there:
            yield f"{name} {key}", 0, 1
