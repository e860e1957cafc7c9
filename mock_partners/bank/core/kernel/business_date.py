"""Each bank's business date: stored, never going back, and confirmed by an operator after a leap.

A new day begins by itself at midnight. A clock that is more than a day ahead of the stored date may be wrong. What is
booked for the days in between would stay booked. So the bank stays on its last date, serves reads only, and waits for
an operator to confirm the date. Then the missed days are closed, and it opens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import NoReturn

from sqlalchemy import Connection, insert, select, update

from mock_partners.bank.core.kernel.caller import staff_of
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.tables import business_date, date_confirmation
from partner_adapters.core_bank.dates import NOT_OPEN
from partner_adapters.kit.durable.store import DatabaseAway, Store
from partner_adapters.kit.observed.readiness import NotReady
from partner_adapters.kit.values.clock import CHINA, ONE_DAY, Clock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.logs import log

# How soon a node sees a date that another node has stored.
EVERY_S = 1.0
# When a caller may ask again. An operator confirms by hand.
RETRY_AFTER_S = 60
_t = business_date.c


@dataclass(frozen=True)
class StoredDate:
    """A bank's row. `is_open` is false from a confirmation until the missed days are closed."""

    day: date
    is_open: bool


class BusinessDates:
    """The business dates of a core's banks, as last read from the database.

    `refresh` reads and writes the database. Everything else answers at once. Until the first refresh the clock alone
    says the date.
    """

    def __init__(self, store: Store, clock: Clock, bank_ids: Sequence[str]) -> None:
        self._store = store
        self._clock = clock
        self._bank_ids = bank_ids
        self._stored: Mapping[str, StoredDate] = {}

    def now(self, bank_id: str) -> datetime:
        """Return the bank's business time: the clock's, or the moment of the business date that is nearest to it."""
        now = self._clock.now()
        day = self._day(bank_id, now.date())
        begins = datetime.combine(day, time(), CHINA)
        return min(max(now, begins), begins + ONE_DAY - timedelta.resolution)

    def today(self, bank_id: str) -> date:
        """Return the bank's business date."""
        return self._day(bank_id, self._clock.today())

    def earliest(self) -> date:
        """Return the earliest business date of all banks, for answers that are no single bank's."""
        return min(self.today(bank_id) for bank_id in self._bank_ids)

    def is_open(self, bank_id: str) -> bool:
        """Whether the bank serves commands that move money or create an obligation."""
        stored = self._stored.get(bank_id)
        return stored is None or (stored.is_open and self.today(bank_id) >= self._clock.today())

    def missed_days(self, bank_id: str) -> bool:
        """Whether the bank, after a confirmation, still has to close the days that it missed."""
        stored = self._stored.get(bank_id)
        return stored is not None and not stored.is_open

    def require_open(self, bank_id: str) -> None:
        """Raise Problem 503 `day.not_open` unless the bank is open."""
        if not self.is_open(bank_id):
            again = {"Retry-After": str(RETRY_AFTER_S)}
            raise Problem(
                503, NOT_OPEN, "nothing was done: the bank has not opened its day yet", headers=again
            )

    @property
    def is_stale(self) -> bool:
        """Whether the database may know more: a date differs from the clock's, or a bank is not open."""
        today = self._clock.today()
        return any(stored.day != today or not stored.is_open for stored in self._stored.values())

    async def refresh(self) -> None:
        """Read the stored dates, and store those that have begun. Raises `DatabaseAway`."""
        await self._read()
        if begun := {bank_id: self.today(bank_id) for bank_id in self._stored if self._has_begun(bank_id)}:
            await self._store.write(partial(_advance_all, days=begun))
            await self._read()

    async def keep(self) -> NoReturn:
        """Refresh every `EVERY_S` seconds until cancelled."""
        while True:
            # A database that is away is reported by the check of the database.
            with suppress(DatabaseAway):
                await self.refresh()
            await asyncio.sleep(EVERY_S)

    async def check(self) -> None:
        """Raise `NotReady` with the banks that are not open, and the dates that they stay on."""
        await self.refresh()
        if closed := [bank_id for bank_id in self._bank_ids if not self.is_open(bank_id)]:
            waiting = ", ".join(f"{bank_id} stays on {self.today(bank_id)}" for bank_id in closed)
            raise NotReady(f"{waiting}; the clock says {self._clock.today()}")

    def _day(self, bank_id: str, clock_day: date) -> date:
        stored = self._stored.get(bank_id)
        if stored is None:
            return clock_day
        is_next = clock_day == stored.day + ONE_DAY
        is_known = is_next or (clock_day > stored.day and self._clock.is_confirmed(clock_day))
        return clock_day if is_known else stored.day

    def _has_begun(self, bank_id: str) -> bool:
        return self.today(bank_id) > self._stored[bank_id].day

    async def _read(self) -> None:
        rows = await self._store.read(lambda conn: conn.execute(select(business_date)).all())
        self._stored = {row.bank_id: StoredDate(row.day, row.is_open) for row in rows}


def begin(conn: Connection, ctx: Context) -> None:
    """Store today as the first business date of a bank that has none."""
    if conn.execute(select(_t.day).where(_t.bank_id == ctx.bank_id)).first() is None:
        conn.execute(insert(business_date).values(bank_id=ctx.bank_id, day=ctx.today, is_open=True))


def advance(conn: Connection, bank_id: str, day: date) -> None:
    """Store `day` as the bank's business date, unless the stored one is as late. It never goes back."""
    conn.execute(update(business_date).where(_t.bank_id == bank_id, _t.day < day).values(day=day))


def _advance_all(conn: Connection, days: Mapping[str, date]) -> None:
    for bank_id, day in days.items():
        advance(conn, bank_id, day)


def confirm(conn: Connection, ctx: Context, day: date, clock_day: date) -> None:
    """Make `day` the business date by an operator's word; the bank opens once the missed days are closed.

    A repetition changes nothing. Problems 409 `business_date.differs` (params `clock_date`) unless it is the date of
    the clock, and `business_date.passed` (params `business_date`) if it is before the bank's.
    """
    stored: date = conn.execute(select(_t.day).where(_t.bank_id == ctx.bank_id)).scalar_one()
    if day < stored:
        raise Problem(409, "business_date.passed", params={"business_date": stored.isoformat()})
    if day == stored:
        return
    if day != clock_day:
        raise Problem(409, "business_date.differs", params={"clock_date": clock_day.isoformat()})
    conn.execute(
        insert(date_confirmation).values(
            bank_id=ctx.bank_id,
            day=day,
            from_day=stored,
            confirmed_by=staff_of(ctx.caller),
            confirmed_at=ctx.wall,
        )
    )
    conn.execute(update(business_date).where(_t.bank_id == ctx.bank_id).values(day=day, is_open=False))
    log.info("business_date.confirmed", bank_id=ctx.bank_id, day=str(day))


def open_day(conn: Connection, bank_id: str) -> None:
    """Open the bank after a confirmation: its missed days are closed."""
    conn.execute(update(business_date).where(_t.bank_id == bank_id, ~_t.is_open).values(is_open=True))
    log.info("business_date.opened", bank_id=bank_id)
