"""From when an application stands a better chance, where a date can be known at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from mock_partners.bank.core.decision.facts import FactBase

WINDOW_MONTHS = 24


def better_from(name: str | None, facts: FactBase, today: date) -> date | None:
    """By the rule's `better_from`; None where nobody can know."""
    function = FUNCTIONS.get(name or "")
    return function(facts, today) if function else None


def overdue_window(facts: FactBase, today: date) -> date | None:
    """The first month in which enough late months have left the window, if nothing new is late until then."""
    history = facts.known.get("credit_bureau", {}).get("overdue_history")
    params = facts.known["params"]
    try:
        late = {_index(row["month"]) for row in history or []}
    except (KeyError, TypeError, ValueError):
        return None
    this_month = today.year * 12 + today.month - 1
    for month in range(this_month + 1, this_month + 1 + WINDOW_MONTHS):
        seen = {one for one in late if month - WINDOW_MONTHS < one}
        if len(seen) < params["overdue_months"] and longest_run(seen) < params["overdue_run"]:
            return date(month // 12, month % 12 + 1, 1)
    return None


def of_age(facts: FactBase, today: date) -> date | None:
    """The birthday that makes somebody old enough; None for somebody too old."""
    born = date.fromisoformat(facts.known["identity"]["birth_date"])
    year = born.year + int(facts.known["params"]["age_min"])
    try:
        birthday = born.replace(year=year)
    except ValueError:  # 29 February
        birthday = date(year, 3, 1)
    return birthday if birthday > today else None


def longest_run(months: set[int]) -> int:
    """The most months in a row: `{3, 4, 8}` → 2."""
    longest = run = 0
    for month in sorted(months):
        run = run + 1 if month - 1 in months else 1
        longest = max(longest, run)
    return longest


def _index(month: str) -> int:
    year, number = (int(part) for part in month.split("-"))
    if not 1 <= number <= 12:
        raise ValueError(month)
    return year * 12 + number - 1


FUNCTIONS: Mapping[str, Callable[[FactBase, date], date | None]] = {
    "overdue_window": overdue_window,
    "of_age": of_age,
}
