"""The sample applicant of a product document, whom it must approve: a document that declines everybody fails on it."""

from __future__ import annotations

from datetime import date
from typing import Any

from mock_partners.bank.core.decision.engine import decide
from mock_partners.bank.core.decision.facts import SourceStatement, gather
from mock_partners.bank.core.decision.limit import value_of
from mock_partners.bank.core.products.document import OWN_FACTS, OWN_LISTS, ProductDocument
from mock_partners.bank.core.products.expressions import ExpressionFailed

# What the core itself states, unless the sample states it.
_IDENTITY = {"age": 40, "birth_date": "1986-01-01", "verified": True, "in_region": True, "region_known": True}
_EMPTY: dict[str, Any] = {"int": 0, "bool": False, "text": "", "list": []}


def fault_on_sample(document: ProductDocument, today: date, lpr_ppm: int) -> str:
    """Return as `key: reason` why the document does not approve its sample, or an empty text."""
    if not document.sample:
        return "sample: states no applicant whom the document must approve"
    statements = _statements(document, today)
    verdict = decide(document, statements, today, lpr_ppm)
    if verdict.outcome == "approved":
        return ""
    facts = gather(document, statements, today)
    for number, bound in enumerate(document.limit.bounds):
        try:
            value_of(bound.formula, facts)
        except ExpressionFailed as failure:
            return f"limit.bounds.{number}.formula: has no value for the sample: {failure}"
    kind, _, why = verdict.trace["why_no_price"].partition(": ")
    if kind == "rate":
        return f"price.grade_bp: gives no rate for the sample: {why}"
    reasons = ", ".join(f"{reason.code} ({reason.source})" for reason in verdict.reasons)
    doubts = "".join(f"; in doubt: {source}: {each}" for source, each in verdict.trace["doubts"].items())
    zero = "; its limit is 0" if verdict.found.limit_fen == 0 else ""
    return f"sample: is {verdict.outcome} for {reasons}{doubts}{zero}{f'; {kind}: {why}' if why else ''}"


def _statements(document: ProductDocument, today: date) -> list[SourceStatement]:
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
    own |= {source: {"listed": False} for source in OWN_LISTS & document.sources.keys()}
    stated = {
        source: {**own.get(source, {}), **document.sample.get(source, {})}
        for source in {*own, *document.sample}
    }
    return [SourceStatement(source, today, facts) for source, facts in sorted(stated.items())]
