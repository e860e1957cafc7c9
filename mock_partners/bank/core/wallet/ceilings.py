"""The most that an account may contain, by its class. The database keeps a balance below it (`ledger_account`).

It is stated again before money comes in, because the figures of the rules change by date. An account that contains more
than new rules allow keeps what it has, and takes nothing in.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, literal, null, select, update

from mock_partners.bank.core.kernel.actions import bringing_kinds
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.chart import wallet_code
from mock_partners.bank.core.ledger.tables import ledger_account
from mock_partners.bank.core.orders.tables import customer_order
from mock_partners.bank.core.wallet.counters import rules_of
from mock_partners.bank.core.wallet.movements import balance
from mock_partners.bank.core.wallet.records import AccountRecord
from partner_adapters.core_bank.orders import OrderState

_t = ledger_account.c
_o = customer_order.c


def room(conn: Connection, ctx: Context, account: AccountRecord) -> int | None:
    """Return what may still be ordered into the account, in fen. None: its class has no such limit.

    What is on its way in counts. What is on its way out does not, because it may come back.
    """
    left_fen = _left(conn, ctx, account)
    return None if left_fen is None else max(left_fen - _on_its_way(conn, ctx, account), 0)


def fits(conn: Connection, ctx: Context, account: AccountRecord, amount_fen: int) -> bool:
    """Whether the account may contain this amount besides what it contains now."""
    left_fen = _left(conn, ctx, account)
    return left_fen is None or amount_fen <= left_fen


def state_ceiling(conn: Connection, ctx: Context, account: AccountRecord) -> None:
    """Have the database hold the account to the rules of today. Before money comes in, in its transaction."""
    most_fen = rules_of(ctx, account).balance_most_fen
    if most_fen is None:
        _state(conn, ctx, account.account_id, null(), _t.ceiling_fen.is_not(None))
        return
    most = case((_t.balance_fen > most_fen, _t.balance_fen), else_=literal(most_fen))
    _state(conn, ctx, account.account_id, most, _t.ceiling_fen.is_distinct_from(most))


def make_room(conn: Connection, ctx: Context, account_id: str, amount_fen: int) -> None:
    """Let the customer's own money come back, also where other money has filled the account meanwhile."""
    wanted = _t.balance_fen + amount_fen
    _state(conn, ctx, account_id, wanted, _t.ceiling_fen < wanted)


def _state(
    conn: Connection, ctx: Context, account_id: str, ceiling: ColumnElement[Any], changed: ColumnElement[bool]
) -> None:
    this = (_t.bank_id == ctx.bank_id, _t.code == wallet_code(account_id))
    conn.execute(update(ledger_account).where(*this, changed).values(ceiling_fen=ceiling))


def _left(conn: Connection, ctx: Context, account: AccountRecord) -> int | None:
    most_fen = rules_of(ctx, account).balance_most_fen
    return None if most_fen is None else most_fen - balance(conn, ctx.bank_id, account.account_id)


def _on_its_way(conn: Connection, ctx: Context, account: AccountRecord) -> int:
    query = select(func.coalesce(func.sum(_o.amount_fen), 0)).where(
        _o.bank_id == ctx.bank_id,
        _o.customer_id == account.customer_id,
        _o.state == OrderState.PROCESSING,
        _o.kind.in_(bringing_kinds()),
    )
    return int(conn.execute(query).scalar_one())
