"""A position as wire models: the plan's rows with their states, what is owed, what is due next."""

from __future__ import annotations

from mock_partners.bank.core.calculation.allocation import Breakdown
from mock_partners.bank.core.calculation.position import PlannedInstalment, Position
from partner_adapters.core_bank.lines import PlanRow
from partner_adapters.core_bank.loans import NextDue, Owed


def plan_rows(at: Position) -> list[PlanRow]:
    """Every instalment: what it costs in all, what was paid of it, and how it stands on the position's day."""
    settled = not at.owed.total_fen
    return [
        PlanRow(
            number=row.number,
            due_on=row.due_on,
            principal_fen=row.principal_fen,
            interest_fen=row.interest_fen,
            total_fen=row.principal_fen + row.interest_fen,
            paid_principal_fen=row.paid_principal_fen,
            paid_interest_fen=row.paid_interest_fen,
            state="paid" if settled else _state(at, row),
        )
        for row in at.plan()
    ]


def _state(at: Position, row: PlannedInstalment) -> str:
    days = (at.day - row.due_on).days
    if days < 0:
        return "planned"
    if not row.unpaid_fen:
        return "paid"
    return "overdue" if days > at.terms.rules.grace_days else "due"


def owed(parts: Breakdown) -> Owed:
    """Parts with their sum."""
    return Owed(
        fees_fen=parts.fees_fen,
        penalty_fen=parts.penalty_fen,
        interest_fen=parts.interest_fen,
        principal_fen=parts.principal_fen,
        total_fen=parts.total_fen,
    )


def next_due(at: Position) -> NextDue | None:
    """What must be paid next: everything due already, else the first instalment to come. None: nothing more."""
    due = at.due
    if due.total_fen:
        return NextDue(
            due_on=at.oldest_unpaid_due_on or at.day,
            principal_fen=due.principal_fen,
            interest_fen=due.interest_fen,
            penalty_fen=due.penalty_fen,
            total_fen=due.total_fen,
        )
    for row in at.plan():
        if row.unpaid_fen:
            return NextDue(
                due_on=row.due_on,
                principal_fen=row.principal_fen - row.paid_principal_fen,
                interest_fen=row.interest_fen - row.paid_interest_fen,
                penalty_fen=0,
                total_fen=row.unpaid_fen,
            )
    return None
