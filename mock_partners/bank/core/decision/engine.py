"""One decision: a pure function from facts to an outcome with limit, rate, reasons and a full trace.

* Declined: a rule declines on facts that are not in doubt.
* Referred: anything is in doubt, or a rule refers.
* Approved: every rule that applies is clear, every needed fact is known, and both limit and rate could be computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from mock_partners.bank.core.calculation.terms import MAX_RATE_PPM
from mock_partners.bank.core.decision.better_from import better_from
from mock_partners.bank.core.decision.facts import FactBase, SourceStatement, gather
from mock_partners.bank.core.decision.rules import Finding, RuleResult, evaluate_rules
from mock_partners.bank.core.products.document import ProductDocument, Rule
from mock_partners.bank.core.products.expressions import ExpressionFailed, evaluate_int, paths
from partner_adapters.core_bank.applications import Reason

DOUBT = "D01"
COMPUTED = "computed_fen"


@dataclass(frozen=True)
class Verdict:
    """The outcome, with limit and rate only if approved. `trace`: JSON-ready data, every rule with its result."""

    outcome: Literal["approved", "referred", "declined"]
    limit_fen: int | None
    rate_ppm: int | None
    reasons: list[Reason]
    better_from: date | None
    trace: dict[str, Any]


def decide(
    document: ProductDocument, statements: Sequence[SourceStatement], today: date, lpr_ppm: int
) -> Verdict:
    """Return the verdict on an application for a credit line."""
    gathered = gather(document, statements, today)
    limit_fen, why_no_limit = _limit(document, document.limit.formula, gathered)
    facts = gathered if limit_fen is None else gathered.with_fact("limit", COMPUTED, limit_fen)
    findings = evaluate_rules(document, facts)
    rate_ppm, why_no_rate = _rate(document, facts, lpr_ppm)

    doubts = _doubted_sources(facts, findings)
    declines = _declines(document, findings, doubts)
    trace = _trace(facts, findings, limit_fen, why_no_limit or why_no_rate)
    if declines:
        dates = [better_from(finding.rule.better_from, facts, today) for finding in declines]
        known = [day for day in dates if day is not None]
        best = max(known) if len(known) == len(dates) else None
        return Verdict("declined", None, None, _reasons(declines, facts, today), best, trace)
    fired = [finding for finding in findings if finding.result is RuleResult.FIRED]
    if fired or doubts or not limit_fen or rate_ppm is None:
        if (not limit_fen or rate_ppm is None) and not doubts:
            doubts = {"application"}
        reasons = _merged([*_reasons(fired, facts, today), *_doubt_reasons(doubts, facts, today)])
        return Verdict("referred", None, None, reasons, None, trace)
    return Verdict("approved", limit_fen, rate_ppm, [], None, trace)


def offer_before_application(
    document: ProductDocument, statements: Sequence[SourceStatement], today: date, lpr_ppm: int
) -> tuple[int, int] | None:
    """Return the limit and rate that may be offered before an application.

    None on any doubt, and where a rule fires that rests only on the sources of the offer.
    """
    if document.limit.offer is None:
        return None
    known_to_offer = {"params", "tables", *document.limit.offer_sources}
    facts = gather(document, statements, today)
    limit_fen, _ = _limit(document, document.limit.offer, facts)
    rate_ppm, _ = _rate(document, facts, lpr_ppm)
    if limit_fen is None or rate_ppm is None or limit_fen < document.asking.min_fen:
        return None
    for finding in evaluate_rules(document, facts.with_fact("limit", COMPUTED, limit_fen)):
        about = {source for source, _ in paths(finding.rule.when)} - {"limit"}
        if about <= known_to_offer and finding.result not in (RuleResult.CLEAR, RuleResult.NOT_APPLICABLE):
            return None
    return limit_fen, rate_ppm


def _limit(document: ProductDocument, formula: str, facts: FactBase) -> tuple[int | None, str]:
    """Return the limit in fen, floored and never negative, or None and the reason why it could not be computed."""
    try:
        raw_fen = _value(formula, facts)
    except ExpressionFailed as error:
        return None, f"limit: {error}"
    floor_fen = document.limit.floor_fen
    return max(raw_fen, 0) // floor_fen * floor_fen, ""


def _rate(document: ProductDocument, facts: FactBase, lpr_ppm: int) -> tuple[int | None, str]:
    try:
        grade_bp = _value(document.price.grade_bp, facts)
    except ExpressionFailed as error:
        return None, f"rate: {error}"
    if grade_bp not in document.price.grades_bp:
        return None, f"rate: the product has no grade of {grade_bp} bp"
    rate_ppm = document.rate_ppm(lpr_ppm, grade_bp)
    return (rate_ppm, "") if 0 <= rate_ppm <= MAX_RATE_PPM else (None, f"rate: {rate_ppm} ppm")


def _value(expression: str, facts: FactBase) -> int:
    if not facts.has(paths(expression)):
        raise ExpressionFailed("a fact is missing")
    return evaluate_int(expression, facts.known)


def _doubted_sources(facts: FactBase, findings: list[Finding]) -> set[str]:
    """Return the sources that are not believed, contradict themselves, or made a rule's expression fail."""
    contradictory = {
        finding.rule.source
        for finding in findings
        if finding.result is RuleResult.FIRED and finding.rule.code == DOUBT
    }
    broken = {
        finding.rule.source
        for finding in findings
        if finding.result is RuleResult.UNKNOWN
        and facts.has(paths(finding.rule.when))
        and finding.rule.source not in facts.doubts
    }
    return {*facts.doubts, *contradictory, *broken}


def _declines(document: ProductDocument, findings: list[Finding], doubts: set[str]) -> list[Finding]:
    # A source in doubt never declines an applicant: then a person decides.
    return [
        finding
        for finding in findings
        if finding.result is RuleResult.FIRED
        and finding.rule.outcome == "decline"
        and not doubts & _rests_on(document, finding.rule)
    ]


def _rests_on(document: ProductDocument, rule: Rule) -> set[str]:
    """Return the sources that a rule rests on. The computed limit rests on those of its formula."""
    named = paths(rule.when)
    if ("limit", COMPUTED) in named:
        named |= paths(document.limit.formula)
    return {rule.source, *(source for source, _ in named)}


def _reasons(findings: list[Finding], facts: FactBase, today: date) -> list[Reason]:
    return _merged(
        [
            Reason(
                code=finding.rule.code,
                params=finding.params,
                source=finding.rule.source,
                as_of=facts.as_of.get(finding.rule.source, today),
            )
            for finding in findings
        ]
    )


def _doubt_reasons(doubts: set[str], facts: FactBase, today: date) -> list[Reason]:
    return [
        Reason(code=DOUBT, source=source, as_of=facts.as_of.get(source, today)) for source in sorted(doubts)
    ]


def _merged(reasons: list[Reason]) -> list[Reason]:
    """Return one reason for each code and source, ordered by both."""
    first = {(reason.code, reason.source): reason for reason in reversed(reasons)}
    return [first[key] for key in sorted(first)]


def _trace(facts: FactBase, findings: list[Finding], limit_fen: int | None, why: str) -> dict[str, Any]:
    return {
        "doubts": dict(facts.doubts),
        "limit_computed_fen": limit_fen,
        "why_no_price": why,
        "rules": [
            {
                "code": finding.rule.code,
                "source": finding.rule.source,
                "when": finding.rule.when,
                "result": finding.result.value,
                "params": finding.params,
                "why": finding.why,
            }
            for finding in findings
        ],
    }
