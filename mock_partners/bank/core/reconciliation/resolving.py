"""Resolve differences: one person of the bank proposes, another confirms, and only then something is booked.

Nothing is edited: bookings are undone by opposite ones, and the record of who decided what is never changed.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select

from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.kernel.caller import staff_of
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.reconciliation.correcting import carry_out
from mock_partners.bank.core.reconciliation.planning import NOTHING_TO_BOOK, Plan, plan
from mock_partners.bank.core.reconciliation.records import DifferenceRecord, StepRecord, read_difference
from mock_partners.bank.core.reconciliation.tables import difference_step
from mock_partners.bank.core.reconciliation.wire import difference_to_wire
from partner_adapters.core_bank.differences import (
    ConfirmResolution,
    Difference,
    ProposeResolution,
    Resolution,
)
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.logs import log

_t = difference_step.c


def propose(conn: Connection, ctx: Context, difference_id: str, command: ProposeResolution) -> Difference:
    """Propose a resolution, in place of one that waits. Problems as `StaffDifferences.propose` names them."""
    found = _read_unresolved(conn, ctx, difference_id)
    if command.action not in found.resolutions:
        raise Problem(409, "difference.not_allowed", params={"allowed": " ".join(found.resolutions)})
    planned = plan(conn, ctx, found, command.action, command.account_id)
    _require_within_limit(ctx, planned)
    _write(conn, ctx, found, command.action, planned, command.reason)
    log.info("difference.proposed", kind=command.action, code=found.code, bank_id=ctx.bank_id)
    return difference_to_wire(read_difference(conn, ctx, difference_id))


def confirm(
    conn: Connection, ctx: Context, difference_id: str, command: ConfirmResolution, intent: str
) -> Started:
    """Confirm another person's proposal and carry it out. Problems as `StaffDifferences.confirm` names them."""
    found = _read_unresolved(conn, ctx, difference_id)
    waiting = found.steps[-1] if found.steps else None
    if waiting is None or waiting.number != command.proposal:
        raise Problem(409, "difference.replaced", "another proposal waits, or none")
    if waiting.operator == staff_of(ctx.caller):
        raise Problem(409, "difference.same_person")
    planned = _plan_again(conn, ctx, found, waiting)
    _require_within_limit(ctx, planned)
    # First the row of which a difference has one, so that the second of two confirmations books nothing.
    _write(conn, ctx, found, waiting.action, planned, command.reason, confirms=waiting)
    started = carry_out(conn, ctx, found, waiting.action, planned, intent)
    log.warning("difference.resolved", kind=waiting.action, code=found.code, bank_id=ctx.bank_id)
    return started


def _read_unresolved(conn: Connection, ctx: Context, difference_id: str) -> DifferenceRecord:
    found = read_difference(conn, ctx, difference_id)
    if found.state == "resolved":
        raise Problem(409, "difference.resolved")
    return found


def _plan_again(conn: Connection, ctx: Context, found: DifferenceRecord, waiting: StepRecord) -> Plan:
    """Return what the proposal would book now, if that is what its proposer saw."""
    try:
        planned = plan(conn, ctx, found, waiting.action, waiting.account_id)
    except Problem as problem:
        if problem.code == NOTHING_TO_BOOK:
            raise Problem(409, "difference.changed", problem.detail) from problem
        raise
    if (planned.amount_fen, planned.account_id) != (waiting.amount_fen, waiting.account_id):
        raise Problem(409, "difference.changed", "another amount would be booked")
    return planned


def _require_within_limit(ctx: Context, planned: Plan) -> None:
    """Raise Problem 403 `difference.above_limit` if the amount is above what this person may decide on."""
    limit_fen = ctx.settings.operator[staff_of(ctx.caller)].limit_fen
    if planned.amount_fen is not None and planned.amount_fen > limit_fen:
        params = money_params(amount=planned.amount_fen, limit=limit_fen)
        raise Problem(403, "difference.above_limit", params=params)


def _write(
    conn: Connection,
    ctx: Context,
    found: DifferenceRecord,
    action: Resolution,
    planned: Plan,
    reason: str,
    *,
    confirms: StepRecord | None = None,
) -> None:
    last_number = select(func.coalesce(func.max(_t.number), 0)).where(_t.bank_id == ctx.bank_id)
    conn.execute(
        insert(difference_step).values(
            bank_id=ctx.bank_id,
            number=conn.execute(last_number).scalar_one() + 1,
            difference_id=found.difference_id,
            step="confirm" if confirms else "propose",
            action=action,
            amount_fen=planned.amount_fen,
            account_id=planned.account_id,
            reason=reason,
            operator=staff_of(ctx.caller),
            at=ctx.now,
            proposal=confirms.number if confirms else None,
            proposed_by=confirms.operator if confirms else None,
        )
    )
