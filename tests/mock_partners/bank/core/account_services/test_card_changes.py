"""Changing the bound card: the money stays, the old card stays readable, and nothing moves with the wrong card."""

from __future__ import annotations

import asyncio

import pytest

from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.cards import CardQuestion, ChangeCard
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.problems import Problem
from tests.mock_partners.bank.core.account_services.test_top_ups import card_balance
from tests.support.databases.breaking import seen
from tests.support.houses.core import LI, TestBank, new_intent

pytestmark = pytest.mark.anyio
NEW = LI.cards[3]
BREACHES = [
    ("DELETE FROM earlier_card", "cards.changed_as_ordered"),
    ("UPDATE earlier_card SET unbound_at = unbound_at + 1", "cards.changed_as_ordered"),
    ("UPDATE customer_order SET state = 'failed' WHERE kind = 'card_change'", "cards.changed_as_ordered"),
]


def change(bank: TestBank, **other: str) -> ChangeCard:
    asked = {"card_number": NEW.number, "phone": LI.phone, "evidence": bank.evidence(LI)}
    return ChangeCard.model_validate(asked | other)


async def ended(bank: TestBank, order: Order) -> Order:
    await bank.work()
    return await bank.client().orders.get(order.intent)


async def test_the_money_stays_the_authorisation_ends_and_the_old_card_stays_readable(bank: TestBank) -> None:
    account, core = await bank.funded_account(LI, 10_000), bank.client()
    order = await ended(bank, await core.cards.change(account.account_id, change(bank), new_intent()))
    assert order.state is OrderState.SUCCEEDED, order
    assert (order.source, order.target) == (
        {"zh": "中国银行（1234）", "en": "Bank of China (1234)"},
        {"zh": "银行卡（4866）", "en": "Bank card (4866)"},
    )
    after = await core.accounts.get(account.account_id)
    assert (after.balance_fen, after.bound_card.last_four, after.debit_authorised) == (10_000, "4866", False)
    (earlier,) = (await core.cards.earlier(account.account_id)).items
    assert earlier.last_four == "1234"
    assert earlier.bound_at <= earlier.unbound_at
    text = (await bank.messages(LI))[0].text
    assert "从中国银行（1234）换绑到江苏省农村信用社联合社（4866），余额不变" in text

    with pytest.raises(Problem, match=r"403 consent\.missing"):
        await core.top_ups.start(account.account_id, TopUp(amount_fen=5_000), new_intent())
    customer = await bank.customer(LI)
    await bank.consents(customer.customer_id, ["card_debit"])
    assert (await bank.top_up(account.account_id, 5_000)).state is OrderState.SUCCEEDED
    assert await card_balance(bank, "4866") == NEW.balance_fen - 5_000
    newest, oldest = (await core.accounts.entries(account.account_id)).items
    assert newest.counterparty
    assert oldest.counterparty
    assert ["4866" in newest.counterparty["zh"], "1234" in oldest.counterparty["zh"]] == [True, True]
    await seen(bank, BREACHES)


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"card_number": LI.cards[0].number}, "card.same"),
        ({"card_number": LI.cards[1].number}, "card.not_class_i"),
        ({"phone": "19911112222"}, "card.mismatch"),
    ],
)
async def test_a_card_that_may_not_be_bound_changes_nothing(
    bank: TestBank, other: dict[str, str], code: str
) -> None:
    account, core = await bank.account(LI), bank.client()
    order = await core.cards.change(account.account_id, change(bank, **other), new_intent())
    order = await ended(bank, order)
    assert (order.state, order.reason.code if order.reason else None) == (OrderState.FAILED, code)
    assert (await core.accounts.get(account.account_id)).bound_card == account.bound_card
    assert (await core.cards.earlier(account.account_id)).items == []
    await bank.prove()


async def test_the_bound_card_is_named_where_it_is_typed(bank: TestBank) -> None:
    await bank.account(LI)
    customer = await bank.customer(LI)
    same = CardQuestion(card_number=LI.cards[0].number, phone=LI.phone)
    with pytest.raises(Problem, match=r"422 card\.same"):
        await bank.client().cards.ask(customer.customer_id, same)


async def test_no_card_is_changed_while_its_money_is_under_way(bank: TestBank) -> None:
    account, core = await bank.account(LI), bank.client()
    bank.wires.faults["card_network"].add(Fault(kind="down", times=None))
    await core.top_ups.start(account.account_id, TopUp(amount_fen=5_000), new_intent())
    with pytest.raises(Problem, match=r"409 card\.under_way"):
        await core.cards.change(account.account_id, change(bank), new_intent())
    bank.wires.faults["card_network"].clear()
    await bank.work()
    order = await ended(bank, await core.cards.change(account.account_id, change(bank), new_intent()))
    assert order.state is OrderState.SUCCEEDED
    await bank.prove()


@pytest.mark.both_databases
async def test_a_change_and_a_top_up_at_once_never_move_money_of_the_wrong_card(bank: TestBank) -> None:
    account, core, before = await bank.account(LI), bank.client(), LI.cards[0].balance_fen
    changing = core.cards.change(account.account_id, change(bank), new_intent())
    top_up = core.top_ups.start(account.account_id, TopUp(amount_fen=5_000), new_intent())
    begun = await asyncio.gather(changing, top_up, return_exceptions=True)
    refusals = [one.code for one in begun if isinstance(one, Problem)]
    assert set(refusals) <= {"card.under_way", "consent.missing"}
    orders = {one.kind: await ended(bank, one) for one in begun if isinstance(one, Order)}
    is_changed = "card_change" in orders and orders["card_change"].state is OrderState.SUCCEEDED
    is_topped_up = "top_up" in orders and orders["top_up"].state is OrderState.SUCCEEDED
    # The customer saw the old card: only that one is debited, and only while it is bound.
    assert await card_balance(bank, "4866") == NEW.balance_fen
    assert await card_balance(bank, "1234") == before - (5_000 if is_topped_up else 0)
    after = await core.accounts.get(account.account_id)
    assert (after.balance_fen, after.bound_card.last_four) == (
        5_000 if is_topped_up else 0,
        "4866" if is_changed else "1234",
    )
    assert is_changed or is_topped_up
    await bank.prove()
