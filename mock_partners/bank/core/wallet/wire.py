"""An account as its owner sees it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.settings import Parameters
from mock_partners.bank.core.wallet import book
from partner_adapters.core_bank.accounts import Account, BoundCard


def show(conn: Connection, ctx: Context, limits: Parameters, account: Row[Any]) -> Account:
    """`account` is a row of `book.find`. Transfers from the bound card use up no daily or yearly limit."""
    return Account(
        account_id=account.account_id,
        last_four=account.number[-4:],
        account_class="II",
        state=account.state,
        balance_fen=book.balance(conn, ctx.bank_id, account.account_id),
        bound_card=BoundCard(bank_name=account.bank_name, last_four=account.card_last_four),
        opened_on=account.opened_on,
        top_up_min_fen=limits.top_up_min_fen,
        top_up_max_fen=limits.top_up_max_fen,
    )
