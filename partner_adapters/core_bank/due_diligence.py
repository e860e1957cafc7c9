"""What the bank's staff read about a customer: the risk grades with their reasons. Customers and partners never do."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from partner_adapters.core_bank.wire import Wire


class RiskReason(Wire):
    """A rule that met the customer's facts. `text` is in Chinese, for staff."""

    code: str
    points: int
    outright: Literal["low", "medium", "high"] | None
    text: str


class RiskGrade(Wire):
    """A grade: 低 (low), 中 (medium) or 高 (high), with what it rests on."""

    intent: str
    """The opening for which the customer was graded."""
    grade: Literal["low", "medium", "high"]
    points: int
    reasons: list[RiskReason]
    facts: dict[str, dict[str, Any]]
    rules_version: str
    rules_sha256: str
    graded_at: datetime
    next_review_on: date


class RiskGradeList(Wire):
    """The grades of one customer, newest first."""

    items: list[RiskGrade]
