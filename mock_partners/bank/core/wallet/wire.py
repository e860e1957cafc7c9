"""An account as its owner sees it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.wallet import book
from partner_adapters.core_bank.accounts import Account, BoundCard


def show(conn: Connection, ctx: Context, account_id: str) -> Account:
    """Return an own customer's account. Problem 404 `account.unknown`."""
    return shown(conn, ctx, book.own_account(conn, ctx, account_id))


def shown(conn: Connection, ctx: Context, account: Row[Any]) -> Account:
    """Return the wire form. Transfers from the bound card use up no daily or yearly limit."""
    return Account(
        account_id=account.account_id,
        last_four=account.number[-4:],
        account_class="II",
        state=account.state,
        balance_fen=book.balance(conn, ctx.bank_id, account.account_id),
        bound_card=BoundCard(bank_name=account.bank_name, last_four=account.card_last_four),
        opened_on=account.opened_on,
        top_up_min_fen=ctx.parameters.top_up_min_fen,
        top_up_max_fen=ctx.parameters.top_up_max_fen,
    )
