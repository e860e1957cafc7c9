"""The sample applicant of a product document, whom it must approve: a document that declines everybody fails on it."""

from __future__ import annotations

from datetime import date
from typing import Any

from mock_partners.bank.core.decision.engine import decide
from mock_partners.bank.core.decision.facts import SourceStatement
from mock_partners.bank.core.products.cost_alarms import is_above_ceiling
from mock_partners.bank.core.products.document import OWN_FACTS, ProductDocument

# What the core itself states, unless the sample states it.
_IDENTITY = {"age": 40, "birth_date": "1986-01-01", "verified": True, "in_region": True, "region_known": True}
_EMPTY: dict[str, Any] = {"int": 0, "bool": False, "text": "", "list": []}


def decline_of_sample(document: ProductDocument, today: date, lpr_ppm: int) -> str:
    """Return why the document does not approve its sample, or an empty text."""
    if not document.sample:
        return "states no applicant whom the document must approve"
    asking = document.asking
    application = {
        "amount_fen": asking.min_fen,
        "term_months": asking.tenors_months[0],
        "at_most_fen": asking.max_fen,
        "consents_stand": True,
        "group": document.customers[0],
    }
    own: dict[str, dict[str, Any]] = {
        source: {name: _EMPTY[fact.type] for name, fact in OWN_FACTS[source].items()}
        for source in ("identity", "application", "bank")
    }
    own["identity"] |= _IDENTITY
    own["application"] |= application
    stated = {
        source: {**own.get(source, {}), **document.sample.get(source, {})}
        for source in {*own, *document.sample}
    }
    statements = [SourceStatement(source, today, facts) for source, facts in sorted(stated.items())]
    verdict = decide(document, statements, today, lpr_ppm)
    if verdict.outcome != "approved" or verdict.rate_ppm is None:
        reasons = ", ".join(f"{reason.code} ({reason.source})" for reason in verdict.reasons)
        doubts = ", ".join(f"{source}: {why}" for source, why in verdict.trace.get("doubts", {}).items())
        return f"is {verdict.outcome} for {reasons}" + (f"; in doubt: {doubts}" if doubts else "")
    if is_above_ceiling(document, verdict.rate_ppm, today):
        return "would cost more a year than costs.ceiling_ppm"
    return ""
