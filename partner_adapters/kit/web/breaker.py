"""A circuit breaker: after several calls in a row without an answer, no call is made for a while.

Calls that wait for a dead party would hold up work that could go on. After the pause one call is let through to try.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.web.calls.http_client import CallFailed, NotSent

FAILURES = 5
PAUSE = timedelta(seconds=30)


class Breaker:
    """The breaker of one party in this process. Time is protocol time."""

    def __init__(self, name: str, clock: Clock, failures: int = FAILURES, pause: timedelta = PAUSE) -> None:
        self._name = name
        self._clock = clock
        self._failures = failures
        self._pause = pause
        self._failed = 0
        self._closed_from: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether a call would be refused now."""
        return self._closed_from is not None and self._clock.wall() < self._closed_from

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch one call. Raises `NotSent` at once while the breaker is open. A refusal of the party is an answer."""
        if self.is_open:
            raise NotSent(self._name, "too many calls without an answer: paused")
        if self._closed_from is not None:
            # This call tries whether the party is back. Others wait for its result.
            self._closed_from = self._clock.wall() + self._pause
        try:
            yield
        except CallFailed:
            self._failed += 1
            if self._failed >= self._failures:
                self._closed_from = self._clock.wall() + self._pause
            raise
        except BaseException:
            self._close()
            raise
        self._close()

    def _close(self) -> None:
        self._failed, self._closed_from = 0, None
