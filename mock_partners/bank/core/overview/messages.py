"""The messages that a customer's pages keep for good."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.cases.records import CaseRecord, cases_of_customer
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.notices.records import ReminderRecord, reminders_of_customer
from mock_partners.bank.core.orders import OrderRecord, failed_orders_of_customer
from partner_adapters.core_bank.customer_messages import CustomerMessage, CustomerMessageList

MAX_MESSAGES = 200


def messages(conn: Connection, ctx: Context, customer_id: str) -> CustomerMessageList:
    """Return the customer's messages, the newest first. Problem 404 `customer.unknown`."""
    require_own_customer(conn, ctx, customer_id)
    items = [
        *map(_of_failed_order, failed_orders_of_customer(conn, ctx.bank_id, customer_id)),
        *map(_of_reminder, reminders_of_customer(conn, ctx.bank_id, customer_id)),
        *(_of_case(case) for case in cases_of_customer(conn, ctx.bank_id, customer_id) if case.answer),
    ]
    newest = sorted(items, key=lambda message: message.at, reverse=True)
    return CustomerMessageList(items=newest[:MAX_MESSAGES])


def _of_failed_order(order: OrderRecord) -> CustomerMessage:
    return CustomerMessage(
        kind="order_failed",
        ref=order.key,
        at=order.ended_at or order.created_at,
        order_kind=order.kind,
        amount_fen=order.amount_fen,
        seen=order.seen_at is not None,
    )


def _of_reminder(reminder: ReminderRecord) -> CustomerMessage:
    return CustomerMessage(
        kind="repayment_reminder",
        ref=reminder.loan_id,
        at=reminder.sent_at,
        amount_fen=reminder.amount_fen,
        due_on=reminder.due_on,
        missing_fen=reminder.missing_fen,
    )


def _of_case(case: CaseRecord) -> CustomerMessage:
    return CustomerMessage(
        kind="case_answered", ref=case.case_id, at=case.closed_at or case.opened_at, case_kind=case.kind
    )
