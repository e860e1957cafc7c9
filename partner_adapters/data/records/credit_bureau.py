"""A person's credit report (人行征信): the summary, and the detail of who asked for it and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from partner_adapters.data.records import months
from partner_adapters.data.records.base import Facts, SourceRecord
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.wire import Wire

QueryPurpose = Literal["loan_approval", "card_approval", "guarantee_review", "post_loan", "own"]
# Those by which lenders decide about new debt. Looking after a loan and the person's own queries do not count.
HARD: frozenset[QueryPurpose] = frozenset({"loan_approval", "card_approval", "guarantee_review"})


class LateMonth(Wire):
    """How many instalments were overdue at the end of `month` (`2026-03`)."""

    month: str
    months_late: int


class BureauQuery(Wire):
    """One earlier query of the report: when, by whom and for what."""

    asked_on: date
    asked_by: str
    purpose: QueryPurpose


class CreditReport(SourceRecord):
    """The report. Counts of overdue months and of queries are not the bureau's: the bank makes them from the detail."""

    overdue_now: int
    """Accounts that are overdue today."""
    overdue_history: list[LateMonth] = []
    """The overdue months of the last 24, newest first."""
    queries_1m: int
    queries_24m: int
    """The bureau's own summary of queries of every purpose: within a month, and within two years."""
    queries: list[BureauQuery] = []
    """The detail of two years, newest first."""
    unsecured_lenders: int
    card_limit_fen: Fen
    card_used_mean_fen: Fen
    """The mean use of the last six months."""
    unsecured_debt_fen: Fen
    currency: Currency = CNY
    bad_debt: bool
    """Whether there is debt that is bad, written off, or was paid by a guarantor."""

    def facts(self) -> Facts:
        late = {months.parse(item.month) for item in self.overdue_history}
        return {
            "overdue_now": self.overdue_now,
            "overdue_months_24": len(late),
            "worst_run_24": months.longest_run(late),
            "overdue_history": [item.model_dump() for item in self.overdue_history],
            "hard_queries_2m": hard_queries(self.queries, self.as_of, 2),
            "hard_queries_6m": hard_queries(self.queries, self.as_of, 6),
            "unsecured_lenders": self.unsecured_lenders,
            "card_use_percent": card_use_percent(self.card_used_mean_fen, self.card_limit_fen),
            "unsecured_debt_fen": self.unsecured_debt_fen,
            "bad_debt": self.bad_debt,
        }

    def faults(self) -> Iterator[str]:
        late = [item.month for item in self.overdue_history]
        window = months.index_of(self.as_of)
        try:
            numbers = [months.parse(month) for month in late]
        except ValueError:
            yield "implausible.overdue_history"
        else:
            within = all(window - months.WINDOW_MONTHS < number <= window for number in numbers)
            if len(set(numbers)) != len(numbers) or not within:
                yield "implausible.overdue_history"
        if self.queries_24m != len(self.queries):
            yield "incomplete.queries"
        if any(query.asked_on > self.as_of for query in self.queries):
            yield "implausible.queries"
        amounts = (self.card_limit_fen, self.card_used_mean_fen, self.unsecured_debt_fen)
        if min(*amounts, self.overdue_now, self.unsecured_lenders) < 0:
            yield "implausible.negative"


def hard_queries(queries: list[BureauQuery], as_of: date, within_months: int) -> int:
    """Return how many lenders asked within that many months before `as_of`, to approve or to accept a guarantee."""
    return sum(
        query.purpose in HARD and months.full_between(query.asked_on, as_of) < within_months
        for query in queries
    )


def card_use_percent(used_fen: int, limit_fen: int) -> int:
    """Return the use of all cards in whole per cent, rounded up; 0 without cards. Use without a limit is 100."""
    if limit_fen <= 0:
        return 100 if used_fen > 0 else 0
    return -(-used_fen * 100 // limit_fen)
