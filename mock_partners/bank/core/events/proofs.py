"""Proofs of the events: they end where each object stands, nothing is missing between them, and consents allow them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Connection, func, select, union_all

from mock_partners.bank.core.events.objects import KINDS, bank_day, with_latest_event
from mock_partners.bank.core.events.tables import UNNUMBERED, event
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import ComputedProof, Pair, Proof
from mock_partners.bank.core.lines.tables import credit_line
from partner_adapters.core_bank.events import STATUS_CONSENT

# Within which an event is numbered at the latest, by a node that starts or is busy.
NUMBERED_WITHIN = timedelta(seconds=60)
# A large bank has millions of rows.
_STREAMED = {"yield_per": 1_000}


def end_where_objects_stand(conn: Connection, ctx: Context) -> Iterator[Pair]:
    """Compare each object with its latest event: 1 where it is there, 1 where that event has its state."""
    queries = [kind.query.where(kind.table.c.bank_id == ctx.bank_id) for kind in KINDS.values()]
    objects = with_latest_event(union_all(*queries).subquery("objects"))
    ended, count = _lines_over(conn, ctx.bank_id), Counter[str]()
    for row in conn.execute(objects, execution_options=_STREAMED):
        count[row.object] += 1
        # The day ended this line. A job records that within minutes.
        is_awaited = row.object == "line" and row.id in ended and row.last_state == ended[row.id]
        yield f"{row.object} {row.id}", 1, int(row.last_state == row.state or is_awaited)
    first = (event.c.bank_id == ctx.bank_id) & (event.c.sequence == 1)
    told = dict(
        map(tuple, conn.execute(select(event.c.object, func.count()).where(first).group_by(event.c.object)))
    )
    for name in sorted({*count, *told}):
        yield f"every {name}", count[name], told.get(name, 0)


def are_numbered_in_time(conn: Connection, ctx: Context) -> Iterator[Pair]:
    """Compare the numbers with a count of them, and name each event that waits for its number too long."""
    t = event.c
    numbers = select(func.count(t.position), func.coalesce(func.max(t.position), 0))
    count, highest = conn.execute(numbers.where(t.bank_id == ctx.bank_id)).one()
    yield "positions", count, highest
    for row in conn.execute(select(event).where(t.bank_id == ctx.bank_id, UNNUMBERED)):
        is_young = ctx.wall - row.occurred_at <= NUMBERED_WITHIN
        yield f"{row.object} {row.object_id} {row.sequence} not numbered", 1, int(is_young)


def _lines_over(conn: Connection, bank_id: str) -> dict[str, str]:
    """Return the stored state of each line whose last day is over."""
    t = credit_line.c
    over = select(t.line_id, t.state).where(t.bank_id == bank_id, t.ends_on < bank_day())
    return dict(map(tuple, conn.execute(over)))


PROOFS = (
    ComputedProof("events.end_where_objects_stand", end_where_objects_stand),
    ComputedProof("events.are_numbered_in_time", are_numbered_in_time),
    Proof(
        "events.sequences_have_no_gaps",
        """
        SELECT object || ' ' || object_id, COUNT(*), MAX(sequence)
        FROM event WHERE bank_id = :bank_id GROUP BY object, object_id
        """,
    ),
    Proof(
        "events.positions_follow_sequences",
        """
        SELECT e.object || ' ' || e.object_id || ' ' || CAST(e.sequence AS TEXT), 1,
               CASE WHEN n.position IS NULL OR n.position > e.position THEN 1 ELSE 0 END
        FROM event e
        JOIN event n ON n.bank_id = e.bank_id AND n.object = e.object AND n.object_id = e.object_id
                    AND n.sequence = e.sequence + 1
        WHERE e.bank_id = :bank_id
        """,
    ),
    Proof(
        "events.consents_are_the_customers",
        f"""
        SELECT e.object || ' ' || e.object_id || ' ' || CAST(e.sequence AS TEXT), 1,
               CASE WHEN c.customer_id = e.customer_id AND c.partner = e.partner
                         AND c.purpose = '{STATUS_CONSENT}' THEN 1 ELSE 0 END
        FROM event e
        JOIN consent c ON c.bank_id = e.bank_id AND c.consent_id = e.consent_id
        WHERE e.bank_id = :bank_id
        """,  # noqa: S608 (a constant)
    ),
)
