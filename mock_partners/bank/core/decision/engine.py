"""One decision: a pure function from facts to an outcome with limit, rate, reasons and a full trace.

* Declined: a rule that declines hits on facts that are not in doubt.
* Referred: anything is in doubt, or a rule refers.
* Approved: every rule that applies is ok, every needed fact is known, and both limit and rate could be computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from mock_partners.bank.core.calculation.terms import MAX_RATE_PPM
from mock_partners.bank.core.decision.better_from import better_from
from mock_partners.bank.core.decision.facts import FactBase, FactPath, SourceStatement, gather
from mock_partners.bank.core.decision.limit import LimitFound, find_limit, paths_of_limit, value_of
from mock_partners.bank.core.decision.rules import Finding, RuleResult, evaluate_rules
from mock_partners.bank.core.decision.score import SCORE, find_score, paths_of_score, with_score
from mock_partners.bank.core.products.cost_alarms import is_above_ceiling
from mock_partners.bank.core.products.document import ProductDocument, Rule, Scene
from mock_partners.bank.core.products.expressions import ExpressionFailed, paths
from partner_adapters.core_bank.applications import FoundReason

# Raise it when what the engine computes or writes for the same facts changes. Older decisions are not made again then.
ENGINE = 1
DOUBT = "D01"
# The loan would cost more a year than its product may.
TOO_DEAR = "K01"
COMPUTED = "computed_fen"


@dataclass(frozen=True)
class Verdict:
    """The outcome, with limit and rate only if approved. `trace`: JSON-ready data, every rule with its result.

    `found` says how the limit came about, also where nothing was approved.
    """

    outcome: Literal["approved", "referred", "declined"]
    limit_fen: int | None
    rate_ppm: int | None
    reasons: list[FoundReason]
    better_from: date | None
    found: LimitFound
    trace: dict[str, Any]


def decide(
    document: ProductDocument,
    statements: Sequence[SourceStatement],
    today: date,
    lpr_ppm: int,
    scene: Scene = "application",
) -> Verdict:
    """Return the verdict on an application for a credit line, or on what may be offered before one."""
    gathered = gather(document, statements, today, scene)
    found = find_limit(document, gathered, scene)
    scored = find_score(document, gathered)
    facts = with_score(gathered, scored)
    if found.limit_fen is not None:
        facts = facts.with_fact("limit", COMPUTED, found.limit_fen)
    findings = evaluate_rules(document, facts, scene)
    rate_ppm, why_no_rate = _rate(document, facts, lpr_ppm)

    doubts = _doubted_sources(facts, findings)
    declines = _declines(document, findings, doubts, scene)
    trace = _trace(facts, findings, found, rate_ppm, found.why or why_no_rate)
    if scored is not None:
        trace["score"] = scored.trace
    if declines:
        dates = [better_from(finding.rule.better_from, facts, today) for finding in declines]
        known = [day for day in dates if day is not None]
        best = max(known) if len(known) == len(dates) else None
        return Verdict("declined", None, None, _reasons(declines, facts, today), best, found, trace)
    hits = [finding for finding in findings if finding.result is RuleResult.HIT]
    missing = {finding.rule.source for finding in findings if finding.result is RuleResult.MISSING}
    if hits or doubts or missing or not found.limit_fen or rate_ppm is None:
        if (not found.limit_fen or rate_ppm is None) and not doubts:
            doubts = {"application"}
        doubts = doubts or missing
        reasons = _merged([*_reasons(hits, facts, today), *_doubt_reasons(doubts, facts, today)])
        return Verdict("referred", None, None, reasons, None, found, trace)
    if is_above_ceiling(document, rate_ppm, today):
        too_dear = FoundReason(code=TOO_DEAR, source="application", as_of=today)
        return Verdict("referred", None, None, [too_dear], None, found, trace)
    return Verdict("approved", found.limit_fen, rate_ppm, [], None, found, trace)


def _rate(document: ProductDocument, facts: FactBase, lpr_ppm: int) -> tuple[int | None, str]:
    try:
        grade_bp = value_of(document.price.grade_bp, facts)
    except ExpressionFailed as error:
        return None, f"rate: {error}"
    if grade_bp not in document.price.grades_bp:
        return None, f"rate: the product has no grade of {grade_bp} bp"
    rate_ppm = document.rate_ppm(lpr_ppm, grade_bp)
    return (rate_ppm, "") if 0 <= rate_ppm <= MAX_RATE_PPM else (None, f"rate: {rate_ppm} ppm")


def _doubted_sources(facts: FactBase, findings: list[Finding]) -> set[str]:
    """Return the sources that are not believed, contradict themselves, or made a rule's expression fail."""
    contradictory = {
        finding.rule.source
        for finding in findings
        if finding.result is RuleResult.HIT and finding.rule.code == DOUBT
    }
    broken = {
        finding.rule.source
        for finding in findings
        if finding.result is RuleResult.MISSING
        and facts.has(paths(finding.rule.when))
        and finding.rule.source not in facts.doubts
    }
    return {*facts.doubts, *contradictory, *broken}


def _declines(
    document: ProductDocument, findings: list[Finding], doubts: set[str], scene: Scene
) -> list[Finding]:
    # A source in doubt never declines an applicant: then a person decides.
    return [
        finding
        for finding in findings
        if finding.result is RuleResult.HIT
        and finding.rule.outcome == "decline"
        and not doubts & {source for source, _ in rests_on(document, finding.rule, scene)}
    ]


def rests_on(document: ProductDocument, rule: Rule, scene: Scene) -> set[FactPath]:
    """Return the facts that a rule rests on. The computed limit rests on those of its bounds and debts."""
    named = paths(rule.when)
    if ("limit", COMPUTED) in named:
        named |= paths_of_limit(document, scene)
    if rule.source == SCORE:
        named |= paths_of_score(document)
    return {(rule.source, ""), *named}


def _reasons(findings: list[Finding], facts: FactBase, today: date) -> list[FoundReason]:
    return _merged(
        [
            FoundReason(
                code=finding.rule.code,
                params=finding.params,
                source=finding.rule.source,
                as_of=facts.as_of.get(finding.rule.source, today),
            )
            for finding in findings
        ]
    )


def _doubt_reasons(doubts: set[str], facts: FactBase, today: date) -> list[FoundReason]:
    return [
        FoundReason(code=DOUBT, source=source, as_of=facts.as_of.get(source, today))
        for source in sorted(doubts)
    ]


def _merged(reasons: list[FoundReason]) -> list[FoundReason]:
    """Return one reason for each code and source, ordered by both."""
    first = {(reason.code, reason.source): reason for reason in reversed(reasons)}
    return [first[key] for key in sorted(first)]


def _trace(
    facts: FactBase, findings: list[Finding], found: LimitFound, rate_ppm: int | None, why: str
) -> dict[str, Any]:
    return {
        "engine": ENGINE,
        "doubts": dict(facts.doubts),
        "limit_computed_fen": found.limit_fen,
        "rate_computed_ppm": rate_ppm,
        "limit": found.trace,
        "why_no_price": why,
        # Which address decided that the person is in the region.
        "region": {
            name: value
            for name, value in facts.known.get("identity", {}).items()
            if name.startswith("region_")
        },
        "rules": [
            {
                "code": finding.rule.code,
                "source": finding.rule.source,
                "part": finding.rule.part,
                "when": finding.rule.when,
                "result": finding.result.value,
                "params": finding.params,
                "why": finding.why,
            }
            for finding in findings
        ],
    }
