"""Who asks, for which bank, and what time it is: handed to every command and query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from partner_adapters.kit.values.clock import Clock


@dataclass(frozen=True)
class Context:
    """`now` and `today` are business time, `wall` is protocol time. The access token decided bank and partner."""

    bank_id: str
    partner: str
    now: datetime
    today: date
    wall: datetime


def context(clock: Clock, bank_id: str, partner: str) -> Context:
    """The context of this moment."""
    now = clock.now()
    return Context(bank_id, partner, now, now.date(), clock.wall())
