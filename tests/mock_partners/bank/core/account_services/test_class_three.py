"""Accounts of class III: opened by four elements, small by rule, and raised to II by five."""

from __future__ import annotations

from typing import Any

import pytest

from mock_partners.testing.people.personas import Card
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.class_raises import RaiseClass
from partner_adapters.core_bank.drawdowns import AskDraw
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.problems import Problem
from tests.support.databases.breaking import seen
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.people.borrowers import borrow
from tests.support.people.class_three import opened_class_three

pytestmark = pytest.mark.anyio
CLASS_I, CLASS_II, CREDIT = LI.cards[:3]
BREACHES = [("UPDATE account SET account_class = 'II'", "accounts.raised_as_ordered")]


async def raised(bank: TestBank, account: Account, card: Card = CLASS_I, **other: Any) -> Order:
    asked = {"card_number": card.number, "card_phone": LI.phone, "evidence": bank.evidence(LI)} | other
    command = RaiseClass.model_validate(asked)
    order = await bank.client().class_raises.start(account.account_id, command, new_intent())
    await bank.work()
    return await bank.client().orders.get(order.intent)


@pytest.mark.parametrize("card", [CLASS_II, CREDIT], ids=["class II", "credit"])
async def test_a_card_that_is_no_class_i_account_opens_class_three(bank: TestBank, card: Card) -> None:
    account = await opened_class_three(bank, card=card)
    assert (account.account_class, account.bound_card.last_four) == ("III", card.number[-4:])
    assert (account.limits.balance_most_fen, account.limits.day_fen) == (200_000, 200_000)
    assert any("III类" in message.text for message in await bank.messages(LI))
    # Raised with the bound card only, once that is a class I account.
    order = await raised(bank, account)
    assert order.reason is not None
    assert (order.state, order.reason.code) == ("failed", "card.not_bound")


async def test_nothing_comes_in_beyond_its_cap_neither_a_loan_nor_a_top_up(bank: TestBank) -> None:
    account = await opened_class_three(bank)
    await bank.top_up(account.account_id, 150_000)
    shown = await bank.client().accounts.get(account.account_id)
    assert shown.top_up_max_fen == 50_000
    with pytest.raises(Problem) as refused:
        await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=50_001), new_intent())
    assert refused.value.errors[0].code == "amount.too_large"
    borrower = await borrow(bank, account=account)
    ask = AskDraw(amount_fen=1_000_000, term_months=12, method="level_payment")
    with pytest.raises(Problem) as refused:
        await bank.client().drawdowns.quote(borrower.line_id, ask)
    error = refused.value.errors[0]
    assert (error.code, error.params["room"]) == ("account_limit.balance", "500.00")


async def test_it_is_raised_by_the_five_elements_of_its_own_card(bank: TestBank) -> None:
    account = await opened_class_three(bank)
    order = await raised(bank, account, CLASS_II)
    assert order.reason is not None
    assert (order.state, order.reason.code) == ("failed", "card.not_class_i")
    with pytest.raises(Problem) as refused:
        await raised(bank, account, evidence=bank.evidence(LI, auth_time=1))
    assert refused.value.code == "step_up.required"
    order = await raised(bank, account)
    assert (order.state, order.result) == ("succeeded", {"account_id": account.account_id})
    now = await bank.client().accounts.get(account.account_id)
    assert (now.account_class, now.limits.balance_most_fen) == ("II", None)
    with pytest.raises(Problem) as refused:
        await raised(bank, account)
    assert refused.value.code == "account.class_reached"


@pytest.mark.parametrize("prepared_url", ["sqlite"], indirect=True)
async def test_a_class_that_no_order_gave_is_seen(bank: TestBank) -> None:
    await opened_class_three(bank)
    await seen(bank, BREACHES)
