"""Time is handed in, never read from the machine by those who use it.

Protocol time (tokens, sessions, signatures, the age of a face check) is wall time, as integer seconds or an
aware UTC datetime. Business time (ledger, consents, contracts, limits a day) is the world's clock, and its
date is the date in China.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """What every party is given instead of the machine's clock."""

    def wall(self) -> datetime:
        """Protocol time: aware, UTC."""
        ...

    def now(self) -> datetime:
        """Business time: aware, in China's zone."""
        ...

    def today(self) -> date:
        """The business date in China."""
        ...


class SystemClock:
    """Both times are the machine's: production."""

    def wall(self) -> datetime:
        return datetime.now(UTC)

    def now(self) -> datetime:
        return self.wall().astimezone(CHINA)

    def today(self) -> date:
        return self.now().date()


class FixedClock:
    """Both times stand still until a test moves them."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def wall(self) -> datetime:
        return self.at.astimezone(UTC)

    def now(self) -> datetime:
        return self.at.astimezone(CHINA)

    def today(self) -> date:
        return self.now().date()

    def advance(self, by: timedelta) -> None:
        self.at += by


def epoch(moment: datetime) -> int:
    """Whole seconds since 1970, as tokens carry them."""
    return int(moment.timestamp())


def monotonic() -> float:
    """For measuring durations only; never for deciding what time it is."""
    return time.monotonic()
