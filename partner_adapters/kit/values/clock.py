"""Clocks. A program gets a clock from its caller and never reads the machine's time itself.

Protocol time (tokens, sessions, signatures, the age of a face check) is wall time, as integer seconds or an
aware UTC datetime. Business time (ledger, consents, contracts, daily limits) is the clock of the world, and its
date is the date in China.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)


class Clock(Protocol):
    """The clock that every party gets in place of the machine's."""

    def wall(self) -> datetime:
        """Return protocol time: aware, UTC."""
        ...

    def now(self) -> datetime:
        """Return business time: aware, in China's zone."""
        ...

    def today(self) -> date:
        """Return the business date in China."""
        ...

    def is_confirmed(self, day: date) -> bool:
        """Whether a person has vouched for this business date, such as a tester who moved the clock to it."""
        ...


class SystemClock:
    """For production: both times are the machine's."""

    def wall(self) -> datetime:
        return datetime.now(UTC)

    def now(self) -> datetime:
        return self.wall().astimezone(CHINA)

    def today(self) -> date:
        return self.now().date()

    def is_confirmed(self, day: date) -> bool:
        return False


class FixedClock:
    """For tests: both times stand still until the test moves them. `confirms`: the test vouches for each date."""

    def __init__(self, at: datetime, *, confirms: bool = True) -> None:
        self.at = at
        self.confirms = confirms

    def wall(self) -> datetime:
        return self.at.astimezone(UTC)

    def now(self) -> datetime:
        return self.at.astimezone(CHINA)

    def today(self) -> date:
        return self.now().date()

    def is_confirmed(self, day: date) -> bool:
        return self.confirms

    def advance(self, by: timedelta) -> None:
        self.at += by


def epoch(moment: datetime) -> int:
    """Return whole seconds since 1970, as tokens state them."""
    return int(moment.timestamp())


def monotonic() -> float:
    """Return seconds for measuring durations. They say nothing about the time of day."""
    return time.monotonic()
