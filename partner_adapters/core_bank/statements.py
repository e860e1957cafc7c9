"""The statement of an account: what to search for, totals of what was found, and the documents to keep."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.values.money import CNY, MAX_FEN, Currency, Fen
from partner_adapters.kit.web.calls.json_client import Params, segment

# How many months the totals list, the newest ones.
MOST_MONTHS = 12
# How many entries one document takes. A PDF of so many takes a second or two to render.
MOST_IN_PDF, MOST_IN_SPREADSHEET = 300, 5_000

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class EntrySearch(Command):
    """Which entries to look for: those that meet all conditions. An empty search finds every entry."""

    counterparty: str = Field(default="", max_length=60)
    """Words that stand in the counterparty's name, in any order and in either language."""
    kind: str = Field(default="", max_length=48)
    direction: Literal["in", "out"] | None = None
    least_fen: Fen | None = Field(default=None, ge=0, le=MAX_FEN)
    most_fen: Fen | None = Field(default=None, ge=0, le=MAX_FEN)
    currency: Currency = CNY
    first: date | None = None
    """The first business date to look at. `last`: the last one. Both days are included."""
    last: date | None = None

    def as_query(self) -> dict[str, str]:
        """Return the conditions as query parameters."""
        stated = self.model_dump(mode="json", exclude_defaults=True)
        return {name: str(value) for name, value in stated.items() if value is not None}


EVERYTHING = EntrySearch()


class MonthTotals(Wire):
    """What came in and went out in one month, of the entries that were found. `month` is its first day."""

    month: date
    entries: int
    in_fen: Fen
    out_fen: Fen
    currency: Currency = CNY


class FoundEntries(Wire):
    """All entries that a search found, on whichever page they are: how many, and what they add up to."""

    entries: int
    in_fen: Fen
    out_fen: Fen
    currency: Currency = CNY
    months: list[MonthTotals]
    """The months with entries, the newest first, at most `MOST_MONTHS`."""
    older_months: bool = False
    """Whether earlier months have entries too."""


class Statements:
    """`GET /accounts/{id}/statement/document` and `…/spreadsheet`, `GET /accounts/{id}/entries/{entry}/receipt`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def pdf(self, account_id: str, first: date, last: date) -> bytes:
        """Return the statement of these days as a PDF without a seal.

        Problems 422 `statement.too_long` (more than `MOST_IN_PDF` entries), `statement.period`.
        """
        return await self._calls.get_bytes(
            f"/accounts/{segment(account_id)}/statement/document", params=_period(first, last)
        )

    async def spreadsheet(self, account_id: str, first: date, last: date) -> bytes:
        """Return the statement of these days as an XLSX file. Problems as for `pdf`."""
        return await self._calls.get_bytes(
            f"/accounts/{segment(account_id)}/statement/spreadsheet", params=_period(first, last)
        )

    async def receipt(self, account_id: str, entry_id: str) -> bytes:
        """Return the receipt of one entry as a PDF without a seal. Problem 404 `entry.unknown`."""
        return await self._calls.get_bytes(
            f"/accounts/{segment(account_id)}/entries/{segment(entry_id)}/receipt"
        )


def _period(first: date, last: date) -> Params:
    return {"first": first.isoformat(), "last": last.isoformat()}
