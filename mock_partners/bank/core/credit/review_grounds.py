"""What the machine found against an application: the only reasons by code that a person may give for a decline."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.credit.records import (
    ApplicationRecord,
    machine_decision,
    statements_about_application,
)
from mock_partners.bank.core.decision.engine import DOUBT
from mock_partners.bank.core.decision.rules import RuleResult
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.applications import FoundReason
from partner_adapters.kit.values.clock import CHINA


def founded_reasons(conn: Connection, ctx: Context, application: ApplicationRecord) -> list[FoundReason]:
    """Return a reason for each rule that hit and each doubt in the machine's decision, ordered by code and source.

    Each has the figures and the source of that decision, and the day of what the source stated. Where the source stated
    nothing, that is the day of the decision.
    """
    decided = machine_decision(conn, ctx.bank_id, application.application_id)
    if decided is None:
        return []
    day = decided.decided_at.astimezone(CHINA).date()
    statements = statements_about_application(conn, ctx.bank_id, application.application_id)
    stated = {statement.source: statement.as_of for statement in statements}
    hits = [rule for rule in decided.trace.get("rules", []) if rule["result"] == RuleResult.HIT]
    found = [FoundReason.model_validate(reason) for reason in decided.reasons if reason["code"] == DOUBT]
    doubts = decided.trace.get("doubts", {})
    found += [FoundReason(code=DOUBT, source=source, as_of=stated.get(source, day)) for source in doubts]
    found += [
        FoundReason(
            code=rule["code"],
            params=rule["params"],
            source=rule["source"],
            as_of=stated.get(rule["source"], day),
        )
        for rule in hits
    ]
    first = {(reason.code, reason.source): reason for reason in reversed(found)}
    return [first[key] for key in sorted(first)]
