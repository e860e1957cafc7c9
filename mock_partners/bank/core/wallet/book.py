"""Electronic accounts as the books see them: finding, crediting and debiting a wallet."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from mock_partners.bank.core import ledger, orders
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.actions import Action
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.chart import wallet
from mock_partners.bank.core.ledger.tables import posting
from mock_partners.bank.core.wallet.tables import account, bound_card
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Text


def find(conn: Connection, bank_id: str, *, account_id: str = "", customer_id: str = "") -> Row[Any] | None:
    """The account with its bound card, by its own id or by its customer's."""
    a, card = account.c, bound_card.c
    query = (
        select(account, card.card_token, card.bank_name, card.last_four.label("card_last_four"))
        .join(bound_card, (card.bank_id == a.bank_id) & (card.account_id == a.account_id))
        .where(a.bank_id == bank_id)
    )
    which = a.account_id == account_id if account_id else a.customer_id == customer_id
    return conn.execute(query.where(which)).first()


def own_account(conn: Connection, ctx: Context, account_id: str) -> Row[Any]:
    """Problem 404 `account.unknown` unless it belongs to a customer of the caller's partner."""
    found = find(conn, ctx.bank_id, account_id=account_id) if account_id else None
    if found is None:
        raise Problem(404, "account.unknown")
    require_own_customer(conn, ctx, found.customer_id, "account.unknown")
    return found


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
    """Move money into the wallet: debit `against_code`, credit the wallet. Return the statement entry's id."""
    order, line = orders.find(conn, ctx.bank_id, intent), (against_code, wallet(account_id), amount_fen)
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
    """What the wallet holds, in fen."""
    return ledger.balance(conn, bank_id, wallet(account_id))


def own_shown(number: str) -> Text:
    """How a customer's electronic account reads in an order: 电子账户(3306)."""
    return shown({"zh": "电子账户", "en": "Electronic account"}, number[-4:])


def shown(bank_name: Text, last_four: str) -> Text:
    """An account or card as people see it: 中国银行(1234)."""
    return {lang: f"{name}{'' if lang == 'zh' else ' '}({last_four})" for lang, name in bank_name.items()}
