"""A customer's address: changed by the customer, told by text message, every change kept."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from mock_partners.bank.core.account_services.tables import address_change
from partner_adapters.core_bank.addresses import ChangeAddress
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, TestBank, new_intent, stated_by

pytestmark = pytest.mark.anyio
MOVED = "江苏省连云港市东海县石湖乡示例村5组2号"


async def test_a_change_is_kept_and_told(bank: TestBank) -> None:
    await bank.account()
    customer_id, addresses = (await bank.customer()).customer_id, bank.client().addresses
    opened_with = stated_by(LI).address
    first = await addresses.get(customer_id)
    assert first.address == opened_with
    for _ in range(2):  # the same address again changes nothing
        changed = await addresses.change(customer_id, ChangeAddress(address=MOVED), new_intent())
    assert (await addresses.get(customer_id)) == changed
    assert changed.address == MOVED
    await bank.work()
    assert [one.kind for one in await bank.messages()].count("address_changed") == 1
    (row,) = await bank.store.read(lambda conn: conn.execute(select(address_change)).all())
    assert (row.earlier_address, row.earlier_stated_at) == (opened_with, first.stated_at)
    assert (row.address, row.partner) == (MOVED, "lyg")


async def test_before_an_account_there_is_no_address(bank: TestBank) -> None:
    customer_id = (await bank.customer()).customer_id
    with pytest.raises(Problem, match=r"address\.unknown"):
        await bank.client().addresses.get(customer_id)


async def test_another_partner_neither_reads_nor_changes_it(bank: TestBank) -> None:
    await bank.account()
    customer_id, other = (await bank.customer()).customer_id, bank.client("haian").addresses
    for call in (other.get(customer_id), other.change(customer_id, ChangeAddress(address=MOVED), "k" * 16)):
        with pytest.raises(Problem, match=r"customer\.unknown"):
            await call
