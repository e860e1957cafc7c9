"""Dated changes of what is configured: one person proposes each, another approves it, and it applies from its day on.

There are two layers: the province's default, and what each member bank sets for itself. What applies on a day is the
latest approved change for that day. Rows are never changed, so the past stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Index,
    Row,
    Select,
    UniqueConstraint,
    func,
    insert,
    select,
)

from mock_partners.bank.core.kernel.canonical import canonical_sha256
from mock_partners.bank.core.kernel.settings import PROVINCE
from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import DAY, DOCUMENT, WHOLE, Moment, characters

# `product`: a whole document. `override`: a bank's own figures in a product. `parameter`: one value.
ChangeKind = Literal["product", "override", "parameter"]
# Who proposed and approved the first versions, which come with a release.
RELEASE, START_UP = "release", "start_up"

# In the order of `number`. `sha256`: of the content. `undoes`: the change before which this one goes back.
dated_change = define_table(
    "dated_change",
    Column("bank_id", characters(32), primary_key=True),
    Column("number", WHOLE, primary_key=True, autoincrement=False),
    Column("kind", characters(12), nullable=False),
    Column("name", characters(48), nullable=False),
    Column("content", DOCUMENT, nullable=False),
    Column("sha256", characters(64), nullable=False),
    Column("effective_on", DAY, nullable=False),
    Column("reason", characters(500), nullable=False),
    Column("proposed_by", characters(200), nullable=False),
    Column("proposed_at", Moment, nullable=False),
    Column("undoes", WHOLE),
    UniqueConstraint("bank_id", "number", "proposed_by"),
    within_bank("dated_change", undoes="number"),
    CheckConstraint("kind IN ('product', 'override', 'parameter')", name="kind_known"),
    Index("dated_change_of_name", "bank_id", "kind", "name", "number"),
)

# What a second person said. A change without a row here waits, and applies to nothing.
change_decision = define_table(
    "change_decision",
    Column("bank_id", characters(32), primary_key=True),
    Column("number", WHOLE, primary_key=True, autoincrement=False),
    Column("outcome", characters(8), nullable=False),
    Column("reason", characters(500), nullable=False),
    Column("proposed_by", characters(200), nullable=False),
    Column("decided_by", characters(200), nullable=False),
    Column("decided_at", Moment, nullable=False),
    within_bank("dated_change", number="number", proposed_by="proposed_by"),
    CheckConstraint("outcome IN ('approved', 'refused')", name="outcome_known"),
    CheckConstraint("decided_by <> proposed_by", name="decided_by_another"),
)
_c, _d = dated_change.c, change_decision.c


@dataclass(frozen=True)
class ChangeRecord:
    """One change with what was decided about it; the outcome is None while it waits."""

    bank_id: str
    number: int
    kind: ChangeKind
    name: str
    content: Any
    sha256: str
    effective_on: date
    reason: str
    proposed_by: str
    proposed_at: datetime
    undoes: int | None
    outcome: Literal["approved", "refused"] | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None


def read_changes(
    conn: Connection,
    layers: Iterable[str] | None,
    kinds: Iterable[ChangeKind],
    name: str | None = None,
    *,
    approved_only: bool = False,
) -> list[ChangeRecord]:
    """Return the changes of these kinds, of these layers or of all, the oldest of each layer first."""
    query = _changes().where(_c.kind.in_(list(kinds)))
    if layers is not None:
        query = query.where(_c.bank_id.in_(list(layers)))
    if name is not None:
        query = query.where(_c.name == name)
    if approved_only:
        query = query.where(_d.outcome == "approved")
    return [_record(row) for row in conn.execute(query.order_by(_c.bank_id, _c.number))]


def find_change(conn: Connection, bank_id: str, number: int) -> ChangeRecord | None:
    """Return the change of this layer with this number, or None."""
    row = conn.execute(_changes().where(_c.bank_id == bank_id, _c.number == number)).first()
    return None if row is None else _record(row)


def in_effect(changes: Iterable[ChangeRecord], layer: str, on: date) -> ChangeRecord | None:
    """Return the approved change of this layer that applies on a day: of several, the latest day, then the latest."""
    begun = [
        each
        for each in changes
        if each.bank_id == layer and each.outcome == "approved" and each.effective_on <= on
    ]
    return max(begun, key=lambda each: (each.effective_on, each.number), default=None)


def count_decisions(conn: Connection) -> int:
    """Return how many decisions there are in all layers. A larger number says that a copy in memory is old."""
    return int(conn.execute(select(func.count()).select_from(change_decision)).scalar_one())


def insert_change(conn: Connection, bank_id: str, **values: Any) -> int:
    """Insert a change under the layer's next number, and return the number."""
    last = select(func.coalesce(func.max(_c.number), 0)).where(_c.bank_id == bank_id)
    number = int(conn.execute(last).scalar_one()) + 1
    sha256 = canonical_sha256({"content": values["content"]})
    conn.execute(insert(dated_change).values(bank_id=bank_id, number=number, sha256=sha256, **values))
    return number


def install_first(
    conn: Connection, kind: ChangeKind, name: str, content: Any, effective_on: date, now: datetime
) -> None:
    """Store what a release brings as an approved change of the province."""
    number = insert_change(
        conn,
        PROVINCE,
        kind=kind,
        name=name,
        content=content,
        effective_on=effective_on,
        reason="first version, from the release",
        proposed_by=RELEASE,
        proposed_at=now,
        undoes=None,
    )
    conn.execute(
        insert(change_decision).values(
            bank_id=PROVINCE,
            number=number,
            outcome="approved",
            reason="first version, from the release",
            proposed_by=RELEASE,
            decided_by=START_UP,
            decided_at=now,
        )
    )


def _changes() -> Select[Any]:
    decided = (
        _d.outcome,
        _d.decided_by,
        _d.decided_at,
        _d.reason.label("decision_reason"),
    )
    same = (_d.bank_id == _c.bank_id) & (_d.number == _c.number)
    return select(dated_change, *decided).outerjoin_from(dated_change, change_decision, same)


def _record(row: Row[Any]) -> ChangeRecord:
    return ChangeRecord(**row._mapping)
