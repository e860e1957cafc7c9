"""The bank's business date, and an operator's word about it."""

from __future__ import annotations

from datetime import date

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import NOT_OPEN, Command, Wire

__all__ = ["NOT_OPEN", "BusinessDate", "ConfirmDate", "StaffDates"]


class ConfirmDate(Command):
    """An operator says that this is today's date in China."""

    business_date: date


class BusinessDate(Wire):
    """Where the bank stands."""

    business_date: date
    is_open: bool
    """False while the bank waits for a confirmation, or closes the days that it missed."""


class StaffDates:
    """`POST /business-date`, for operators with the scope `dates`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def confirm(self, day: date) -> BusinessDate:
        """Confirm the date; a repetition changes nothing.

        Problem 409 `business_date.differs` (params `clock_date`) if the core's clock says another date, and
        `business_date.passed` (params `business_date`) if the bank is on a later one.
        """
        return await self._calls.ask("/business-date", ConfirmDate(business_date=day), BusinessDate)
