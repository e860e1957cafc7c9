"""Money that no account can take lies in suspense, held once by an open difference, and the proof holds it there."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, select

from mock_partners.bank.core import ledger, suspense
from mock_partners.bank.core.kernel.account_roles import NETWORK_CLEARING, SUSPENSE
from mock_partners.bank.core.kernel.actions import REVERSAL
from mock_partners.bank.core.ledger.chart import wallet_code
from mock_partners.bank.core.ledger.tables import journal
from mock_partners.bank.core.orders.tables import difference
from tests.support.databases.breaking import seen
from tests.support.houses.core import LI, TestBank, new_intent

pytestmark = pytest.mark.anyio


def held_fen(bank: TestBank, code: str = SUSPENSE) -> int:
    return bank.store.read_now(lambda conn: ledger.balance(conn, bank.context().bank_id, code))


async def test_money_is_held_once_for_an_intent_by_one_difference(bank: TestBank) -> None:
    ctx, intent = bank.context(), new_intent()
    for _ in range(2):
        bank.store.write_now(lambda conn: suspense.hold(conn, ctx, intent, 10_000, "account.closed"))
    assert (held_fen(bank), held_fen(bank, NETWORK_CLEARING)) == (10_000, 10_000)
    found = await bank.store.read(lambda conn: conn.execute(select(difference)).one())
    assert (found.source, found.subject, found.code) == ("suspense", intent, "account.closed")
    paid_out = new_intent()
    bank.store.write_now(
        lambda conn: suspense.hold(conn, ctx, paid_out, 4_000, "transfer.unknown", kind="credit")
    )
    assert (held_fen(bank), held_fen(bank, NETWORK_CLEARING)) == (6_000, 6_000)
    await bank.prove()


BREACHES = [
    ("UPDATE journal SET subject_id = 'none' WHERE kind = 'suspense'", "suspense.held_by_differences"),
    ("UPDATE difference SET subject = 'other' WHERE source = 'suspense'", "suspense.held_by_differences"),
    (
        "UPDATE posting SET amount_fen = 9999 WHERE credit_code = 'network.clearing'",
        "reversals.undo_their_journals",
    ),
    ("UPDATE journal SET reverses = NULL", "reversals.undo_their_journals"),
]


async def test_the_proof_names_what_is_held_by_nothing_and_what_undoes_nothing(bank: TestBank) -> None:
    account, ctx, j = await bank.account(LI), bank.context(), journal.c
    order = await bank.top_up(account.account_id, 10_000)
    top_up = await bank.store.read(
        lambda conn: conn.execute(select(journal).where(j.intent == order.intent)).one()
    )
    opposite = (wallet_code(account.account_id), NETWORK_CLEARING, 10_000)
    with_order = {"reference": top_up.reference, "counterparty": top_up.counterparty}

    def undo(conn: Connection) -> None:
        suspense.hold(conn, ctx, new_intent(), 10_000, "account.closed")
        ledger.post(
            conn,
            ctx,
            REVERSAL,
            order.intent,
            [opposite],
            subject=account.account_id,
            reverses=top_up.journal_id,
            **with_order,
        )

    bank.store.write_now(undo)
    await seen(bank, BREACHES)
