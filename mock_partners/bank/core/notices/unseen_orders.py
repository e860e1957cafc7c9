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
from partner_adapters.kit.pages.formats import plain_yuan
from partner_adapters.kit.values.texts import LANGS, Lang, Text

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


def _values(order: OrderRecord) -> dict[str, str | Text]:
    texts = TEXTS[MESSAGE]
    what = {lang: texts["what"][order.kind][lang] + _amount(order, lang) for lang in LANGS}
    return {"what": what, "unmoved": texts["unmoved"][order.kind], "reference": order.reference}


def _amount(order: OrderRecord, lang: Lang) -> str:
    if order.amount_fen is None:
        return ""
    return str(TEXTS[MESSAGE]["amount"][lang]).replace("$fen", plain_yuan(order.amount_fen))


def job(core: CoreServices) -> Job:
    """Return the job that tells the customers of every bank while the core runs."""

    async def run() -> None:
        for bank in core.settings.banks:
            tell_batch = partial(tell_customers, ctx=core.context(bank.bank_id, BankJob(JOB)))
            # Bound: each full batch marks its orders as told.
            while await core.store.write(tell_batch) == BATCH:
                pass

    return Job(JOB, EVERY_S, LEASE_S, run)
