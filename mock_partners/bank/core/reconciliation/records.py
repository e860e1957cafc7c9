"""Differences as the core reads them: how each stands, and what its resolution may do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, select

from mock_partners.bank.core.account_services.transfers import LATE_SUCCESS, OLDER_NEWS
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.orders.differences import STRANGERS
from mock_partners.bank.core.orders.tables import customer_order, difference
from mock_partners.bank.core.reconciliation.tables import difference_step
from mock_partners.bank.core.suspense import SOURCE as SUSPENSE_SOURCE
from partner_adapters.core_bank.differences import DifferenceState, Resolution
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import with_wire_names

SHOWN = 100
_t, _s = difference.c, difference_step.c
# What may be done about a difference, by its code. About any other, nothing is booked.
RESOLUTIONS: Mapping[str, tuple[Resolution, ...]] = {
    "transfer.unknown": ("suspense", "nothing"),
    "transfer.kind_differs": ("suspense", "nothing"),
    "transfer.amount_differs": ("suspense", "nothing"),
    "transfer.listed_twice": ("suspense", "nothing"),
    LATE_SUCCESS: ("late_success", "suspense", "nothing"),
    OLDER_NEWS: ("reversal", "nothing"),
    "transfer.not_settled": ("reversal", "nothing"),
}
# What lies in suspense is not ended by a word: it goes somewhere. What the network paid out is charged to an account.
OF_SUSPENSE: tuple[Resolution, ...] = ("to_account", "to_card")
OF_PAID_OUT: tuple[Resolution, ...] = ("to_account",)
RESOLVED = exists().where(
    _s.bank_id == _t.bank_id, _s.difference_id == _t.difference_id, _s.step == "confirm"
)


@dataclass(frozen=True)
class StepRecord:
    """One row of the record: a proposal or its confirmation."""

    number: int
    step: str
    action: Resolution
    amount_fen: int | None
    account_id: str | None
    reason: str
    operator: str
    at: datetime


@dataclass(frozen=True)
class DifferenceRecord:
    """One difference. `ours` and `theirs` have the names of the wire. `steps`: oldest first."""

    difference_id: str
    source: str
    subject: str
    code: str
    ours: Mapping[str, Any]
    theirs: Mapping[str, Any]
    found_at: datetime
    steps: tuple[StepRecord, ...]

    @property
    def state(self) -> DifferenceState:
        """Whether it waits for a proposal or for a confirmation, or is resolved."""
        if not self.steps:
            return "open"
        return "resolved" if self.steps[-1].step == "confirm" else "proposed"

    @property
    def resolutions(self) -> tuple[Resolution, ...]:
        """What may be proposed."""
        if self.source == SUSPENSE_SOURCE:
            return OF_SUSPENSE if self.ours["kind"] == "debit" else OF_PAID_OUT
        return RESOLUTIONS.get(self.code, ("nothing",))


def read_difference(conn: Connection, ctx: Context, difference_id: str) -> DifferenceRecord:
    """Return the difference. Problem 404 `difference.unknown`."""
    query = select(difference).where(_t.bank_id == ctx.bank_id, _t.difference_id == difference_id)
    row = conn.execute(query).first()
    if row is None:
        raise Problem(404, "difference.unknown")
    return _records(conn, ctx, [row])[0]


def newest(conn: Connection, ctx: Context) -> list[DifferenceRecord]:
    """Return the newest differences, unresolved ones first. Those that a stranger can have caused come last."""
    order = (_t.code == STRANGERS, RESOLVED, _t.found_at.desc(), _t.difference_id)
    query = select(difference).where(_t.bank_id == ctx.bank_id).order_by(*order).limit(SHOWN)
    return _records(conn, ctx, conn.execute(query).all())


def unresolved_of_customer(conn: Connection, ctx: Context, customer_id: str) -> list[DifferenceRecord]:
    """Return the differences about the customer's orders whose resolution may still move money."""
    orders = select(customer_order.c.intent).where(
        customer_order.c.bank_id == ctx.bank_id, customer_order.c.customer_id == customer_id
    )
    query = select(difference).where(_t.bank_id == ctx.bank_id, _t.subject.in_(orders), ~RESOLVED)
    found = _records(conn, ctx, conn.execute(query).all())
    return [each for each in found if each.resolutions != ("nothing",)]


def decided_intents(conn: Connection, ctx: Context, intents: Collection[str]) -> set[str]:
    """Return those of these intents under which two persons let something be booked that the network had moved."""
    if not intents:
        return set()
    same = (_s.bank_id == _t.bank_id) & (_s.difference_id == _t.difference_id)
    booked = (_s.step == "confirm", _s.action.in_(("late_success", "suspense")))
    query = select(_t.subject).join(difference_step, same).where(_t.bank_id == ctx.bank_id, *booked)
    return set(conn.execute(query.where(_t.subject.in_(intents))).scalars())


def _records(conn: Connection, ctx: Context, rows: Sequence[Row[Any]]) -> list[DifferenceRecord]:
    of_these = _s.difference_id.in_([row.difference_id for row in rows])
    query = select(difference_step).where(_s.bank_id == ctx.bank_id, of_these).order_by(_s.number)
    steps: dict[str, list[StepRecord]] = {}
    for row in conn.execute(query):
        steps.setdefault(row.difference_id, []).append(_step(row))
    return [
        DifferenceRecord(
            difference_id=row.difference_id,
            source=row.source,
            subject=row.subject,
            code=row.code,
            ours=with_wire_names(row.ours),
            theirs=with_wire_names(row.theirs),
            found_at=row.found_at,
            steps=tuple(steps.get(row.difference_id, ())),
        )
        for row in rows
    ]


def _step(row: Row[Any]) -> StepRecord:
    return StepRecord(
        number=row.number,
        step=row.step,
        action=row.action,
        amount_fen=row.amount_fen,
        account_id=row.account_id,
        reason=row.reason,
        operator=row.operator,
        at=row.at,
    )
