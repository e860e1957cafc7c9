"""Orders that hold money, made without the command of any action: what holds and counters do is the same for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, update

from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.kernel.actions import TOP_UP
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import enqueue
from mock_partners.bank.core.kernel.tables import outbox
from mock_partners.bank.core.wallet import holds
from tests.support.houses.core import TestBank, new_intent

T = TypeVar("T")
# Any kind whose orders may fail would do. No command of the core makes a hold of it.
TO_BOUND_CARD = replace(TOP_UP, outflow="bound_card")
ELSEWHERE = replace(TOP_UP, outflow="elsewhere")


async def write(bank: TestBank, customer_id: str, work: Callable[[Connection], T], queue: bool = True) -> T:
    """Run `work` in the customer's queue, as commands do."""
    ctx = bank.context()
    return await bank.store.write(work, queue=ctx.queue_of(customer_id) if queue else "")


async def place(
    bank: TestBank, account_id: str, amount_fen: int, action: wallet.holds.Action = TO_BOUND_CARD, **how: bool
) -> str:
    """Order something and hold its amount. Return the intent. Problems as `holds.place`."""
    ctx, intent = bank.context(), new_intent()
    account = await bank.store.read(lambda conn: wallet.find_account(conn, ctx.bank_id, account_id))
    assert account is not None
    work = partial(_place, ctx=ctx, account=account, action=action, amount_fen=amount_fen, intent=intent)
    await write(bank, account.customer_id, work, **how)
    return intent


def _place(
    conn: Connection,
    ctx: Context,
    account: wallet.AccountRecord,
    action: wallet.holds.Action,
    amount_fen: int,
    intent: str,
) -> None:
    orders.start(
        conn,
        ctx,
        kind="top_up",
        intent=intent,
        customer_id=account.customer_id,
        amount_fen=amount_fen,
        steps=("confirmed",),
    )
    holds.place(conn, ctx, account, action, amount_fen, intent)
    enqueue(conn, ctx, "test.send", intent, customer_id=account.customer_id)


async def release(bank: TestBank, intent: str) -> None:
    """Let the order fail."""
    ctx = bank.context()

    def fail(conn: Connection) -> None:
        holds.release(conn, ctx, intent)
        orders.fail(conn, ctx, intent, "card.refused")
        conn.execute(update(outbox).where(outbox.c.subject == intent).values(state="done"))

    await bank.store.write(fail)
