"""Money that no account can take lies in suspense, held once by an open difference, and the proof holds it there."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from mock_partners.bank.core import ledger, suspense
from mock_partners.bank.core.kernel.account_roles import NETWORK_CLEARING, SUSPENSE
from mock_partners.bank.core.orders.tables import difference
from tests.support.databases.breaking import seen
from tests.support.houses.core import TestBank, new_intent

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
]


async def test_the_proof_names_what_is_held_by_nothing(bank: TestBank) -> None:
    ctx = bank.context()
    bank.store.write_now(lambda conn: suspense.hold(conn, ctx, new_intent(), 10_000, "account.closed"))
    await seen(bank, BREACHES)
