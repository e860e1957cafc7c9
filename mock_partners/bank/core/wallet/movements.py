"""Money into an electronic account, its balance, and what of it is available."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core import ledger
from mock_partners.bank.core.kernel.account_roles import INCOME_FEES
from mock_partners.bank.core.kernel.actions import Action
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.chart import wallet_code
from partner_adapters.kit.values.texts import Text


def credit(
    conn: Connection,
    ctx: Context,
    account_id: str,
    against_code: str,
    amount_fen: int,
    action: Action,
    intent: str,
    *,
    subject: str,
    reference: str = "",
    counterparty: Text | None = None,
    value_date: date | None = None,
    fee_fen: int = 0,
) -> str:
    """Move money into the account: debit `against_code`, credit the wallet. Return the statement entry's id.

    `fee_fen`: what the bank takes of it, in the same journal and as an entry of its own.
    """
    code = wallet_code(account_id)
    # After the money that it is taken from.
    fee = [(code, INCOME_FEES, fee_fen)] if fee_fen else []
    entry_id, *_ = ledger.post(
        conn,
        ctx,
        action,
        intent,
        [(against_code, code, amount_fen), *fee],
        subject=subject,
        value_date=value_date,
        reference=reference,
        counterparty=counterparty,
    )
    return str(entry_id)


def balance(conn: Connection, bank_id: str, account_id: str) -> int:
    """Return what the account holds, in fen."""
    return ledger.balance(conn, bank_id, wallet_code(account_id))


def available(conn: Connection, bank_id: str, account_id: str) -> int:
    """Return what may be taken from the account, in fen: its balance without what orders hold."""
    return ledger.available(conn, bank_id, wallet_code(account_id))
