"""`python -m mock_partners.bank.core confirm-date DATE`: confirm today's date after a leap of the clock.

It calls the core's API as an operator with the scope `dates`, so the core records who confirmed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date

from mock_partners.bank.core.staff_commands.calling import call_core
from partner_adapters.core_bank.dates import StaffDates

DOCUMENT = "docs/operators/operations.md"


def main(arguments: Sequence[str]) -> int:
    """Confirm the date. Return 0, 1 where the core refused or did not answer, 2 for a wrong command line."""
    day: date = _parser().parse_args(arguments).date
    return call_core(lambda calls: _confirm(StaffDates(calls), day), DOCUMENT)


async def _confirm(dates: StaffDates, day: date) -> None:
    stands = await dates.confirm(day)
    rest = "open" if stands.is_open else "closing the days that were missed, then it opens"
    print(f"business date {stands.business_date}: {rest}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mock_partners.bank.core confirm-date")
    parser.add_argument("date", type=date.fromisoformat, help="today's date in China, such as 2026-11-30")
    return parser
