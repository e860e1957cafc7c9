"""Money into an electronic account, and its balance."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, select

from mock_partners.bank.core import ledger, orders
from mock_partners.bank.core.kernel.actions import Action
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.chart import wallet_code
from mock_partners.bank.core.ledger.tables import posting
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
    counterparty: Text | None = None,
    value_date: date | None = None,
) -> str:
    """Move money into the account: debit `against_code`, credit the wallet. Return the statement entry's id."""
    order, line = orders.find(conn, ctx.bank_id, intent), (against_code, wallet_code(account_id), amount_fen)
    reference = order.reference if order else ""
    journal_id = ledger.post(
        conn,
        ctx,
        action,
        intent,
        [line],
        subject=subject,
        value_date=value_date,
        reference=reference,
        counterparty=counterparty,
    )
    t = posting.c
    made = select(t.posting_id).where(t.bank_id == ctx.bank_id, t.journal_id == journal_id)
    return str(conn.execute(made).scalar_one())


def balance(conn: Connection, bank_id: str, account_id: str) -> int:
    """Return what the account holds, in fen."""
    return ledger.balance(conn, bank_id, wallet_code(account_id))
