"""A result of a pre-credit check is deleted as its consent promises, and kept where a loan was applied for."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from mock_partners.bank.core.calculation.schedules import add_months
from mock_partners.bank.core.credit import pre_credit_retention
from mock_partners.bank.core.credit.tables import pre_credit
from mock_partners.testing.people.personas import Person, person
from partner_adapters.kit.values.clock import ONE_DAY
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, TestBank
from tests.support.people.applicants import Borrower, borrower
from tests.support.people.borrowers import books_hold, go_to

pytestmark = pytest.mark.anyio


async def delete_ended(bank: TestBank) -> int:
    """Run the job. Return how many results are left."""
    await pre_credit_retention.job(bank.core).run()
    count = select(func.count()).select_from(pre_credit)
    return await bank.store.read(lambda conn: int(conn.execute(count).scalar_one()))


async def checked(bank: TestBank, who: Person = LI) -> Borrower:
    asked = await borrower(bank, who)
    await asked.check_list()
    await bank.work()
    return asked


def a_year_after(day: date) -> date:
    return add_months(day, 12, day.day)


async def test_an_offer_is_deleted_a_year_after_its_last_day(bank: TestBank) -> None:
    li = await checked(bank)
    offer = await li.client.pre_credit.get(li.customer_id)
    assert offer.valid_until is not None
    go_to(bank, a_year_after(offer.valid_until))
    assert await delete_ended(bank) == 1
    await books_hold(bank)
    go_to(bank, a_year_after(offer.valid_until) + ONE_DAY)
    assert await delete_ended(bank) == 0
    with pytest.raises(Problem, match=r"404 pre_credit\.not_asked"):
        await li.client.pre_credit.get(li.customer_id)
    await books_hold(bank)
    # The list may be asked again.
    await li.check_list()
    await bank.work()
    assert await delete_ended(bank) == 1
    await books_hold(bank)


async def test_a_result_without_an_offer_is_deleted_a_year_after_the_check(bank: TestBank) -> None:
    sun = await checked(bank, person("sun_li"))
    assert (await sun.client.pre_credit.get(sun.customer_id)).state == "none"
    last_day = a_year_after(bank.clock.today())
    go_to(bank, last_day)
    assert await delete_ended(bank) == 1
    go_to(bank, last_day + ONE_DAY)
    assert await delete_ended(bank) == 0


async def test_it_stays_where_its_customer_applied_for_a_loan(bank: TestBank) -> None:
    li = await checked(bank)
    offer = await li.client.pre_credit.get(li.customer_id)
    assert offer.valid_until is not None
    await li.apply()
    go_to(bank, a_year_after(offer.valid_until) + ONE_DAY)
    assert await delete_ended(bank) == 1
    await books_hold(bank)
