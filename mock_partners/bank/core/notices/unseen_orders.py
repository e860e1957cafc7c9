"""A job that sends one text message about each order that failed after its customer had left the page.

An order whose failure a page showed within `TELL_AFTER` needs none. Orders that succeed send their own message at once.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from mock_partners.bank.core import orders
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.notices.text_messages import TEXTS, notify_customer
from mock_partners.bank.core.orders import OrderRecord
from partner_adapters.kit.durable.jobs import Job
from partner_adapters.kit.values.money import fen_to_people

JOB = "notices.unseen_orders"
MESSAGE = "order_failed"
# An open page that waits for an order asks at least every 30 seconds. After twice that time it must have been closed.
TELL_AFTER = timedelta(seconds=60)
EVERY_S = 5.0
LEASE_S = 30.0
# Orders in one transaction, so that none holds its locks for long.
BATCH = 100


def tell_customers(conn: Connection, ctx: Context) -> int:
    """Enqueue the messages that are due at this bank, at most `BATCH`; return how many."""
    untold = orders.untold_orders(conn, ctx.bank_id, ctx.now - TELL_AFTER, BATCH)
    for order in untold:
        notify_customer(conn, ctx, order.customer_id, MESSAGE, **_values(order))
        orders.mark_told(conn, ctx, order.intent)
    return len(untold)


def _values(order: OrderRecord) -> dict[str, str]:
    texts = TEXTS[MESSAGE]
    amount = (
        ""
        if order.amount_fen is None
        else texts["amount"].replace("$fen", fen_to_people(order.amount_fen).removesuffix(".00"))
    )
    return {
        "what": texts["what"][order.kind] + amount,
        "unmoved": texts["unmoved"][order.kind],
        "reference": order.reference,
    }


def job(core: CoreServices) -> Job:
    """Return the job that tells the customers of every bank while the core runs."""

    async def run() -> None:
        for bank in core.settings.banks:
            tell_batch = partial(tell_customers, ctx=core.context(bank.bank_id, BankJob(JOB)))
            # Bound: each full batch marks its orders as told.
            while await core.store.write(tell_batch) == BATCH:
                pass

    return Job(JOB, EVERY_S, LEASE_S, run)
