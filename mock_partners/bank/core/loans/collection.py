"""Collecting what is due from the borrower's own account when a day is closed: all of it, or what is there.

A day that is closed late is closed as of that day. Only money counts that the account held then and ever since.
Whatever is missing is collected on one of the following days, as far as the account holds it.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, func, select

from mock_partners.bank.core import orders
from mock_partners.bank.core import wallet as accounts
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.chart import wallet_code
from mock_partners.bank.core.ledger.tables import journal, posting_side
from mock_partners.bank.core.loans.records import LoanRecord
from mock_partners.bank.core.loans.servicing import BookedPayment, PaymentTerms, take_payment
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.wallet import holds
from mock_partners.bank.core.wallet.states import AccountEvent
from partner_adapters.kit.values.money import fen_to_wire

STEPS = ("booked",)
_side = posting_side.c


def collect_due(conn: Connection, ctx: Context, loan: LoanRecord, position: Position) -> Position:
    """Collect for the position's day. Return the position afterwards."""
    account = accounts.find_account(conn, ctx.bank_id, loan.account_id)
    assert account is not None, "a loan refers to its account"
    due_fen = position.due.total_fen
    amount_fen = min(due_fen, least_held_since(conn, ctx.bank_id, loan.account_id, position.day))
    if account.allows(AccountEvent.REPAY) and amount_fen > 0:
        position = _take_due(conn, ctx, loan, position, account.number, amount_fen).after
    is_due_day = any(instalment.due_on == position.day for instalment in position.instalments)
    # On the due day only: on the days after it the customer knows.
    if is_due_day and position.due.total_fen:
        notify_customer(
            conn,
            ctx,
            loan.customer_id,
            "repayment_missed",
            last_four=account.number[-4:],
            due_on=position.day.isoformat(),
            missing=fen_to_wire(position.due.total_fen),
        )
    return position


def least_held_since(conn: Connection, bank_id: str, account_id: str, day: date) -> int:
    """Return the least that the account contained at the end of `day`, of every day after it, and now, in fen.

    What an order holds counts as gone from the day on which it was ordered: it may be booked for value on that day.
    """
    code = wallet_code(account_id)
    changes_by_day = (
        select(journal.c.value_date, func.sum(_side.change_fen))
        .join(journal, (journal.c.bank_id == _side.bank_id) & (journal.c.journal_id == _side.journal_id))
        .where(_side.bank_id == bank_id, _side.code == code, journal.c.value_date > day)
        .group_by(journal.c.value_date)
    )
    changes = {value_date: int(change_fen) for value_date, change_fen in conn.execute(changes_by_day)}
    for held_on, amount_fen in holds.held_by_day(conn, bank_id, account_id).items():
        if held_on > day:
            changes[held_on] = changes.get(held_on, 0) - amount_fen
    least_fen = contained_fen = accounts.available(conn, bank_id, account_id)
    # Backwards from today: the balance before a day is the balance after it less its changes.
    for changed_on in sorted(changes, reverse=True):
        contained_fen -= changes[changed_on]
        least_fen = min(least_fen, contained_fen)
    return max(least_fen, 0)


def _take_due(
    conn: Connection,
    ctx: Context,
    loan: LoanRecord,
    position: Position,
    account_number: str,
    amount_fen: int,
) -> BookedPayment:
    # One order a loan and day: the same day closed twice is refused by the order's key.
    intent = f"{orders.OWN}{loan.loan_id}-{position.day}"
    reference = orders.start(
        conn,
        ctx,
        kind="repayment",
        intent=intent,
        customer_id=loan.customer_id,
        partner=loan.partner,
        amount_fen=amount_fen,
        source=accounts.account_label(account_number),
        target=loan.product_name,
        steps=STEPS,
    )
    payment = PaymentTerms(kind="due", origin="collection", intent=intent, reference=reference)
    booked = take_payment(conn, ctx, loan, position, amount_fen, payment)
    orders.succeed(conn, ctx, intent, booked.order_result(loan.loan_id))
    notify_customer(
        conn,
        ctx,
        loan.customer_id,
        "repayment_collected",
        last_four=account_number[-4:],
        amount=fen_to_wire(amount_fen),
        balance=fen_to_wire(accounts.balance(conn, ctx.bank_id, loan.account_id)),
        reference=reference,
    )
    return booked
