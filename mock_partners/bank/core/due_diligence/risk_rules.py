"""The rules of `risk_rules.toml`, and the grade that they give for a customer's facts. Pure; nothing is stored here."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from mock_partners.bank.core.products.expressions import Expression, ExpressionFailed, evaluate_bool
from partner_adapters.kit.values.settings import Settings

Grade = Literal["low", "medium", "high"]
FILE = Path(__file__).with_name("risk_rules.toml")
# Doubt refers: a rule that has no value for these facts sends the customer to a person.
NOT_EVALUATED = "not_evaluated"
Facts = Mapping[str, Mapping[str, Any]]


class RiskRule(Settings):
    """One rule. `reason` is what staff read."""

    code: str = Field(pattern=r"^[a-z0-9_]{3,32}$")
    when: Expression
    points: int = Field(default=0, ge=0)
    outright: Grade | None = None
    reason: str


class RiskRules(Settings):
    """A dated version of all rules."""

    version: str = Field(max_length=16)
    effective_on: date
    medium_from: int
    high_from: int
    review_months: Mapping[Grade, int]
    rules: tuple[RiskRule, ...]


@dataclass(frozen=True)
class Reason:
    """A rule that met the facts."""

    code: str
    points: int
    outright: str | None
    text: str


@dataclass(frozen=True)
class Graded:
    """A grade with all its reasons."""

    grade: Grade
    points: int
    reasons: tuple[Reason, ...]


@cache
def read_rules() -> tuple[RiskRules, str]:
    """Return the rules, and the SHA-256 of their file in hex."""
    content = FILE.read_bytes()
    return RiskRules.model_validate(tomllib.loads(content.decode())), hashlib.sha256(content).hexdigest()


def grade_facts(rules: RiskRules, facts: Facts) -> Graded:
    """Return the grade of these facts: by the sum of the points, or outright by a single rule."""
    reasons = tuple(reason for rule in rules.rules if (reason := _meets(rule, facts)))
    points = sum(reason.points for reason in reasons)
    outright = {reason.outright for reason in reasons}
    if "high" in outright or points >= rules.high_from:
        return Graded("high", points, reasons)
    is_medium = "medium" in outright or points >= rules.medium_from
    return Graded("medium" if is_medium else "low", points, reasons)


def _meets(rule: RiskRule, facts: Facts) -> Reason | None:
    try:
        met = evaluate_bool(rule.when, facts)
    except ExpressionFailed:
        return Reason(NOT_EVALUATED, 0, "high", f"规则 {rule.code} 缺少资料，无法判断")
    return Reason(rule.code, rule.points, rule.outright, rule.reason) if met else None
