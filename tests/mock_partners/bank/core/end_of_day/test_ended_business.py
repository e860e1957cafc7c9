"""Consents that were given for an application end with what came of it: once its line and its loans are over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mock_partners.bank.core.end_of_day.ended_business import end_consents
from mock_partners.bank.core.lines import lines
from partner_adapters.core_bank.closings import CloseAccount
from partner_adapters.kit.values.clock import ONE_DAY
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people import borrowers
from tests.support.people.applicants import PURPOSES, TAX_LOAN, TAX_PURPOSES, Borrower, authorise, borrower
from tests.support.people.borrowers import books_hold, go_to

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
    await end_consents(bank.core)
    assert await ended(li) == set()
    last_day = (await borrowing.line()).ends_on
    go_to(bank, last_day)
    await end_consents(bank.core)
    assert await ended(li) == set()
    go_to(bank, last_day + ONE_DAY)
    await end_consents(bank.core)
    assert await ended(li) == FOR_ONE_APPLICATION
    assert not any(each.withdrawn_at for each in await li.client.consents.all(li.customer_id))
    await books_hold(bank)


async def test_they_stand_while_a_loan_of_the_line_is_owed_and_end_once_it_is_settled(bank: TestBank) -> None:
    li, borrowing = await lend(bank)
    loan_id = await borrowing.drawn(1_000_000)
    await bank.store.write(lambda conn: lines.end(conn, bank.context(), borrowing.line_id))
    await end_consents(bank.core)
    assert await ended(li) == set()
    await borrowing.repay(loan_id, "full")
    await end_consents(bank.core)
    assert await ended(li) == FOR_ONE_APPLICATION


async def test_closing_the_account_ends_them_at_once(bank: TestBank) -> None:
    li, borrowing = await lend(bank)
    assert await borrowing.balance() == 0
    shown = await li.client.closings.get(borrowing.account_id)
    command = CloseAccount(gives_up=[each.contract_id for each in shown.gives_up], evidence=bank.evidence())
    await li.client.closings.close(borrowing.account_id, command, new_intent())
    assert await ended(li) == FOR_ONE_APPLICATION | {"account_terms", "card_debit"}
    await books_hold(bank)


async def test_what_another_application_goes_on_with_stays_until_that_one_ends(bank: TestBank) -> None:
    li, borrowing = await lend(bank)
    bank.clock.advance(timedelta(minutes=1))
    ids = await bank.consents(li.customer_id, TAX_PURPOSES)
    await authorise(bank, li.customer_id, LI)
    await li.apply(**TAX_LOAN, consent_ids=ids)
    await bank.store.write(lambda conn: lines.end(conn, bank.context(), borrowing.line_id))
    await end_consents(bank.core)
    assert await ended(li) == FOR_ONE_APPLICATION - {*TAX_PURPOSES}
    # It is decided on, and nothing comes of it: what the two shared ends too.
    await bank.work()
    (latest, _) = (await li.client.customers.overview(li.customer_id)).applications
    if latest.state != "declined":
        await li.client.applications.cancel_review(latest.application_id)
    await end_consents(bank.core)
    assert await ended(li) == FOR_ONE_APPLICATION | {*TAX_PURPOSES}


async def test_a_withdrawn_consent_stays_withdrawn(bank: TestBank) -> None:
    li, borrowing = await lend(bank)
    await li.client.consents.withdraw(li.customer_id, li.consent_to("courts_inquiry"))
    await bank.store.write(lambda conn: lines.end(conn, bank.context(), borrowing.line_id))
    await end_consents(bank.core)
    assert await ended(li) == FOR_ONE_APPLICATION - {"courts_inquiry"}
