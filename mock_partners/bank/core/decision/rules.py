"""Each rule is evaluated by itself, so their order does not matter.

A rule fires, is clear, does not apply, or is unknown because facts are missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mock_partners.bank.core.decision.facts import FactBase
from mock_partners.bank.core.products.document import ProductDocument, Rule
from mock_partners.bank.core.products.expressions import ExpressionFailed, evaluate, evaluate_bool, paths


class RuleResult(StrEnum):
    FIRED = "fired"
    CLEAR = "clear"
    # The rule is about facts that this applicant does not have, such as the score of a person not on the list.
    NOT_APPLICABLE = "not_applicable"
    # A fact is missing, or the expression has no value: this is doubt.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """The result of one rule. `why` explains `unknown`; `params` are figures for the text of the reason."""

    rule: Rule
    result: RuleResult
    params: dict[str, str | int]
    why: str = ""


def evaluate_rule(rule: Rule, facts: FactBase) -> Finding:
    """Return the result of one rule on these facts."""
    needed = paths(rule.when)
    if needed & facts.absent:
        return Finding(rule, RuleResult.NOT_APPLICABLE, {})
    if not facts.has(needed):
        return Finding(rule, RuleResult.UNKNOWN, {}, "a fact is missing")
    try:
        fired = evaluate_bool(rule.when, facts.known)
        params = _params(rule, facts) if fired else {}
    except ExpressionFailed as error:
        return Finding(rule, RuleResult.UNKNOWN, {}, str(error))
    return Finding(rule, RuleResult.FIRED if fired else RuleResult.CLEAR, params)


def evaluate_rules(document: ProductDocument, facts: FactBase) -> list[Finding]:
    """Return the results of all rules of the document, in an order that does not depend on the document's."""
    findings = [evaluate_rule(rule, facts) for rule in document.all_rules]
    return sorted(findings, key=lambda finding: (finding.rule.code, finding.rule.source, finding.rule.when))


def _params(rule: Rule, facts: FactBase) -> dict[str, str | int]:
    values = {name: evaluate(text, facts.known) for name, text in rule.params.items()}
    if wrong := [name for name, value in values.items() if type(value) not in (int, str)]:
        raise ExpressionFailed(f"params {', '.join(wrong)}: not a text or a whole number")
    return values
