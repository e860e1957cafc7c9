"""The database itself keeps an offered contract as it is: raw SQL cannot change what a customer is asked to sign."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import select

from mock_partners.bank.core.credit.tables import contract
from tests.mock_partners.bank.core.ledger.test_ledger_held_by_database import REFUSED, raw_session
from tests.support.houses.core import LI, TestBank
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import borrower

pytestmark = [pytest.mark.anyio, pytest.mark.both_databases]
ATTACKS = [
    "UPDATE contract SET limit_fen = limit_fen + 1",
    "UPDATE contract SET rate_ppm = 1",
    "UPDATE contract SET terms = '{}'",
    "UPDATE contract SET contract_id = 'another'",
    "UPDATE contract SET application_id = 'another'",
    "UPDATE contract SET customer_id = 'another'",
    "DELETE FROM contract",
]


async def test_an_offer_keeps_its_terms_its_keys_and_its_customer(
    bank: TestBank, esign: ESignStandIn
) -> None:
    li = await borrower(bank, LI)
    await li.contract()
    before = await bank.store.read(lambda conn: conn.execute(select(contract)).all())
    for attack in ATTACKS:
        # Without foreign keys on SQLite, so that only the triggers can refuse.
        with closing(raw_session(bank.store.url)) as session, pytest.raises(REFUSED):
            session.execute(attack)
    assert await bank.store.read(lambda conn: conn.execute(select(contract)).all()) == before
