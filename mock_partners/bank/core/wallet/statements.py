"""The statement of a period: the balance before it, every entry in it, and the balance after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.wallet.records import (
    AccountRecord,
    EntryRecord,
    newest_entries,
    read_own_account,
)
from partner_adapters.core_bank.statements import EntrySearch
from partner_adapters.kit.values.problems import Problem, invalid


@dataclass(frozen=True)
class StatementRecord:
    """Every entry from `first` to `last`, the oldest first."""

    account: AccountRecord
    first: date
    last: date
    opening_fen: int
    entries: Sequence[EntryRecord]

    @property
    def in_fen(self) -> int:
        return sum(entry.change_fen for entry in self.entries if entry.change_fen > 0)

    @property
    def out_fen(self) -> int:
        return -sum(entry.change_fen for entry in self.entries if entry.change_fen < 0)

    @property
    def closing_fen(self) -> int:
        return self.entries[-1].after_fen if self.entries else self.opening_fen


def read_statement(
    conn: Connection, ctx: Context, account_id: str, first: str | None, last: str | None, most: int
) -> StatementRecord:
    """Return the statement of these days (ISO 8601), of which the last is at most today.

    Problems 404 `account.unknown`, 422 `statement.period`, 422 `statement.too_long` above `most` entries (params
    `most`).
    """
    account = read_own_account(conn, ctx, account_id)
    begins, ends = _day("first", first), min(_day("last", last), ctx.today)
    if begins > ends:
        raise invalid("first", "statement.period")
    within = EntrySearch(first=begins, last=ends)
    entries = newest_entries(conn, ctx.bank_id, account_id, within, limit=most + 1)
    if len(entries) > most:
        raise Problem(422, "statement.too_long", params={"most": most})
    entries.reverse()
    # The business date never goes back, so what was booked before the first day has smaller numbers.
    if entries:
        opening_fen = entries[0].after_fen - entries[0].change_fen
    else:
        newest = newest_entries(conn, ctx.bank_id, account_id, EntrySearch(last=begins), limit=1)
        opening_fen = newest[0].after_fen if newest else 0
    return StatementRecord(account, begins, ends, opening_fen, entries)


def _day(name: str, text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError as error:
        raise invalid(name, "statement.period") from error
