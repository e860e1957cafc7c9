"""Accounts of class III: opened by four elements, small by rule, and raised to II by five."""

from __future__ import annotations

import asyncio
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from mock_partners.bank.core import ledger, orders
from mock_partners.bank.core.kernel.account_roles import NETWORK_CLEARING
from mock_partners.bank.core.kernel.actions import TOP_UP
from mock_partners.bank.core.kernel.settings import Parameters
from mock_partners.bank.core.ledger.chart import wallet_code
from mock_partners.bank.core.orders import OrderRecord
from mock_partners.bank.core.orders.tables import customer_order
from mock_partners.testing.people.personas import Card
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.class_raises import RaiseClass
from partner_adapters.core_bank.drawdowns import AskDraw
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.problems import Problem
from tests.mock_partners.bank.core.account_services.test_top_ups import notice, send_notice
from tests.mock_partners.bank.core.wallet.test_holds import used
from tests.support.databases.breaking import seen
from tests.support.houses.core import LI, LIU, TestBank, new_intent
from tests.support.people.borrowers import borrow
from tests.support.people.class_three import opened_class_three
from tests.support.people.operators import resolve

pytestmark = pytest.mark.anyio
CLASS_I, CLASS_II, CREDIT = LI.cards[:3]
BREACHES = [
    ("UPDATE account SET account_class = 'II'", "accounts.raised_as_ordered"),
    ("UPDATE ledger_account SET ceiling_fen = NULL", "accounts.each_has_one_wallet"),
    ("UPDATE ledger_account SET ceiling_fen = 99 WHERE ceiling_fen > 0", "ledger.ceilings_hold"),
    ("UPDATE counted_amount SET given_back = 1", "counters.count_what_is_held"),
]


async def topped_up(bank: TestBank, account: Account, amount_fen: int) -> Order:
    """Order a top-up, which the network has not answered yet."""
    return await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=amount_fen), new_intent())


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
    account = await opened_class_three(bank)
    await bank.top_up(account.account_id, 10_000)
    await seen(bank, BREACHES)


@pytest.mark.both_databases
async def test_top_ups_at_once_never_pass_its_cap_by_a_fen(bank: TestBank) -> None:
    account = await opened_class_three(bank)
    sent = await asyncio.gather(*(topped_up(bank, account, 60_000) for _ in range(9)), return_exceptions=True)
    codes = {each.errors[0].code for each in sent if isinstance(each, Problem) and each.errors}
    assert (sum(isinstance(each, Order) for each in sent), codes) == (3, {"amount.too_large"})
    assert (await bank.client().accounts.get(account.account_id)).top_up_max_fen == 20_000
    await bank.work()
    await bank.top_up(account.account_id, 20_000)
    ctx, full = bank.context(), wallet_code(account.account_id)
    lines = [(NETWORK_CLEARING, full, 1)]
    book = partial(
        ledger.post, ctx=ctx, action=TOP_UP, intent="more", lines=lines, subject=account.account_id
    )
    with pytest.raises(ledger.AboveCeiling):
        await bank.store.write(book)
    now = await bank.client().accounts.get(account.account_id)
    assert (now.balance_fen, now.top_up_max_fen) == (200_000, 0)


async def test_what_the_card_paid_is_held_for_an_account_that_became_full(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await opened_class_three(bank)
    bank.wires.faults["card_network"].add(Fault(kind="drop_response", method="POST", path="/debits", times=3))
    order = await topped_up(bank, account, 150_000)
    limit(monkeypatch, balance_most_fen=100_000)
    await bank.work()
    ended = await bank.client().orders.get(order.intent)
    assert (ended.state, ended.reason and ended.reason.code) == ("failed", "account.full")
    assert any("由银行替您单独保管" in message.text for message in await bank.messages(LI))
    assert await used(bank, "in") == {
        ("class", "day", date(2026, 11, 24)): 0,
        ("class", "year", date(2026, 1, 1)): 0,
    }
    [found] = (await bank.differences().newest()).items
    held = await bank.differences().get(found.difference_id)
    with pytest.raises(Problem, match=r"409 account\.full"):
        await resolve(bank, held, "to_account", account.account_id)
    assert (await raised(bank, account)).state == "succeeded"
    await resolve(bank, held, "to_account", account.account_id)
    assert (await bank.client().accounts.get(account.account_id)).balance_fen == 150_000


async def test_what_comes_in_counts_on_its_day_and_as_far_as_the_rules_say(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, today = await opened_class_three(bank, LIU), date(2026, 11, 24)
    limit(monkeypatch, in_day_fen=10_100)
    # Their card has three yuan only: the network refuses it, and all of it may come in again.
    assert (await bank.top_up(account.account_id, 10_000)).state == "failed"
    counters = {("class", "day", today): 0, ("class", "year", date(2026, 1, 1)): 0}
    assert await used(bank, "in") == counters
    assert (await bank.top_up(account.account_id, 200)).state == "succeeded"
    assert await used(bank, "in") == dict.fromkeys(counters, 200)
    assert (await bank.client().accounts.get(account.account_id)).top_up_max_fen == 9_900
    # What the network made after all counts, also beyond what is left.
    [failed] = [each for each in await orders_of(bank) if each.state == "failed"]
    assert await send_notice(bank, notice(bank, intent=failed.intent)) == 422
    [found] = (await bank.differences().newest()).items
    await resolve(bank, await bank.differences().get(found.difference_id), "late_success")
    assert await used(bank, "in") == dict.fromkeys(counters, 10_200)
    await bank.work()
    # Class II: the bound card does not count.
    other = await bank.account(LI)
    await bank.top_up(other.account_id, 10_000)
    assert sum((await used(bank, "in")).values()) == 2 * 10_200


def limit(monkeypatch: pytest.MonkeyPatch, **figures: int) -> None:
    """Change the rules of class III."""
    rules_of = Parameters.rules_of
    monkeypatch.setattr(
        Parameters,
        "rules_of",
        lambda own, of: rules_of(own, of).model_copy(update=figures if of == "III" else {}),
    )


async def orders_of(bank: TestBank) -> list[OrderRecord]:
    t = customer_order.c
    intents = await bank.store.read(
        lambda conn: conn.execute(select(t.intent).where(t.kind == "top_up")).scalars().all()
    )
    ctx = bank.context()
    return [
        await bank.store.read(partial(orders.read, bank_id=ctx.bank_id, intent=intent)) for intent in intents
    ]
