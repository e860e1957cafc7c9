"""Differences and compared days as the bank's staff see them."""

from __future__ import annotations

from sqlalchemy import Connection, select

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.orders.tables import reconciled_day
from mock_partners.bank.core.reconciliation.records import DifferenceRecord, newest, read_difference
from partner_adapters.core_bank.differences import (
    Difference,
    DifferenceList,
    ReconciledDay,
    ReconciledDayList,
    ResolutionStep,
)

SHOWN_DAYS = 100
_t = reconciled_day.c


def show_newest(conn: Connection, ctx: Context) -> DifferenceList:
    """Return the newest differences, unresolved ones first. Those that a stranger can have caused come last."""
    return DifferenceList(items=[difference_to_wire(found) for found in newest(conn, ctx)])


def show(conn: Connection, ctx: Context, difference_id: str) -> Difference:
    """Return one difference. Problem 404 `difference.unknown`."""
    return difference_to_wire(read_difference(conn, ctx, difference_id))


def show_confirmed(conn: Connection, ctx: Context, difference_id: str, _intent: str) -> Difference:
    """Return the difference that a confirmation was about."""
    return show(conn, ctx, difference_id)


def show_days(conn: Connection, ctx: Context) -> ReconciledDayList:
    """Return the newest days that were compared."""
    query = select(reconciled_day).where(_t.bank_id == ctx.bank_id).order_by(_t.day.desc()).limit(SHOWN_DAYS)
    shown = list(ReconciledDay.model_fields)
    rows = conn.execute(query).mappings()
    return ReconciledDayList(items=[ReconciledDay(**{name: row[name] for name in shown}) for row in rows])


def difference_to_wire(found: DifferenceRecord) -> Difference:
    """Return the wire model."""
    return Difference(
        difference_id=found.difference_id,
        source=found.source,
        subject=found.subject,
        code=found.code,
        ours=dict(found.ours),
        theirs=dict(found.theirs),
        found_at=found.found_at,
        state=found.state,
        resolutions=[] if found.state == "resolved" else list(found.resolutions),
        steps=[
            ResolutionStep.model_validate(
                {
                    "number": step.number,
                    "step": step.step,
                    "action": step.action,
                    "amount_fen": step.amount_fen,
                    "account_id": step.account_id,
                    "reason": step.reason,
                    "operator": step.operator,
                    "at": step.at,
                }
            )
            for step in found.steps
        ],
    )
