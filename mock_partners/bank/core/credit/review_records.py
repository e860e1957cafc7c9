"""Reviews by the bank's staff as the core reads them: the steps of the record, and how a case stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from mock_partners.bank.core.cases.records import CaseRecord
from mock_partners.bank.core.credit.tables import review_step
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.applications import MoreAsked
from partner_adapters.core_bank.cases import CaseState
from partner_adapters.core_bank.reviews import ReviewState, ReviewStepName

_t = review_step.c


@dataclass(frozen=True)
class StepRecord:
    """One step. Limit, rate and months only of an approval or its proposal, `until` only of a question."""

    number: int
    step: ReviewStepName
    operator: str | None
    at: datetime
    note: str
    message: str = ""
    limit_fen: int | None = None
    rate_ppm: int | None = None
    line_months: int | None = None
    reasons: list[str] = field(default_factory=list)
    papers: list[str] = field(default_factory=list)
    until: date | None = None
    proposal: int | None = None
    proposed_by: str | None = None


def steps_of(conn: Connection, bank_id: str, application_id: str) -> list[StepRecord]:
    """Return the steps in their order."""
    query = select(review_step).where(_t.bank_id == bank_id, _t.application_id == application_id)
    return [_record(row) for row in conn.execute(query.order_by(_t.number))]


def insert_step(conn: Connection, ctx: Context, application_id: str, step: StepRecord) -> None:
    """Store a step. The database refuses a number that another person took at the same time."""
    row = {name: getattr(step, name) for name in StepRecord.__dataclass_fields__}
    conn.execute(insert(review_step).values(bank_id=ctx.bank_id, application_id=application_id, **row))


def open_question(steps: list[StepRecord]) -> StepRecord | None:
    """Return what the staff asked and the customer has not answered, or None."""
    return steps[-1] if steps and steps[-1].step == "ask" else None


def state_of(case: CaseRecord, steps: list[StepRecord], today: date) -> ReviewState:
    """Return how the case stands."""
    if case.state is not CaseState.OPEN:
        return ReviewState.ENDED
    if asked := open_question(steps):
        assert asked.until is not None
        return ReviewState.NOT_ANSWERED if asked.until < today else ReviewState.ASKED
    return ReviewState.PROPOSED if steps and steps[-1].step == "propose" else ReviewState.WAITING


def more_asked(conn: Connection, ctx: Context, application_id: str) -> MoreAsked | None:
    """Return what the customer is asked, or None."""
    asked = open_question(steps_of(conn, ctx.bank_id, application_id))
    if asked is None or asked.until is None:
        return None
    return MoreAsked(
        message=asked.message,
        papers=asked.papers,
        asked_at=asked.at,
        until=asked.until,
        is_late=asked.until < ctx.today,
    )


def _record(row: Any) -> StepRecord:
    return StepRecord(**{name: getattr(row, name) for name in StepRecord.__dataclass_fields__})
