"""The moment of an answer, and the seasons of a year."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from partner_adapters.data.records import months

# Parts of a year's revenue by calendar month, January first. Trade is busiest before New Year and in autumn, and
# February is quiet. They add up to 1,000.
SEASON = (106, 52, 74, 78, 82, 78, 70, 72, 92, 98, 96, 102)
JITTER_PERCENT = 12


@dataclass(frozen=True)
class Moment:
    """`begun_on`: the day from which a file's "ago" counts. `today`: the business date of the answer."""

    begun_on: date
    today: date

    def ago(self, days: int) -> date:
        """Return the day that many days before the world began."""
        return self.begun_on - timedelta(days=days)

    def month_ago(self, count: int) -> int:
        """Return the number of the month that many months before the world began."""
        return months.index_of(self.begun_on) - count

    def day_months_ago(self, count: int) -> date:
        """Return a day that many whole months before the world began."""
        year, month = divmod(self.month_ago(count), 12)
        return date(year, month + 1, min(self.begun_on.day, 28))


def seasonal(yearly_fen: int, month: int, who: str) -> int:
    """Return the part of a year's amount that falls into the month, in whole yuan; always the same for one `who`."""
    swing = random.Random(f"{who}:{month}").randint(-JITTER_PERCENT, JITTER_PERCENT)  # noqa: S311  plays a shop
    return yearly_fen * SEASON[month % 12] * (100 + swing) // 10_000_000 * 100
