"""The queue in which a request's command waits: that of the customer whom its path is about."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Column, bindparam, select

from mock_partners.bank.core.credit.tables import application, contract
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.lines.tables import credit_line
from mock_partners.bank.core.loans.tables import loan
from mock_partners.bank.core.orders.tables import customer_order, difference
from mock_partners.bank.core.wallet.tables import account
from partner_adapters.kit.durable.keyed_read import KeyedRead


def _customer_by(key: Column[str]) -> KeyedRead:
    columns = key.table.c
    return KeyedRead(
        select(columns.customer_id).where(columns.bank_id == bindparam("bank"), key == bindparam("id"))
    )


# Whom an id of a path belongs to, by the parameter's name. It never changes, so it may be read before the queue.
_CUSTOMER_BY: Mapping[str, KeyedRead] = {
    "account_id": _customer_by(account.c.account_id),
    "application_id": _customer_by(application.c.application_id),
    "contract_id": _customer_by(contract.c.contract_id),
    "line_id": _customer_by(credit_line.c.line_id),
    "loan_id": _customer_by(loan.c.loan_id),
    "intent": _customer_by(customer_order.c.intent),
    "difference_id": KeyedRead(
        select(customer_order.c.customer_id)
        .join(
            difference,
            (difference.c.bank_id == customer_order.c.bank_id)
            & (difference.c.subject == customer_order.c.intent),
        )
        .where(difference.c.bank_id == bindparam("bank"), difference.c.difference_id == bindparam("id"))
    ),
}


async def find_queue(core: CoreServices, ctx: Context, ids: Mapping[str, str]) -> str:
    """Return the queue of the customer whom these ids of a path are about; none where they name no customer."""
    if core.store.is_sqlite:  # its only writer is a queue for all
        return ""
    if "customer_id" in ids:
        return ctx.queue_of(ids["customer_id"])
    for name in _CUSTOMER_BY.keys() & ids.keys():
        rows = await core.store.read_by_key(_CUSTOMER_BY[name], {"bank": ctx.bank_id, "id": ids[name]})
        return ctx.queue_of(rows[0].customer_id) if rows else ""
    return ""
