"""The chart of accounts that every member bank has, and the wallets that come with customers' accounts."""

from __future__ import annotations

from sqlalchemy import Connection, select

from mock_partners.bank.core.kernel.account_roles import (
    INCOME_FEES,
    INCOME_INTEREST,
    INCOME_PENALTY,
    LOANS_INTEREST,
    LOANS_PENALTY,
    LOANS_PRINCIPAL,
    LOANS_REPAYMENTS,
    NETWORK_CLEARING,
    SUSPENSE,
    WALLET,
)
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.accounts import AccountKind, open_account
from mock_partners.bank.core.ledger.tables import ledger_account

CHART: dict[str, AccountKind] = {
    NETWORK_CLEARING: AccountKind.ASSET,
    LOANS_PRINCIPAL: AccountKind.ASSET,
    LOANS_INTEREST: AccountKind.ASSET,
    LOANS_PENALTY: AccountKind.ASSET,
    LOANS_REPAYMENTS: AccountKind.LIABILITY,
    SUSPENSE: AccountKind.LIABILITY,
    INCOME_INTEREST: AccountKind.INCOME,
    INCOME_PENALTY: AccountKind.INCOME,
    INCOME_FEES: AccountKind.INCOME,
}


def open_chart(conn: Connection, ctx: Context) -> None:
    """Open the accounts of the chart that the bank does not have yet."""
    t = ledger_account.c
    present = set(conn.execute(select(t.code).where(t.bank_id == ctx.bank_id, t.code.in_(CHART))).scalars())
    for code, kind in CHART.items():
        if code not in present:
            open_account(conn, ctx, code, kind)


def open_wallet(conn: Connection, ctx: Context, account_id: str, ceiling_fen: int | None = None) -> None:
    """Open the ledger account of a customer account: a liability that never falls below zero.

    `ceiling_fen`: the most that an account of its class may contain.
    """
    open_account(
        conn,
        ctx,
        wallet_code(account_id),
        AccountKind.LIABILITY,
        role=WALLET,
        owner_id=account_id,
        floor_fen=0,
        ceiling_fen=ceiling_fen,
    )


def wallet_code(account_id: str) -> str:
    """Return the code of a customer account's ledger account."""
    return f"wallet:{account_id}"
