"""The statement: every posting on the wallet is one entry, newest first, paged by a cursor that never shifts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, select

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.chart import wallet
from mock_partners.bank.core.ledger.tables import journal, posting_side
from mock_partners.bank.core.wallet import book
from partner_adapters.core_bank.accounts import Entry, EntryPage
from partner_adapters.kit.values.problems import Problem, invalid

MOST_ENTRIES = 100
_NUMBER_DIGITS = 18


def show_page(
    conn: Connection, ctx: Context, account_id: str, cursor: str | None, limit: str | None
) -> EntryPage:
    """Return the newest entries older than `cursor`.

    Problems 404 `account.unknown`; 422 `cursor.malformed`, `limit.malformed`.
    """
    book.own_account(conn, ctx, account_id)
    most = _limit(limit)
    query = _entries(ctx, account_id).order_by(posting_side.c.posting_id.desc()).limit(most + 1)
    if cursor is not None:
        query = query.where(
            posting_side.c.posting_id < _number(cursor, invalid("cursor", "cursor.malformed"))
        )
    rows = conn.execute(query).all()
    items = [_entry(row) for row in rows[:most]]
    return EntryPage(items=items, next_cursor=items[-1].entry_id if len(rows) > most else None)


def show(conn: Connection, ctx: Context, account_id: str, entry_id: str) -> Entry:
    """Return one entry. Problems 404 `account.unknown`, `entry.unknown`."""
    book.own_account(conn, ctx, account_id)
    unknown = Problem(404, "entry.unknown")
    number = _number(entry_id, unknown)
    row = conn.execute(_entries(ctx, account_id).where(posting_side.c.posting_id == number)).first()
    if row is None:
        raise unknown
    return _entry(row)


def _entries(ctx: Context, account_id: str) -> Select[Any]:
    side, j = posting_side.c, journal.c
    return (
        select(posting_side, journal)
        .join(journal, (j.bank_id == side.bank_id) & (j.journal_id == side.journal_id))
        .where(side.bank_id == ctx.bank_id, side.code == wallet(account_id))
    )


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        entry_id=str(row.posting_id),
        kind=row.kind,
        direction="in" if row.change_fen > 0 else "out",
        amount_fen=abs(row.change_fen),
        balance_after_fen=row.after_fen,
        booked_at=row.booked_at,
        business_date=row.business_date,
        intent=row.intent,
        reference=row.reference,
        counterparty=row.counterparty,
    )


def _number(text: str, problem: Problem) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _NUMBER_DIGITS):
        raise problem
    return int(text)


def _limit(text: str | None) -> int:
    if text is None:
        return 20
    number = _number(text, invalid("limit", "limit.malformed"))
    if not 1 <= number <= MOST_ENTRIES:
        raise invalid("limit", "limit.malformed")
    return number
