"""Consents that were given for an application end with what came of it: once its line and its loans are over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from mock_partners.bank.core.end_of_day.day_close import close_days
from mock_partners.bank.core.end_of_day.ended_business import end_business, job
from mock_partners.bank.core.events.tables import event
from mock_partners.bank.core.lines import lines
from partner_adapters.core_bank.closings import CloseAccount
from partner_adapters.kit.pages import formats
from partner_adapters.kit.values.clock import ONE_DAY
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people import borrowers
from tests.support.people.applicants import PURPOSES, TAX_LOAN, TAX_PURPOSES, Borrower, authorise, borrower
from tests.support.people.borrowers import books_hold, go_to, live

pytestmark = pytest.mark.anyio
FOR_ONE_APPLICATION = {*PURPOSES} - {"pre_credit_inquiry"}


async def ended(of: Borrower) -> set[str]:
    return {each.purpose for each in await of.client.consents.all(of.customer_id) if each.ended_at}


async def lend(bank: TestBank) -> tuple[Borrower, borrowers.Borrower]:
    """Li has applied and signed. Return her as who applied, and as who draws."""
    ESignStandIn().connect(bank)
    li = await borrower(bank)
    line_id = await li.line_id()
    account = (await li.client.customers.overview(li.customer_id)).account
    assert account is not None
    return li, borrowers.Borrower(bank, LI, li.customer_id, account.account_id, line_id)


async def test_they_end_after_the_lines_last_day_where_nothing_is_owed(bank: TestBank) -> None:
    li, borrowing = await lend(bank)
    loan_id = await borrowing.drawn(1_000_000)
    await borrowing.repay(loan_id, "full")
    await end_business(bank.core)
    assert await ended(li) == set()
    last_day = (await borrowing.line()).ends_on
    go_to(bank, last_day)
    await end_business(bank.core)
    assert await ended(li) == set()
    go_to(bank, last_day + ONE_DAY)
    await end_business(bank.core)
    assert await ended(li) == FOR_ONE_APPLICATION
    assert not any(each.withdrawn_at for each in await li.client.consents.all(li.customer_id))
    await books_hold(bank)


async def test_they_stand_while_a_loan_of_the_line_is_owed_and_end_once_it_is_settled(bank: TestBank) -> None:
    li, borrowing = await lend(bank)
    loan_id = await borrowing.drawn(1_000_000)
    await bank.store.write(lambda conn: lines.end(conn, bank.context(), borrowing.line_id))
    await end_business(bank.core)
    assert await ended(li) == set()
    await borrowing.repay(loan_id, "full")
    await end_business(bank.core)
    assert await ended(li) == FOR_ONE_APPLICATION


async def test_closing_the_account_ends_them_at_once(bank: TestBank) -> None:
    li, borrowing = await lend(bank)
    assert await borrowing.balance() == 0
    shown = await li.client.closings.get(borrowing.account_id)
    command = CloseAccount(gives_up=[each.contract_id for each in shown.gives_up], evidence=bank.evidence())
    await li.client.closings.close(borrowing.account_id, command, new_intent())
    assert await ended(li) == FOR_ONE_APPLICATION | {"account_terms", "card_debit"}
    await books_hold(bank)


async def told(bank: TestBank) -> list[str]:
    """The texts that say that a line ended, newest first."""
    await bank.work()
    return [each.text for each in await bank.messages() if each.kind == "line_ended"]


async def states_told(bank: TestBank, line_id: str) -> set[str]:
    """The states of the line of which there is an event."""
    query = select(event.c.state).where(event.c.object == "line", event.c.object_id == line_id)
    return set(await bank.store.read(lambda conn: conn.execute(query).scalars().all()))


async def test_the_job_ends_them_when_the_next_day_opens_also_at_a_bank_without_loans(bank: TestBank) -> None:
    li, borrowing = await lend(bank)
    run = job(bank.core).run
    last_day = (await borrowing.line()).ends_on
    go_to(bank, last_day)
    await run()
    assert await ended(li) == set()
    go_to(bank, last_day + ONE_DAY)
    await run()
    assert await ended(li) == FOR_ONE_APPLICATION
    await books_hold(bank)


async def test_the_job_looks_again_once_the_close_has_collected_what_was_owed(bank: TestBank) -> None:
    li, borrowing = await lend(bank)
    run = job(bank.core).run
    last_day = (await borrowing.line()).ends_on
    go_to(bank, last_day.replace(month=last_day.month - 3))
    loan_id = await borrowing.drawn(1_000_000, 3, "on_demand")
    await bank.top_up(borrowing.account_id, 100_000)
    assert (await borrowing.loan(loan_id)).ends_on == last_day
    await live(bank, last_day)
    go_to(bank, last_day + ONE_DAY)
    await run()
    assert await ended(li) == set()
    await close_days(bank.core)
    await run()
    assert await ended(li) == FOR_ONE_APPLICATION
    await books_hold(bank)


async def test_the_end_of_a_line_is_told_once_and_to_partners_too(bank: TestBank) -> None:
    li, borrowing = await lend(bank)
    last_day = (await borrowing.line()).ends_on
    go_to(bank, last_day)
    loan_id = await borrowing.drawn(1_000_000)
    await bank.top_up(borrowing.account_id, 100_000)
    await end_business(bank.core)
    assert await told(bank) == []
    go_to(bank, last_day + ONE_DAY)
    for _ in range(2):
        await end_business(bank.core)
    (text,) = await told(bank)
    assert formats.day(last_day, "zh") in text
    assert "不能再借" in text
    assert (await borrowing.line()).state == "ended"
    # A loan is still owed, so the consents stand.
    assert await ended(li) == set()
    assert await states_told(bank, borrowing.line_id) == {"open", "ended"}
    await borrowing.repay(loan_id, "full")
    await end_business(bank.core)
    assert await ended(li) == FOR_ONE_APPLICATION
    assert await told(bank) == [text]


async def test_a_line_that_ended_with_its_account_is_not_told_again(bank: TestBank) -> None:
    _, borrowing = await lend(bank)
    last_day = (await borrowing.line()).ends_on
    shown = await bank.client().closings.get(borrowing.account_id)
    command = CloseAccount(gives_up=[each.contract_id for each in shown.gives_up], evidence=bank.evidence())
    await bank.client().closings.close(borrowing.account_id, command, new_intent())
    go_to(bank, last_day + ONE_DAY)
    await end_business(bank.core)
    assert await told(bank) == []


async def test_what_another_application_goes_on_with_stays_until_that_one_ends(bank: TestBank) -> None:
    li, borrowing = await lend(bank)
    bank.clock.advance(timedelta(minutes=1))
    ids = await bank.consents(li.customer_id, TAX_PURPOSES)
    await authorise(bank, li.customer_id, LI)
    await li.apply(**TAX_LOAN, consent_ids=ids)
    await bank.store.write(lambda conn: lines.end(conn, bank.context(), borrowing.line_id))
    await end_business(bank.core)
    assert await ended(li) == FOR_ONE_APPLICATION - {*TAX_PURPOSES}
    # It is decided on, and nothing comes of it: what the two shared ends too.
    await bank.work()
    (latest, _) = (await li.client.customers.overview(li.customer_id)).applications
    if latest.state != "declined":
        await li.client.applications.cancel_review(latest.application_id)
    await end_business(bank.core)
    assert await ended(li) == FOR_ONE_APPLICATION | {*TAX_PURPOSES}


async def test_a_withdrawn_consent_stays_withdrawn(bank: TestBank) -> None:
    li, borrowing = await lend(bank)
    await li.client.consents.withdraw(li.customer_id, li.consent_to("courts_inquiry"))
    await bank.store.write(lambda conn: lines.end(conn, bank.context(), borrowing.line_id))
    await end_business(bank.core)
    assert await ended(li) == FOR_ONE_APPLICATION - {"courts_inquiry"}
