"""The context that every command and query of the core is handed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from mock_partners.bank.core.kernel.caller import Caller, partner_of
from partner_adapters.kit.values.clock import Clock


@dataclass(frozen=True)
class Context:
    """The bank, the caller and the time. `now` and `today` are business time, `wall` is protocol time.

    A request's access token decides the bank and the caller. Jobs and notices make a context of their own.
    """

    bank_id: str
    caller: Caller
    now: datetime
    today: date
    wall: datetime

    @property
    def partner(self) -> str:
        """The partner whose client calls. Raises `NotAPartner` for every other kind of caller."""
        return partner_of(self.caller)


def context(clock: Clock, bank_id: str, caller: Caller) -> Context:
    """Return the context of this moment."""
    now = clock.now()
    return Context(bank_id, caller, now, now.date(), clock.wall())
