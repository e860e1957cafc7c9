"""When a failed attempt is repeated: after 5 seconds at first, and for three days in all."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

GIVE_UP_AFTER = timedelta(days=3)
# After the first failure, the second, and so on. All further ones wait as long as the last.
WAITS_S = (5, 15, 60, 300, 900, 3_600, 7_200, 14_400, 28_800, 43_200)
# So that what failed together is not repeated together.
JITTER = 0.2
MOST_PAUSE_S = 3_600
# The answers whose `Retry-After` is honoured.
PAUSING = (429, 503)
_RANDOM = random.SystemRandom()


def next_attempt(now: datetime, tried_since: datetime, tries: int) -> datetime | None:
    """Return when to try again after this many failures, or None after three days of them."""
    last = tried_since + GIVE_UP_AFTER
    if now >= last:
        return None
    wait_s = WAITS_S[min(tries, len(WAITS_S)) - 1] * _RANDOM.uniform(1 - JITTER, 1 + JITTER)
    return min(now + timedelta(seconds=wait_s), last)


def pause_until(now: datetime, status: int | None, retry_after: str | None) -> datetime | None:
    """Return until when an endpoint asks for a pause, at most an hour, or None if it asks for none."""
    if status not in PAUSING or retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        pause_s = float(retry_after[:9])
    else:
        try:
            pause_s = (parsedate_to_datetime(retry_after) - now).total_seconds()
        except (ValueError, TypeError):  # not a date, or one without its zone
            return None
    return now + timedelta(seconds=min(pause_s, MOST_PAUSE_S)) if pause_s > 0 else None
