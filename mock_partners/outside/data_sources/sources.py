"""What each source answers about one person on one business date. Facts age as the world's clock moves."""

from __future__ import annotations

from datetime import date, timedelta

from mock_partners.outside.data_sources.settings import CourtFile, CreditFile, ListedHousehold
from partner_adapters.data.wire import CourtCases, CreditReport, Household, LateMonth, PreCreditListing

WINDOW_MONTHS = 24


def listing(found: ListedHousehold | None, bank_id: str, begun_on: date, today: date) -> PreCreditListing:
    """Return the valid entry of the bank's own list, if there is one."""
    if found is None or found.bank_id != bank_id:
        return PreCreditListing(listed=False, as_of=today)
    visited_on = begun_on - timedelta(days=found.visited_days_ago)
    valid_until = visited_on + timedelta(days=found.valid_days)
    if today > valid_until:
        return PreCreditListing(listed=False, as_of=today)
    household = Household(
        visited_on=visited_on,
        valid_until=valid_until,
        **found.model_dump(exclude={"bank_id", "visited_days_ago", "valid_days"}),
    )
    return PreCreditListing(listed=True, as_of=today, household=household)


def report(file: CreditFile, begun_on: date, today: date) -> CreditReport:
    """Return the bureau's report. Its counts are computed from the history as of today, as a bureau does."""
    this_month = _month_index(today)
    late = {_month_index(begun_on) - ago: months for ago, months in file.late}
    seen = {
        month: months for month, months in late.items() if this_month - WINDOW_MONTHS < month <= this_month
    }
    asked_on = [begun_on - timedelta(days=ago) for ago in file.hard_queries_days_ago]
    return CreditReport(
        as_of=today,
        overdue_now=file.overdue_now,
        overdue_months_24=len(seen),
        worst_run_24=_longest_run(set(seen)),
        hard_queries_2m=sum(day > today - timedelta(days=61) for day in asked_on),
        hard_queries_6m=sum(day > today - timedelta(days=183) for day in asked_on),
        unsecured_lenders=file.unsecured_lenders,
        card_use_percent=file.card_use_percent,
        unsecured_debt_fen=file.unsecured_debt_fen,
        bad_debt=file.bad_debt,
        overdue_history=[
            LateMonth(month=_month_text(month), months_late=seen[month])
            for month in sorted(seen, reverse=True)
        ],
    )


def cases(file: CourtFile, today: date) -> CourtCases:
    return CourtCases(as_of=today, **file.model_dump())


def _month_index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month_text(index: int) -> str:
    year, month = divmod(index, 12)
    return f"{year}-{month + 1:02d}"


def _longest_run(months: set[int]) -> int:
    longest = run = 0
    for month in sorted(months):
        run = run + 1 if month - 1 in months else 1
        longest = max(longest, run)
    return longest
