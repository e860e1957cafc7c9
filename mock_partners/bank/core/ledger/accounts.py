"""Ledger accounts by code: one chart for each bank, and one account for each customer's wallet."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Connection, insert, select

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.tables import ledger_account, ledger_balance


class AccountKind(StrEnum):
    ASSET = "asset"
    EXPENSE = "expense"
    LIABILITY = "liability"
    INCOME = "income"
    EQUITY = "equity"


# Debits raise their balances; credits raise those of the other kinds.
DEBIT_KINDS = (AccountKind.ASSET, AccountKind.EXPENSE)


class UnknownAccount(LookupError):
    """The bank has no ledger account with this code."""


def open_account(
    conn: Connection,
    ctx: Context,
    code: str,
    kind: AccountKind,
    *,
    role: str = "",
    owner_id: str | None = None,
    floor_fen: int | None = None,
    ceiling_fen: int | None = None,
) -> None:
    """Open an account with balance 0. The database refuses balances under `floor_fen` or above `ceiling_fen`, and a
    code used before.

    Without a floor the account stores no balance: its postings are summed. `role` says what the account is for
    (`kernel/account_roles.py`). The role of a control account is its code.
    """
    conn.execute(
        insert(ledger_account).values(
            bank_id=ctx.bank_id,
            code=code,
            role=role or code,
            owner_id=owner_id,
            kind=kind,
            floor_fen=floor_fen,
            ceiling_fen=ceiling_fen,
            balance_fen=None if floor_fen is None else 0,
            last_posting_id=None if floor_fen is None else 0,
        )
    )


def balance(conn: Connection, bank_id: str, code: str) -> int:
    """Return the balance in fen, in the account's own direction. Raises `UnknownAccount`."""
    t = ledger_balance.c
    query = select(t.balance_fen).where(t.bank_id == bank_id, t.code == code)
    balance_fen = conn.execute(query).scalar_one_or_none()
    if balance_fen is None:
        raise UnknownAccount(f"{bank_id} {code}")
    return int(balance_fen)


def available(conn: Connection, bank_id: str, code: str) -> int:
    """Return the stored balance without what orders hold of it, in fen. Raises `UnknownAccount`."""
    t = ledger_account.c
    query = select(t.balance_fen - t.held_fen).where(t.bank_id == bank_id, t.code == code)
    available_fen = conn.execute(query).scalar_one_or_none()
    if available_fen is None:
        raise UnknownAccount(f"{bank_id} {code}")
    return int(available_fen)


def read_role(conn: Connection, bank_id: str, code: str) -> str:
    """Return what the account is for. Raises `UnknownAccount`."""
    t = ledger_account.c
    role = conn.execute(select(t.role).where(t.bank_id == bank_id, t.code == code)).scalar_one_or_none()
    if role is None:
        raise UnknownAccount(f"{bank_id} {code}")
    return str(role)
