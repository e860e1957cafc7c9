"""The statement: every posting on the wallet is one entry, newest first, in pages whose cursor never shifts."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.wallet.records import (
    AccountRecord,
    EntryRecord,
    find_entry,
    newest_entries,
    read_own_account,
)
from mock_partners.bank.core.wallet.search import read_search, total
from mock_partners.bank.core.wallet.wire import entry_to_wire
from partner_adapters.core_bank.accounts import Entry, EntryPage
from partner_adapters.kit.values.problems import Problem, invalid

MAX_ENTRIES_A_PAGE = 100
ENTRIES_A_PAGE = 20
# Posting ids are 64-bit integers; every number of at most 18 digits fits.
MAX_ID_DIGITS = 18


def show_page(conn: Connection, ctx: Context, account_id: str, parameters: Mapping[str, str]) -> EntryPage:
    """Return the newest entries that the search in `parameters` finds, older than `cursor`.

    Problems 404 `account.unknown`; 422 `cursor.malformed`, `limit.malformed`, `search.malformed`.
    """
    read_own_account(conn, ctx, account_id)
    asked = dict(parameters)
    cursor, page_length = asked.pop("cursor", None), _page_length(asked.pop("limit", None))
    search = read_search(asked)
    before = None if cursor is None else _parse_number(cursor, invalid("cursor", "cursor.malformed"))
    # One more than the page shows, to know whether another page follows.
    entries = newest_entries(conn, ctx.bank_id, account_id, search, before=before, limit=page_length + 1)
    items = [entry_to_wire(entry) for entry in entries[:page_length]]
    return EntryPage(
        items=items,
        next_cursor=items[-1].entry_id if len(entries) > page_length else None,
        found=total(conn, ctx.bank_id, account_id, search) if before is None else None,
    )


def show_entry(conn: Connection, ctx: Context, account_id: str, entry_id: str) -> Entry:
    """Return one entry. Problems 404 `account.unknown`, `entry.unknown`."""
    return entry_to_wire(read_entry(conn, ctx, read_own_account(conn, ctx, account_id), entry_id))


def read_entry(conn: Connection, ctx: Context, account: AccountRecord, entry_id: str) -> EntryRecord:
    """Return one entry of the account. Problem 404 `entry.unknown`."""
    unknown = Problem(404, "entry.unknown")
    entry = find_entry(conn, ctx.bank_id, account.account_id, _parse_number(entry_id, unknown))
    if entry is None:
        raise unknown
    return entry


def _parse_number(text: str, problem: Problem) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS):
        raise problem
    return int(text)


def _page_length(limit: str | None) -> int:
    if limit is None:
        return ENTRIES_A_PAGE
    malformed = invalid("limit", "limit.malformed")
    number = _parse_number(limit, malformed)
    if not 1 <= number <= MAX_ENTRIES_A_PAGE:
        raise malformed
    return number
