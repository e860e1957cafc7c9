"""Reminders of payments, three days before and on the day: a text message, and a message that the pages keep.

Each says the amount and whether the account covers it. A day without the job, such as one that a tester skipped, sends
nothing afterwards: a late reminder would name a day that has passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from sqlalchemy import Connection, func, insert, select

from mock_partners.bank.core import wallet
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.loans.records import (
    LoanRecord,
    positions_of_loans,
    unsettled_loans_of_customer,
)
from mock_partners.bank.core.loans.states import LOAN_STATES, LoanEvent
from mock_partners.bank.core.loans.tables import loan
from mock_partners.bank.core.loans.wire import next_due_to_wire
from mock_partners.bank.core.notices.tables import reminder, reminder_day
from mock_partners.bank.core.notices.text_messages import notify_customer
from partner_adapters.kit.durable.jobs import Job
from partner_adapters.kit.values.money import fen_to_wire
from partner_adapters.kit.web.logs import log

JOB = "end_of_day.reminders"
# By the kind of reminder: how long before the due date it is sent.
KINDS: Mapping[str, timedelta] = {"coming": timedelta(days=3), "today": timedelta(0)}
# Not before this hour of the bank's day, so that no reminder wakes a customer.
FROM_HOUR = 9
EVERY_S = 60.0
LEASE_S = 50.0
_open = loan.c.state.in_(LOAN_STATES.states_allowing(LoanEvent.REPAY))


@dataclass(frozen=True)
class Payment:
    """A payment that is due, and what the account lacks for it after the earlier ones."""

    loan: LoanRecord
    due_on: date
    amount_fen: int
    missing_fen: int


def job(core: CoreServices) -> Job:
    """Return the job that runs `send_reminders` on one node at a time."""
    return Job(JOB, EVERY_S, LEASE_S, partial(send_reminders, core))


async def send_reminders(core: CoreServices) -> None:
    """Send today's reminders of every bank, once."""
    for bank in core.settings.banks:
        ctx = core.context(bank.bank_id, BankJob(JOB))
        if ctx.now.hour < FROM_HOUR or await core.store.read(partial(_is_done, ctx=ctx)):
            continue
        is_complete = True
        for customer_id in await core.store.read(partial(_borrowers, ctx=ctx)):
            # One transaction a customer: one failure must not hold up the others.
            try:
                await core.store.write(
                    partial(remind_customer, ctx=ctx, customer_id=customer_id),
                    queue=ctx.queue_of(customer_id),
                )
            except Exception:
                is_complete = False
                log.exception("reminder.failed", bank_id=ctx.bank_id, customer_id=customer_id)
        if is_complete:
            await core.store.write(partial(_mark_done, ctx=ctx))


def remind_customer(conn: Connection, ctx: Context, customer_id: str) -> None:
    """Send the reminders that are due to one customer today. Each is sent once, however often this runs."""
    for payment in _payments(conn, ctx, customer_id):
        for kind, before in KINDS.items():
            if payment.due_on == ctx.today + before and not _is_sent(conn, ctx, payment, kind):
                _send(conn, ctx, payment, kind)


def _payments(conn: Connection, ctx: Context, customer_id: str) -> list[Payment]:
    """Return the next payment of each loan, earliest first: in this order the account serves them."""
    loans = unsettled_loans_of_customer(conn, ctx.bank_id, customer_id)
    positions = positions_of_loans(conn, loans, ctx.today)
    upcoming = [(one, next_due_to_wire(position)) for one, position in zip(loans, positions, strict=True)]
    held_fen = wallet.available(conn, ctx.bank_id, loans[0].account_id) if loans else 0
    payments = []
    for one, due in sorted(
        ((one, due) for one, due in upcoming if due is not None), key=lambda pair: pair[1].due_on
    ):
        missing_fen = max(due.total_fen - max(held_fen, 0), 0)
        held_fen -= due.total_fen
        payments.append(Payment(one, due.due_on, due.total_fen, missing_fen))
    return payments


def _send(conn: Connection, ctx: Context, payment: Payment, kind: str) -> None:
    conn.execute(
        insert(reminder).values(
            bank_id=ctx.bank_id,
            loan_id=payment.loan.loan_id,
            due_on=payment.due_on,
            kind=kind,
            customer_id=payment.loan.customer_id,
            amount_fen=payment.amount_fen,
            missing_fen=payment.missing_fen,
            sent_at=ctx.now,
        )
    )
    account = wallet.find_account(conn, ctx.bank_id, payment.loan.account_id)
    assert account is not None, "a loan refers to its account"
    values = {"due_on": payment.due_on.isoformat(), "amount": fen_to_wire(payment.amount_fen)}
    if payment.missing_fen:
        values["missing"] = fen_to_wire(payment.missing_fen)
    message = f"repayment_{kind}_short" if payment.missing_fen else f"repayment_{kind}"
    notify_customer(conn, ctx, payment.loan.customer_id, message, last_four=account.number[-4:], **values)


def _is_sent(conn: Connection, ctx: Context, payment: Payment, kind: str) -> bool:
    t = reminder.c
    same = (t.loan_id == payment.loan.loan_id, t.due_on == payment.due_on, t.kind == kind)
    return conn.execute(select(t.kind).where(t.bank_id == ctx.bank_id, *same)).first() is not None


def _borrowers(conn: Connection, ctx: Context) -> list[str]:
    query = select(loan.c.customer_id).distinct().where(loan.c.bank_id == ctx.bank_id, _open)
    return list(conn.execute(query.order_by(loan.c.customer_id)).scalars())


def _is_done(conn: Connection, ctx: Context) -> bool:
    t = reminder_day.c
    done = select(t.day).where(t.bank_id == ctx.bank_id, t.day == ctx.today)
    return conn.execute(done).first() is not None


def _mark_done(conn: Connection, ctx: Context) -> None:
    # Another node may have marked it.
    if _is_done(conn, ctx):
        return
    t = reminder.c
    due = [t.due_on == ctx.today + before for before in KINDS.values()]
    sent = select(func.count()).where(t.bank_id == ctx.bank_id, due[0] | due[1])
    conn.execute(
        insert(reminder_day).values(
            bank_id=ctx.bank_id,
            day=ctx.today,
            reminders=conn.execute(sent).scalar_one(),
            done_at=ctx.now,
        )
    )
