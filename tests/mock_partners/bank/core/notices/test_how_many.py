"""How many text messages a customer gets: of a kind that can be turned off no flood, of any other kind all."""

from __future__ import annotations

from datetime import timedelta

import pytest
import structlog
from sqlalchemy import Connection, func, select

from mock_partners.bank.core.kernel.limits import TEXT_MESSAGES
from mock_partners.bank.core.kernel.tables import limit_use, outbox
from mock_partners.bank.core.notices.text_messages import TEXTS, notify_customer
from mock_partners.bank.core.verification import card_checks
from partner_adapters.kit.values.texts import Text
from tests.support.houses.core import LI, TestBank

pytestmark = pytest.mark.anyio
FAILED = TEXTS["order_failed"]


async def notify(bank: TestBank, customer_id: str, kind: str, **values: str | Text) -> None:
    ctx = bank.context()
    await bank.store.write(lambda conn: notify_customer(conn, ctx, customer_id, kind, **values))


async def enqueued(bank: TestBank, kind: str) -> int:
    def count(conn: Connection) -> int:
        rows = conn.execute(select(outbox.c.payload).where(outbox.c.kind == "message.send")).scalars()
        return sum(payload["message"] == kind for payload in rows)

    return await bank.store.read(count)


async def uses(bank: TestBank) -> int:
    return await bank.store.read(
        lambda conn: conn.execute(select(func.count()).select_from(limit_use)).scalar_one()
    )


async def test_a_flood_of_failures_is_not_a_flood_of_messages_and_hides_no_other(bank: TestBank) -> None:
    customer_id = (await bank.customer(LI)).customer_id
    failed = {"what": FAILED["what"]["top_up"], "unmoved": FAILED["unmoved"]["top_up"], "reference": "R"}
    for _ in range(TEXT_MESSAGES.most):
        await notify(bank, customer_id, "order_failed", **failed)
    with structlog.testing.capture_logs() as logs:
        await notify(bank, customer_id, "order_failed", **failed)
    assert await enqueued(bank, "order_failed") == TEXT_MESSAGES.most
    assert [(each["event"], each["kind"]) for each in logs] == [("limit.reached", "text_messages")]
    # What must be said is always said.
    for _ in range(TEXT_MESSAGES.most + 1):
        await notify(bank, customer_id, "address_changed")
    assert await enqueued(bank, "address_changed") == TEXT_MESSAGES.most + 1
    bank.clock.advance(TEXT_MESSAGES.within)
    await notify(bank, customer_id, "order_failed", **failed)
    assert await enqueued(bank, "order_failed") == TEXT_MESSAGES.most + 1


async def test_what_counts_no_more_is_deleted(bank: TestBank) -> None:
    customer_id = (await bank.customer(LI)).customer_id
    failed = {"what": FAILED["what"]["top_up"], "unmoved": FAILED["unmoved"]["top_up"], "reference": "R"}
    await notify(bank, customer_id, "order_failed", **failed)
    bank.clock.advance(TEXT_MESSAGES.within - timedelta(seconds=1))
    await card_checks.job(bank.core).run()
    assert await uses(bank) == 1
    bank.clock.advance(timedelta(seconds=1))
    await card_checks.job(bank.core).run()
    assert await uses(bank) == 0
