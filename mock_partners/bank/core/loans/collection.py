"""Taking what is due from the borrower's own account when the day is closed: all of it, or what is there.

A day that is closed late is closed as that day: the money counts for it only as far as the account held it
then and ever since. Whatever is missing is tried again each day.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, select

from mock_partners.bank.core import orders
from mock_partners.bank.core import wallet as accounts
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.chart import wallet
from mock_partners.bank.core.ledger.tables import journal, posting_side
from mock_partners.bank.core.loans.servicing import Taken, take_payment
from mock_partners.bank.core.notices.text_messages import tell
from partner_adapters.kit.values.money import fen_to_wire

STEPS = ("booked",)
_side = posting_side.c


def collect(conn: Connection, ctx: Context, one: Row[Any], at: Position) -> Position:
    """Collect for the position's day; returns where the loan stands after it."""
    account = accounts.find(conn, ctx.bank_id, account_id=one.account_id)
    assert account is not None
    due_fen = at.due.total_fen
    amount_fen = min(due_fen, held_since(conn, ctx.bank_id, one.account_id, at.day))
    if account.state == "open" and amount_fen > 0:
        at = _take(conn, ctx, one, at, account, amount_fen).after
    if at.day in [row.due_on for row in at.instalments] and at.due.total_fen:
        tell(
            conn,
            ctx,
            one.customer_id,
            "repayment_missed",
            last_four=account.number[-4:],
            due_on=at.day.isoformat(),
            missing=fen_to_wire(at.due.total_fen),
        )
    return at


def held_since(conn: Connection, bank_id: str, account_id: str, day: date) -> int:
    """The least that the account held at the end of `day` and of every day after it, and holds now, in fen."""
    code = wallet(account_id)
    moved = (
        select(journal.c.value_date, func.sum(_side.change_fen))
        .join(journal, (journal.c.bank_id == _side.bank_id) & (journal.c.journal_id == _side.journal_id))
        .where(_side.bank_id == bank_id, _side.code == code, journal.c.value_date > day)
        .group_by(journal.c.value_date)
        .order_by(journal.c.value_date.desc())
    )
    least = held = accounts.balance(conn, bank_id, account_id)
    for _, change_fen in conn.execute(moved):
        held -= int(change_fen)
        least = min(least, held)
    return least


def _take(
    conn: Connection,
    ctx: Context,
    one: Row[Any],
    at: Position,
    account: Row[Any],
    amount_fen: int,
) -> Taken:
    intent = f"{orders.OWN}{one.loan_id}-{at.day}"
    reference = orders.start(
        conn,
        ctx,
        kind="repayment",
        intent=intent,
        customer_id=one.customer_id,
        partner=one.partner,
        amount_fen=amount_fen,
        source=accounts.own_shown(account.number),
        target=one.product_name,
        steps=STEPS,
    )
    taken = take_payment(conn, ctx, one, at, amount_fen, kind="due", origin="collection", intent=intent)
    orders.succeed(conn, ctx, intent, taken.result(one.loan_id))
    tell(
        conn,
        ctx,
        one.customer_id,
        "repayment_collected",
        last_four=account.number[-4:],
        amount=fen_to_wire(amount_fen),
        balance=fen_to_wire(accounts.balance(conn, ctx.bank_id, one.account_id)),
        reference=reference,
    )
    return taken
