"""A customer's name that a partner states anew under the same identity number: kept as a change, never written over.

The customer goes on under the known name until the change is accepted. The bank of the bound card accepts it by knowing
the new name, or a person of this bank does (`credit/name_changes.py`).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from mock_partners.bank.core.customers.tables import customer_link, name_change
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import enqueue
from partner_adapters.kit.values.names import is_same
from partner_adapters.kit.values.problems import Problem

CHECK = "name.check"
_t = name_change.c


class NameChangeState(StrEnum):
    """`checking`: the card's bank is asked. `referred`: a person of the bank decides. The others are final."""

    CHECKING = "checking"
    REFERRED = "referred"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True)
class NameChangeRecord:
    """One change. `reason`: why it was accepted, or why a person decides. `evidence_digest`: of what was stated."""

    change_id: str
    customer_id: str
    partner: str
    earlier_name: str
    name: str
    evidence_digest: str
    stated_at: datetime
    state: NameChangeState
    reason: str
    decided_at: datetime | None
    decided_by: str | None


def record_stated(
    conn: Connection, ctx: Context, customer_id: str, known: str, stated: str, evidence_digest: str
) -> None:
    """Record that the caller's partner states another name, and have it checked. A name stated before needs no record.

    That is one that waits or was refused, and one that the customer had earlier: a partner may be slow to hear.
    """
    for change in changes_of_customer(conn, ctx.bank_id, customer_id):
        if is_same(stated, change.earlier_name if change.state is NameChangeState.ACCEPTED else change.name):
            return
    change_id = secrets.token_hex(16)
    conn.execute(
        insert(name_change).values(
            bank_id=ctx.bank_id,
            change_id=change_id,
            customer_id=customer_id,
            partner=ctx.partner,
            earlier_name=known,
            name=stated,
            evidence_digest=evidence_digest,
            stated_at=ctx.now,
            state=NameChangeState.CHECKING,
            reason="",
        )
    )
    enqueue(conn, ctx, CHECK, change_id, customer_id=customer_id)


def read_change(conn: Connection, bank_id: str, change_id: str) -> NameChangeRecord:
    """Return a change. Problem 404 `name_change.unknown`."""
    query = select(name_change).where(_t.bank_id == bank_id, _t.change_id == change_id)
    row = conn.execute(query).first()
    if row is None:
        raise Problem(404, "name_change.unknown")
    return _record(row)


def changes_of_customer(conn: Connection, bank_id: str, customer_id: str) -> list[NameChangeRecord]:
    """Return the customer's changes, newest first."""
    query = select(name_change).where(_t.bank_id == bank_id, _t.customer_id == customer_id)
    return [_record(row) for row in conn.execute(query.order_by(_t.stated_at.desc(), _t.change_id))]


def partners_of_customer(conn: Connection, bank_id: str, customer_id: str) -> list[str]:
    """Return the partners that know the customer, in the order in which they came."""
    link = customer_link.c
    query = select(link.partner).where(link.bank_id == bank_id, link.customer_id == customer_id)
    return list(conn.execute(query.order_by(link.linked_at, link.partner)).scalars())


def write_state(
    conn: Connection,
    ctx: Context,
    change_id: str,
    state: NameChangeState,
    reason: str,
    decided_by: str | None = None,
) -> None:
    """Write the change's new state, and the operator who decided, if one did."""
    decided = {} if state is NameChangeState.REFERRED else {"decided_at": ctx.now, "decided_by": decided_by}
    this = (_t.bank_id == ctx.bank_id) & (_t.change_id == change_id)
    conn.execute(update(name_change).where(this).values(state=state, reason=reason, **decided))


def _record(row: Row[Any]) -> NameChangeRecord:
    return NameChangeRecord(
        change_id=row.change_id,
        customer_id=row.customer_id,
        partner=row.partner,
        earlier_name=row.earlier_name,
        name=row.name,
        evidence_digest=row.evidence_digest,
        stated_at=row.stated_at,
        state=NameChangeState(row.state),
        reason=row.reason,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
    )
