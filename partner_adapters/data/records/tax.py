"""A taxpayer's record at the tax bureau (税务): level, 24 months, arrears, violations, inspection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from partner_adapters.data.records import months
from partner_adapters.data.records.base import Facts, SourceRecord
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.wire import Wire

TaxLevel = Literal["A", "B", "M", "C", "D"]
YEAR_MONTHS = 12


class TaxMonth(Wire):
    """One month (`2026-03`): the tax that was declared, how much of it was paid and relieved, and the revenue."""

    month: str
    declared_fen: Fen
    paid_fen: Fen
    relieved_fen: Fen
    revenue_fen: Fen
    currency: Currency = CNY

    @property
    def counts_as_paid(self) -> bool:
        """Whether tax was paid, or all that was declared was relieved."""
        return self.paid_fen > 0 or self.relieved_fen >= self.declared_fen > 0

    @property
    def short_fen(self) -> int:
        """What was declared and neither paid nor relieved."""
        return self.declared_fen - self.paid_fen - self.relieved_fen


class Violation(Wire):
    found_on: date
    kind: str
    serious: bool


class Inspection(Wire):
    """A tax inspection (税务稽查); `closed_on` is missing while it goes on."""

    opened_on: date
    closed_on: date | None = None


class Taxpayer(Wire):
    """The person's business as a taxpayer. `months`: the 24 full months before the answer, oldest first."""

    business_name: str
    credit_code: str
    level: TaxLevel
    months: list[TaxMonth]
    arrears_fen: Fen
    currency: Currency = CNY
    violations: list[Violation] = []
    inspection: Inspection | None = None


class TaxRecord(SourceRecord):
    """What the tax bureau knows. `taxpayer` is missing if the person runs no business that pays tax."""

    taxpayer: Taxpayer | None = None

    def facts(self) -> Facts:
        if self.taxpayer is None:
            return {"known": False}
        taxpayer = self.taxpayer
        rows = taxpayer.months
        return {
            "known": True,
            "credit_code": taxpayer.credit_code,
            "level": taxpayer.level,
            "paid_months_24": paid_months(rows),
            "longest_gap_months": longest_gap_months(rows),
            "arrears": taxpayer.arrears_fen > 0,
            "arrears_fen": taxpayer.arrears_fen,
            "serious_violation": any(violation.serious for violation in taxpayer.violations),
            "open_inspection": taxpayer.inspection is not None and taxpayer.inspection.closed_on is None,
            "yearly_mean_fen": yearly_mean_fen(rows),
            "revenue_fen": sum(row.revenue_fen for row in rows[-YEAR_MONTHS:]),
            "revenue_before_fen": sum(row.revenue_fen for row in rows[:-YEAR_MONTHS]),
        }

    def faults(self) -> Iterator[str]:
        if self.taxpayer is None:
            return
        rows = self.taxpayer.months
        expected = [months.text_of(index) for index in months.before(self.as_of, months.WINDOW_MONTHS)]
        if [row.month for row in rows] != expected:
            yield "incomplete.months"
        amounts = (
            amount
            for row in rows
            for amount in (row.declared_fen, row.paid_fen, row.relieved_fen, row.revenue_fen, row.short_fen)
        )
        if min(amounts, default=0) < 0 or self.taxpayer.arrears_fen < 0:
            yield "implausible.amounts"
        # What was declared for the newest month may not be due yet.
        if sum(row.short_fen for row in rows[:-1]) > self.taxpayer.arrears_fen:
            yield "implausible.arrears"
        if any(violation.found_on > self.as_of for violation in self.taxpayer.violations):
            yield "implausible.violations"


def paid_months(rows: Sequence[TaxMonth]) -> int:
    """Return in how many months tax was paid, or wholly relieved."""
    return sum(row.counts_as_paid for row in rows)


def longest_gap_months(rows: Sequence[TaxMonth]) -> int:
    """Return the largest number of months in a row in which nothing was paid."""
    return months.longest_run({place for place, row in enumerate(rows) if not row.counts_as_paid})


def yearly_mean_fen(rows: Sequence[TaxMonth]) -> int:
    """Return the tax that was paid in a mean year, rounded down. Relieved tax was not paid."""
    paid_fen = sum(row.paid_fen for row in rows)
    return paid_fen * YEAR_MONTHS // len(rows) if rows else 0
