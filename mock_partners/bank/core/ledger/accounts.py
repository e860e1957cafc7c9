"""Ledger accounts by code: one chart a bank, and one account for each customer's wallet."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Connection, insert, select

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.tables import ledger_account


class AccountKind(StrEnum):
    ASSET = "asset"
    EXPENSE = "expense"
    LIABILITY = "liability"
    INCOME = "income"
    EQUITY = "equity"


DEBIT_KINDS = (AccountKind.ASSET, AccountKind.EXPENSE)
"""Their balances rise by debits; those of the other kinds by credits."""


class UnknownAccount(LookupError):
    """No ledger account has this code at this bank."""


def open_account(
    conn: Connection, ctx: Context, code: str, kind: AccountKind, floor_fen: int | None = None
) -> None:
    """Open an account with balance 0; the database refuses balances under `floor_fen`, and a code used before."""
    conn.execute(
        insert(ledger_account).values(
            bank_id=ctx.bank_id, code=code, kind=kind, floor_fen=floor_fen, balance_fen=0, last_posting_id=0
        )
    )


def balance(conn: Connection, bank_id: str, code: str) -> int:
    """Fen, in the account's own direction. Raises `UnknownAccount`."""
    t = ledger_account.c
    query = select(t.balance_fen).where(t.bank_id == bank_id, t.code == code)
    found = conn.execute(query).scalar_one_or_none()
    if found is None:
        raise UnknownAccount(f"{bank_id} {code}")
    return int(found)
