"""The clocks of hosts: how far one may be from ours, and the refusal of one that is further off.

A refusal that a wrong clock explains has the code `identity.clock`. "Too old" would send operators the wrong way.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Annotated

from pydantic import Field

from partner_adapters.identity.errors import Code, IdentityUntrusted

# How far a host's clock may be from ours: where its configuration says nothing, and what it may say at most.
DEFAULT_SKEW_S = 10
MAX_SKEW_S = 60
ClockSkew = Annotated[int, Field(ge=0, le=MAX_SKEW_S)]


def check_not_ahead(moment: datetime, now: datetime, skew_s: int, what: str) -> None:
    """Raise `IdentityUntrusted` with `identity.clock` if `moment` is further in the future than clocks may differ."""
    if (moment - now).total_seconds() > skew_s:
        raise IdentityUntrusted(Code.CLOCK, what)


def too_old(code: Code, ahead_s: float | None, skew_s: int) -> IdentityUntrusted:
    """Return the refusal of something too old: `code`, or `identity.clock` if the host's clock is behind ours.

    `ahead_s`: how far the host's clock is ahead by what it said itself just now. None: it did not say.
    """
    if ahead_s is not None and ahead_s < -skew_s:
        return IdentityUntrusted(Code.CLOCK, "too old by our clock, but the host's clock is behind ours")
    return IdentityUntrusted(code)


def seconds_ahead(date: str, now: datetime) -> float | None:
    """Return how far the clock that wrote this `Date` header is ahead of ours, or None if it is not a date."""
    try:
        return (parsedate_to_datetime(date) - now).total_seconds()
    except (TypeError, ValueError):
        return None
