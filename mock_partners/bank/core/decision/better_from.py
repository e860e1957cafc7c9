"""The date from which a declined application stands a better chance, where it can be known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from mock_partners.bank.core.decision.facts import FactBase

WINDOW_MONTHS = 24


def better_from(name: str | None, facts: FactBase, today: date) -> date | None:
    """Return the date by the function that the rule names in `better_from`; None where it cannot be known."""
    function = FUNCTIONS.get(name or "")
    return function(facts, today) if function else None


def overdue_window(facts: FactBase, today: date) -> date | None:
    """Return the first month in which enough late months have left the window, if nothing new is late by then."""
    history = facts.known.get("credit_bureau", {}).get("overdue_history")
    params = facts.known["params"]
    try:
        late = {_month_index(item["month"]) for item in history or []}
    except (KeyError, TypeError, ValueError):
        return None
    this_month = today.year * 12 + today.month - 1
    # Bound: after `WINDOW_MONTHS` every month that is late today has left the window.
    for month in range(this_month + 1, this_month + 1 + WINDOW_MONTHS):
        in_window = {late_month for late_month in late if month - WINDOW_MONTHS < late_month}
        if len(in_window) < params["overdue_months"] and longest_run(in_window) < params["overdue_run"]:
            return date(month // 12, month % 12 + 1, 1)
    return None


def of_age(facts: FactBase, today: date) -> date | None:
    """Return the birthday on which the applicant is old enough; None if they are too old."""
    birth_date = date.fromisoformat(facts.known["identity"]["birth_date"])
    year = birth_date.year + int(facts.known["params"]["age_min"])
    try:
        birthday = birth_date.replace(year=year)
    except ValueError:  # born on 29 February, and that year has none
        birthday = date(year, 3, 1)
    return birthday if birthday > today else None


def longest_run(months: set[int]) -> int:
    """Return the largest number of months in a row: 2 for `{3, 4, 8}`."""
    longest = run = 0
    for month in sorted(months):
        run = run + 1 if month - 1 in months else 1
        longest = max(longest, run)
    return longest


def _month_index(month: str) -> int:
    year, number = (int(part) for part in month.split("-"))
    if not 1 <= number <= 12:
        raise ValueError(month)
    return year * 12 + number - 1


FUNCTIONS: Mapping[str, Callable[[FactBase, date], date | None]] = {
    "overdue_window": overdue_window,
    "of_age": of_age,
}
