"""Risk warnings (风险预警) that the province's banks share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from partner_adapters.data.records.base import Facts, SourceRecord
from partner_adapters.kit.values.wire import Wire


class Warning(Wire):
    """One warning; `cleared_on` is missing while it stands."""

    kind: Literal["fraud", "multiple_borrowing", "gambling", "business_trouble", "lost_contact"]
    raised_on: date
    cleared_on: date | None = None


class RiskWarnings(SourceRecord):
    """All warnings about the person, also cleared ones."""

    warnings: list[Warning] = []

    def facts(self) -> Facts:
        standing = [warning for warning in self.warnings if warning.cleared_on is None]
        return {"raised": bool(standing), "kinds": sorted({warning.kind for warning in standing})}

    def faults(self) -> Iterator[str]:
        if any(warning.raised_on > self.as_of for warning in self.warnings):
            yield "implausible.dates"
