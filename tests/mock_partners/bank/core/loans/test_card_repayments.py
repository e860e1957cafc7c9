"""Repayment straight from the bound card: whatever happens to the loan meanwhile, no fen is lost or doubled."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.freezes import FreezeByBank
from partner_adapters.core_bank.loans import LoanState, RepayKind
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.kit.values.problems import Problem
from tests.mock_partners.bank.core.account_services.test_top_ups import card_balance
from tests.support.databases.breaking import seen
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.people.borrowers import Borrower, books_hold, borrow, live
from tests.support.people.card_repaying import card_command, ended, repaid_by_card

pytestmark = pytest.mark.anyio
DRAWN = 1_000_000
# What Li's card holds.
CARD = LI.cards[0].balance_fen
BREACHES = [
    (
        "UPDATE customer_order SET amount_fen = 9 WHERE kind = 'card_repayment'",
        "card_repayments.booked_as_ordered",
    ),
    (
        "UPDATE customer_order SET state = 'failed' WHERE kind = 'card_repayment'",
        "card_repayments.nothing_booked_without_order",
    ),
    (
        "UPDATE repayment SET amount_fen = amount_fen + 1, principal_fen = principal_fen + 1",
        "card_repayments.shared_as_stated",
    ),
]


async def drawn(bank: TestBank, amount_fen: int = DRAWN) -> tuple[Borrower, str]:
    li = await borrow(bank)
    await bank.consents(li.customer_id, ["card_debit"])
    return li, await li.drawn(amount_fen)


async def test_the_card_is_debited_and_the_loan_credited(bank: TestBank) -> None:
    li, loan_id = await drawn(bank)
    order = await repaid_by_card(li, loan_id, "part", 100_000)
    assert order.state is OrderState.SUCCEEDED, order
    assert (order.result["principal"], order.result["to_account"]) == ("1000.00", "0.00")
    assert await card_balance(bank, "1234") == CARD - 100_000
    assert (await li.balance(), (await li.loan(loan_id)).outstanding_fen) == (DRAWN, DRAWN - 100_000)
    assert "您用中国银行（1234）还款1,000元" in (await bank.messages(LI))[0].text
    # The bank's own order, by which the account repaid the loan, repeats nothing of the customer's.
    recent = (await bank.client().customers.overview(li.customer_id)).recent_orders
    assert [one.kind for one in recent if "repayment" in one.kind] == ["card_repayment"]
    await books_hold(bank)
    await seen(bank, BREACHES)


async def test_what_the_loan_no_longer_owes_stays_in_the_account(bank: TestBank) -> None:
    li, loan_id = await drawn(bank, 200_000)
    asked = await card_command(li, loan_id, "part", 150_000)
    bank.wires.faults["card_network"].add(Fault(kind="down", times=None))
    order = await bank.client().card_repayments.repay(loan_id, asked, new_intent())
    with pytest.raises(Problem, match=r"409 loan\.card_repayment_running"):
        await card_command(li, loan_id, "part", 1)
    # Settled from the account meanwhile.
    await li.repay(loan_id, "full")
    assert await li.balance() == 0
    bank.wires.faults["card_network"].clear()
    order = await ended(bank, order)
    assert (order.state, order.result["to_account"]) == (OrderState.SUCCEEDED, "1500.00")
    assert await li.balance() == 150_000
    assert "多出的1,500元已存入" in (await bank.messages(LI))[0].text
    await books_hold(bank)


@pytest.mark.parametrize(("kind", "amount_fen"), [("full", None), ("part", 100_000)])
async def test_it_counts_from_the_day_of_the_debit_though_nights_are_booked(
    bank: TestBank, kind: RepayKind, amount_fen: int | None
) -> None:
    li, loan_id = await drawn(bank, 300_000)
    await live(bank, bank.clock.today() + timedelta(days=9))
    day, owed_fen = bank.clock.today(), (await li.loan(loan_id)).owed_today.total_fen
    order = await repaid_by_card(li, loan_id, kind, amount_fen, nights=3)
    assert (order.state, order.result["to_account"]) == (OrderState.SUCCEEDED, "0.00")
    loan = await li.loan(loan_id)
    (repayment,) = loan.repayments
    assert (repayment.business_date, repayment.amount_fen) == (day, amount_fen or owed_fen)
    if kind == "full":
        assert (loan.state, loan.owed_today.total_fen) == (LoanState.SETTLED, 0)
        assert CARD - await card_balance(bank, "1234") == owed_fen
    # The balance of the loan is what it would be, had the bank known at once.
    await books_hold(bank)


async def test_it_does_not_come_before_what_was_collected_since(bank: TestBank) -> None:
    li, loan_id = await drawn(bank)
    due = (await li.loan(loan_id)).next_due
    assert due is not None
    await live(bank, due.due_on - timedelta(days=1))
    order = await repaid_by_card(li, loan_id, "part", 300_000, nights=3)
    assert order.state is OrderState.SUCCEEDED
    collected, by_card = (await li.loan(loan_id)).repayments
    assert collected.business_date == by_card.business_date == due.due_on
    [found] = (await bank.differences().newest()).items
    assert (found.code, found.resolutions) == ("card_repayment.dated_later", ["nothing"])
    await books_hold(bank)


async def test_money_for_an_account_that_the_bank_froze_meanwhile_is_kept_in_suspense(bank: TestBank) -> None:
    li, loan_id = await drawn(bank)
    asked = await card_command(li, loan_id, "part", 100_000)
    bank.wires.faults["card_network"].add(Fault(kind="down", times=None))
    order = await bank.client().card_repayments.repay(loan_id, asked, new_intent())
    number = (await bank.client().accounts.get(li.account_id)).account_number
    freeze = FreezeByBank.model_validate({"account_number": number, "reason": "check", "note": "a call"})
    await bank.staff_freezes().freeze(freeze, new_intent())
    bank.wires.faults["card_network"].clear()
    order = await ended(bank, order)
    assert order.reason is not None
    assert (order.state, order.reason.code) == (OrderState.FAILED, "account.held")
    assert any("借款还没有还上" in message.text for message in await bank.messages(LI))
    assert await card_balance(bank, "1234") == CARD - 100_000
    await books_hold(bank)


@pytest.mark.both_databases
async def test_a_card_repayment_and_a_settlement_at_once_end_well(bank: TestBank) -> None:
    li, loan_id = await drawn(bank, 200_000)
    by_card = await card_command(li, loan_id, "full")
    done = await asyncio.gather(
        bank.client().card_repayments.repay(loan_id, by_card, new_intent()),
        li.repay(loan_id, "full"),
        return_exceptions=True,
    )
    refused = {
        one.code if isinstance(one, Problem) else repr(one) for one in done if isinstance(one, Exception)
    }
    assert refused <= {"quote.changed", "loan.settled"}, done
    await bank.work()
    debited = CARD - await card_balance(bank, "1234")
    # The loan is paid once. What was debited besides is in the account.
    assert (await li.loan(loan_id)).owed_today.total_fen == 0
    assert await li.balance() == debited
    await books_hold(bank)


async def test_an_older_authorisation_does_not_cover_a_repayment(bank: TestBank) -> None:
    li = await borrow(bank)
    loan_id = await li.drawn(DRAWN)
    for consent in await bank.client().consents.all(li.customer_id):
        if consent.purpose == "card_debit":
            await bank.client().consents.withdraw(li.customer_id, consent.consent_id)
    asked = await card_command(li, loan_id, "part", 100_000)
    with pytest.raises(Problem, match=r"403 consent\.missing"):
        await bank.client().card_repayments.repay(loan_id, asked, new_intent())
