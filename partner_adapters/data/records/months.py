"""Calendar months as numbers, so that they can be counted and compared."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

WINDOW_MONTHS = 24


def index_of(day: date) -> int:
    """Return the number of the day's month: months that follow each other differ by one."""
    return day.year * 12 + day.month - 1


def parse(text: str) -> int:
    """Return the number of a month such as `2026-03`. Raises ValueError."""
    if len(text) != 7:
        raise ValueError(text)
    return index_of(date.fromisoformat(f"{text}-01"))


def text_of(index: int) -> str:
    """Return the month as text, such as `2026-03`."""
    year, month = divmod(index, 12)
    return f"{year}-{month + 1:02d}"


def full_between(start: date, end: date) -> int:
    """Return how many whole months lie between two days, 0 if `end` is not later."""
    return max(index_of(end) - index_of(start) - (end.day < start.day), 0)


def longest_run(indexes: Collection[int]) -> int:
    """Return the largest number of months in a row: 2 for `{3, 4, 8}`."""
    longest = run = 0
    for index in sorted(indexes):
        run = run + 1 if index - 1 in indexes else 1
        longest = max(longest, run)
    return longest


def before(day: date, count: int) -> range:
    """Return the numbers of the `count` full months before the month of `day`, oldest first."""
    return range(index_of(day) - count, index_of(day))
