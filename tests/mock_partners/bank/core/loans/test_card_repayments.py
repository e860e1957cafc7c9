"""Repayment straight from the bound card: whatever happens to the loan meanwhile, no fen is lost or doubled."""

from __future__ import annotations

import asyncio

import pytest

from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.card_repayments import RepayByCard
from partner_adapters.core_bank.loans import RepayKind
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.core_bank.repayments import AskRepay
from partner_adapters.kit.values.problems import Problem
from tests.mock_partners.bank.core.account_services.test_top_ups import card_balance
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.people.borrowers import Borrower, borrow

pytestmark = pytest.mark.anyio
DRAWN = 1_000_000
# What Li's card holds.
CARD = LI.cards[0].balance_fen


async def command(li: Borrower, loan_id: str, kind: RepayKind, amount_fen: int | None = None) -> RepayByCard:
    ask = AskRepay(kind=kind, amount_fen=amount_fen)
    quote = await li.bank.client().card_repayments.quote(loan_id, ask)
    evidence = li.bank.evidence(li.who)
    return RepayByCard(**ask.model_dump(), quote_sha256=quote.sha256, evidence=evidence)


async def drawn(bank: TestBank, amount_fen: int = DRAWN) -> tuple[Borrower, str]:
    li = await borrow(bank)
    await bank.consents(li.customer_id, ["card_debit"])
    return li, await li.drawn(amount_fen)


async def ended(bank: TestBank, order: Order) -> Order:
    await bank.work()
    return await bank.client().orders.get(order.intent)


async def test_the_card_is_debited_and_the_loan_credited(bank: TestBank) -> None:
    li, loan_id = await drawn(bank)
    asked = await command(li, loan_id, "part", 100_000)
    order = await ended(bank, await bank.client().card_repayments.repay(loan_id, asked, new_intent()))
    assert order.state is OrderState.SUCCEEDED, order
    assert (order.result["principal"], order.result["to_account"]) == ("1000.00", "0.00")
    assert await card_balance(bank, "1234") == CARD - 100_000
    assert (await li.balance(), (await bank.client().loans.get(loan_id)).outstanding_fen) == (
        DRAWN,
        DRAWN - 100_000,
    )
    assert "您用中国银行（1234）还款1,000元" in (await bank.messages(LI))[0].text
    await bank.prove()


async def test_what_the_loan_no_longer_owes_stays_in_the_account(bank: TestBank) -> None:
    li, loan_id = await drawn(bank, 200_000)
    asked = await command(li, loan_id, "part", 150_000)
    bank.wires.faults["card_network"].add(Fault(kind="down", times=None))
    order = await bank.client().card_repayments.repay(loan_id, asked, new_intent())
    with pytest.raises(Problem, match=r"409 loan\.card_repayment_running"):
        await command(li, loan_id, "part", 1)
    # Settled from the account meanwhile.
    await li.repay(loan_id, "full")
    assert await li.balance() == 0
    bank.wires.faults["card_network"].clear()
    order = await ended(bank, order)
    assert (order.state, order.result["to_account"]) == (OrderState.SUCCEEDED, "1500.00")
    assert await li.balance() == 150_000
    assert "多出的1,500元已存入" in (await bank.messages(LI))[0].text
    await bank.prove()


@pytest.mark.both_databases
async def test_a_card_repayment_and_a_settlement_at_once_end_well(bank: TestBank) -> None:
    li, loan_id = await drawn(bank, 200_000)
    by_card = await command(li, loan_id, "full")
    done = await asyncio.gather(
        bank.client().card_repayments.repay(loan_id, by_card, new_intent()),
        li.repay(loan_id, "full"),
        return_exceptions=True,
    )
    assert all(one.code == "quote.changed" for one in done if isinstance(one, Problem)), done
    await bank.work()
    debited = CARD - await card_balance(bank, "1234")
    # The loan is paid once. What was debited besides is in the account.
    assert (await bank.client().loans.get(loan_id)).owed_today.total_fen == 0
    assert await li.balance() == debited
    await bank.prove()


async def test_an_older_authorisation_does_not_cover_a_repayment(bank: TestBank) -> None:
    li = await borrow(bank)
    loan_id = await li.drawn(DRAWN)
    for consent in await bank.client().consents.all(li.customer_id):
        if consent.purpose == "card_debit":
            await bank.client().consents.withdraw(li.customer_id, consent.consent_id)
    asked = await command(li, loan_id, "part", 100_000)
    with pytest.raises(Problem, match=r"403 consent\.missing"):
        await bank.client().card_repayments.repay(loan_id, asked, new_intent())
