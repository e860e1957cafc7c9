"""Each rule is evaluated by itself, so their order does not matter.

A rule hits, is ok, does not apply, or misses facts. What is missing refers to a person and never approves.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mock_partners.bank.core.decision.facts import FactBase, needed_sources
from mock_partners.bank.core.decision.score import paths_of_score
from mock_partners.bank.core.products.document import ProductDocument, Rule, Scene
from mock_partners.bank.core.products.expressions import ExpressionFailed, evaluate, evaluate_bool, paths


class RuleResult(StrEnum):
    HIT = "hit"
    OK = "ok"
    # The rule is about facts that this applicant does not have, such as the score of a person not on the list.
    NOT_APPLICABLE = "not_applicable"
    # A fact is missing, or the expression has no value: this is doubt.
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """The result of one rule. `why` explains `missing`; `params` are figures for the text of the reason."""

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
        return Finding(rule, RuleResult.MISSING, {}, "a fact is missing")
    try:
        hits = evaluate_bool(rule.when, facts.known)
        params = _params(rule, facts) if hits else {}
    except ExpressionFailed as error:
        return Finding(rule, RuleResult.MISSING, {}, str(error))
    return Finding(rule, RuleResult.HIT if hits else RuleResult.OK, params)


def evaluate_rules(document: ProductDocument, facts: FactBase, scene: Scene) -> list[Finding]:
    """Return the results of all rules that speak in this scene, in an order that does not depend on the document's."""
    at_hand = {*needed_sources(document, scene), "params", "tables", "lists", "product", "limit"}
    if {source for source, _ in paths_of_score(document)} <= at_hand:
        at_hand.add("score")
    findings = [
        evaluate_rule(rule, facts)
        for rule in document.all_rules
        if scene in rule.scenes and {source for source, _ in paths(rule.when)} <= at_hand
    ]
    return sorted(findings, key=lambda finding: (finding.rule.code, finding.rule.source, finding.rule.when))


def _params(rule: Rule, facts: FactBase) -> dict[str, str | int]:
    values = {name: evaluate(text, facts.known) for name, text in rule.params.items()}
    if wrong := [name for name, value in values.items() if type(value) not in (int, str)]:
        raise ExpressionFailed(f"params {', '.join(wrong)}: not a text or a whole number")
    return values
