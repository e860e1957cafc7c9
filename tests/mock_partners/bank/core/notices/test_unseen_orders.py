"""An order that failed leaves a trace until it was seen: on the home page, in the messages, and as one text message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mock_partners.bank.core.kernel.actions import ACTIONS
from mock_partners.bank.core.notices.text_messages import TEXTS
from mock_partners.bank.core.notices.unseen_orders import TELL_AFTER, job
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LIU, TestBank, new_intent

pytestmark = pytest.mark.anyio


async def failed_top_up(bank: TestBank) -> Order:
    """Liu's card holds 3.00 yuan, so the network refuses."""
    account = await bank.account(LIU)
    order = await bank.top_up(account.account_id, 10_000)
    assert order.state is OrderState.FAILED
    return order


async def texts_about_failures(bank: TestBank, after: timedelta = TELL_AFTER) -> list[str]:
    bank.clock.advance(after)
    for _ in range(2):
        await job(bank.core).run()
        await bank.work()
    return [message.text for message in await bank.messages(LIU) if message.kind == "order_failed"]


async def test_a_failure_that_no_page_has_shown_is_told_by_one_text_message(bank: TestBank) -> None:
    order = await failed_top_up(bank)
    (text,) = await texts_about_failures(bank)
    assert "您的充值100元没有办成，您的银行卡没有扣款" in text
    assert order.reference in text
    assert len(await texts_about_failures(bank)) == 1


async def test_nothing_is_sent_while_a_page_may_still_ask(bank: TestBank) -> None:
    await failed_top_up(bank)
    assert await texts_about_failures(bank, TELL_AFTER - timedelta(seconds=10)) == []


async def test_a_failure_that_a_page_has_shown_is_not_told_again(bank: TestBank) -> None:
    order = await failed_top_up(bank)
    await bank.client().orders.mark_seen(order.intent)
    assert await texts_about_failures(bank) == []


async def test_a_failure_stands_on_home_until_it_was_seen_and_among_the_messages_for_good(
    bank: TestBank,
) -> None:
    order = await failed_top_up(bank)
    core, customer_id = bank.client(), order.customer_id
    overview = await core.customers.overview(customer_id)
    assert [(each.intent, each.amount_fen) for each in overview.failed_orders] == [(order.intent, 10_000)]
    (message,) = await core.customer_messages.all(customer_id)
    assert (message.kind, message.ref, message.order_kind, message.seen) == (
        "order_failed",
        order.intent,
        "top_up",
        False,
    )
    first = await core.orders.mark_seen(order.intent)
    bank.clock.advance(timedelta(minutes=5))
    again = await core.orders.mark_seen(order.intent)
    assert first.seen_at == again.seen_at is not None
    assert (await core.customers.overview(customer_id)).failed_orders == []
    (kept,) = await core.customer_messages.all(customer_id)
    assert kept.seen


async def test_an_order_is_not_seen_before_its_outcome_is_known(bank: TestBank) -> None:
    account = await bank.account(LIU)
    order = await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=300), new_intent())
    assert order.state is OrderState.PROCESSING
    assert (await bank.client().orders.mark_seen(order.intent)).seen_at is None


async def test_another_partners_order_can_neither_be_seen_nor_listed(bank: TestBank) -> None:
    order = await failed_top_up(bank)
    with pytest.raises(Problem, match=r"order\.unknown"):
        await bank.client("haian").orders.mark_seen(order.intent)
    with pytest.raises(Problem, match=r"customer\.unknown"):
        await bank.client("haian").customer_messages.all(order.customer_id)


def test_every_kind_of_order_has_its_words() -> None:
    kinds = {action.kind for action in ACTIONS if action.ordered}
    assert TEXTS["order_failed"]["what"].keys() == kinds
    assert TEXTS["order_failed"]["unmoved"].keys() == kinds
