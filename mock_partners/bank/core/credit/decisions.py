"""Storing a person's decision beside the machine's. The last one counts."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from mock_partners.bank.core.credit.records import ApplicationRecord
from mock_partners.bank.core.credit.review_records import StepRecord
from mock_partners.bank.core.credit.tables import decision as decision_table
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.products.catalogue import digest
from mock_partners.bank.core.products.document import ProductDocument
from partner_adapters.core_bank.applications import FoundReason

_t = decision_table.c


def store_person_decision(
    conn: Connection,
    ctx: Context,
    application: ApplicationRecord,
    document: ProductDocument,
    step: StepRecord,
    reasons: list[FoundReason],
) -> None:
    """Store what a person decided, on the facts and the trace of the machine's decision that the person read.

    A decline that names nothing but what the machine found upholds the machine's: its reasons stay, with the day and
    the change that would help.
    """
    query = select(decision_table).where(
        _t.bank_id == ctx.bank_id, _t.application_id == application.application_id
    )
    earlier = conn.execute(query.order_by(_t.number)).all()
    read = next(row for row in reversed(earlier) if row.decided_by == "machine")
    codes = {reason["code"] for reason in read.reasons}
    upholds = step.limit_fen is None and read.outcome == "declined" and {*step.reasons} <= codes
    conn.execute(
        insert(decision_table).values(
            bank_id=ctx.bank_id,
            application_id=application.application_id,
            number=earlier[-1].number + 1,
            outcome="declined" if step.limit_fen is None else "approved",
            limit_fen=step.limit_fen,
            rate_ppm=step.rate_ppm,
            line_months=step.line_months,
            reasons=read.reasons if upholds else [reason.model_dump(mode="json") for reason in reasons],
            better_from=read.better_from if upholds else None,
            decided_by="person",
            operator=step.operator,
            review_step=step.number,
            decided_at=ctx.now,
            product_version=document.version,
            product_sha256=digest(document),
            lpr_ppm=ctx.parameters.lpr_ppm,
            facts_sha256=read.facts_sha256,
            trace=read.trace,
            would_approve=read.would_approve if upholds else None,
        )
    )
