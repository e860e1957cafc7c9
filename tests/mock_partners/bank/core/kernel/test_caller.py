"""Callers have kinds; only a partner's client has a partner."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Connection

from mock_partners.bank.core.kernel.caller import BankJob, Caller, NotAPartner, Notice, PartnerClient, Staff
from mock_partners.bank.core.kernel.services import context_of, enqueue_leased
from mock_partners.bank.core.kernel.tables import outbox
from partner_adapters.kit.durable.outbox import OutboxRow
from tests.support.houses.core import TestBank

pytestmark = pytest.mark.anyio
OTHERS = [Staff("operator-hzw"), BankJob("day_close"), Notice("card_network.notice")]


async def work_caused_by(bank: TestBank, caller: Caller) -> OutboxRow:
    ctx = bank.core.context("hzw", caller)

    def work(conn: Connection) -> OutboxRow:
        row = enqueue_leased(conn, ctx, "test.work", "subject", customer_id="c")
        conn.execute(outbox.update().where(outbox.c.id == row.id).values(state="done"))
        return row

    return await bank.store.write(work)


async def test_a_partners_client_has_its_partner(bank: TestBank) -> None:
    assert bank.core.context("hzw", PartnerClient("lyg")).partner == "lyg"


@pytest.mark.parametrize("caller", OTHERS)
async def test_asking_any_other_caller_for_its_partner_is_an_error_that_names_it(
    bank: TestBank, caller: Caller
) -> None:
    with pytest.raises(NotAPartner, match=re.escape(f"{caller} is not a partner's client")):
        _ = bank.core.context("hzw", caller).partner


async def test_outside_work_is_done_for_the_partner_whose_client_caused_it(bank: TestBank) -> None:
    row = await work_caused_by(bank, PartnerClient("lyg"))
    assert context_of(bank.core, row).caller == PartnerClient("lyg")


@pytest.mark.parametrize("caller", OTHERS)
async def test_outside_work_of_other_callers_is_done_by_the_bank_itself(
    bank: TestBank, caller: Caller
) -> None:
    assert context_of(bank.core, await work_caused_by(bank, caller)).caller == BankJob("test.work")
