"""Each rule looked at by itself: it fires, is clear, has nothing to say, or cannot tell. Order plays no part."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mock_partners.bank.core.decision.facts import FactBase
from mock_partners.bank.core.products.document import ProductDocument, Rule
from mock_partners.bank.core.products.expressions import ExpressionFailed, evaluate, evaluate_bool, paths


class Result(StrEnum):
    FIRED = "fired"
    CLEAR = "clear"
    NOT_APPLICABLE = "not_applicable"
    """It is about facts that this person does not have: nobody asks the score of somebody not on the list."""
    UNKNOWN = "unknown"
    """A fact is missing, or the expression has no value: doubt."""


@dataclass(frozen=True)
class Finding:
    """What one rule came to; `why` explains `unknown`."""

    rule: Rule
    result: Result
    params: dict[str, str | int]
    why: str = ""


def look(rule: Rule, facts: FactBase) -> Finding:
    """Apply one rule."""
    needed = paths(rule.when)
    if needed & facts.absent:
        return Finding(rule, Result.NOT_APPLICABLE, {})
    if not facts.has(needed):
        return Finding(rule, Result.UNKNOWN, {}, "a fact is missing")
    try:
        fired = evaluate_bool(rule.when, facts.known)
        params = _params(rule, facts) if fired else {}
    except ExpressionFailed as error:
        return Finding(rule, Result.UNKNOWN, {}, str(error))
    return Finding(rule, Result.FIRED if fired else Result.CLEAR, params)


def look_at_all(document: ProductDocument, facts: FactBase) -> list[Finding]:
    """Every rule of the document, in an order of its own that the document's does not change."""
    findings = [look(rule, facts) for rule in document.rules]
    return sorted(findings, key=lambda finding: (finding.rule.code, finding.rule.source, finding.rule.when))


def _params(rule: Rule, facts: FactBase) -> dict[str, str | int]:
    values = {name: evaluate(text, facts.known) for name, text in rule.params.items()}
    if wrong := [name for name, value in values.items() if type(value) not in (int, str)]:
        raise ExpressionFailed(f"params {', '.join(wrong)}: neither text nor whole number")
    return values
