"""Customers turn kinds of text messages off where the law allows it, and choose the language of the others."""

from __future__ import annotations

import re
from datetime import date, timedelta
from string import Template

import pytest
from sqlalchemy import select

from mock_partners.bank.core.end_of_day.reminders import send_reminders
from mock_partners.bank.core.notices.choices import KINDS, OPTIONAL
from mock_partners.bank.core.notices.tables import turned_off
from mock_partners.bank.core.notices.text_messages import TEXTS
from mock_partners.bank.core.notices.unseen_orders import TELL_AFTER, job
from partner_adapters.core_bank.text_messages import ChooseTextMessages
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LIU, TestBank, new_intent
from tests.support.people.borrowers import borrow, go_to

pytestmark = pytest.mark.anyio
DUE_ON = date(2026, 12, 24)


def test_every_message_is_of_a_kind_and_every_kind_has_a_message() -> None:
    assert {text["kind"] for text in TEXTS.values()} == KINDS.keys()


def test_what_protects_the_customer_cannot_be_turned_off() -> None:
    assert {"repayment_coming", "repayment_today", "order_failed"} == OPTIONAL
    required = {name: kind.required_because for name, kind in KINDS.items() if name not in OPTIONAL}
    assert required["overdue"] == "debt"
    assert required["particulars_changed"] == "fraud"
    assert required["code"] == "code"


@pytest.mark.parametrize("kind", sorted(TEXTS))
def test_every_message_says_the_same_in_both_languages(kind: str) -> None:
    names = [set(Template(TEXTS[kind][lang]).get_identifiers()) for lang in ("zh", "en")]
    assert names[0] == names[1]
    assert not re.search("[\u4e00-\u9fff]", TEXTS[kind]["en"])


async def turn_off(bank: TestBank, customer_id: str, *kinds: str) -> None:
    messages = bank.client().text_messages
    choices = await messages.choose(customer_id, ChooseTextMessages(off=list(kinds)), new_intent())
    assert {each.kind for each in choices.items if not each.is_on} == set(kinds)


async def arrived(bank: TestBank, *kinds: str) -> list[str]:
    return [message.text for message in await bank.messages() if message.kind in kinds]


async def test_a_reminder_that_is_turned_off_still_stands_among_the_messages(bank: TestBank) -> None:
    borrower = await borrow(bank)
    await borrower.drawn(1_000_000, 12, "interest_first")
    await turn_off(bank, borrower.customer_id, "repayment_coming")
    for days in (3, 0):
        go_to(bank, DUE_ON - timedelta(days=days))
        await send_reminders(bank.core)
        await bank.work()
    assert await arrived(bank, "repayment_coming") == []
    assert len(await arrived(bank, "repayment_today")) == 1
    kept = await bank.client().customer_messages.all(borrower.customer_id)
    assert [message.kind for message in kept] == ["repayment_reminder"] * 2


async def test_a_failure_is_not_told_when_that_is_turned_off_and_not_afterwards_either(
    bank: TestBank,
) -> None:
    account = await bank.account(LIU)
    customer_id = (await bank.customer(LIU)).customer_id
    await turn_off(bank, customer_id, "order_failed")
    await bank.top_up(account.account_id, 10_000)
    for kinds in (["order_failed"], []):
        await turn_off(bank, customer_id, *kinds)
        bank.clock.advance(TELL_AFTER)
        await job(bank.core).run()
        await bank.work()
    assert [each.text for each in await bank.messages(LIU) if each.kind == "order_failed"] == []
    assert len(await bank.client().customer_messages.all(customer_id)) == 1


@pytest.mark.parametrize("kind", ["overdue", "code", "unheard_of"])
async def test_a_kind_that_is_required_or_unknown_is_refused(bank: TestBank, kind: str) -> None:
    customer_id = (await bank.customer()).customer_id
    with pytest.raises(Problem, match=r"validation|text_message\.required") as refused:
        await turn_off(bank, customer_id, kind)
    assert [error.code for error in refused.value.errors] == ["text_message.required"]


async def test_each_choice_is_kept_with_its_time(bank: TestBank) -> None:
    customer_id = (await bank.customer()).customer_id
    for kinds in (["order_failed"], ["order_failed"], [], ["order_failed"]):
        await turn_off(bank, customer_id, *kinds)
        bank.clock.advance(timedelta(hours=1))
    rows = await bank.store.read(lambda conn: conn.execute(select(turned_off)).all())
    assert sorted(row.on_at is None for row in rows) == [False, True]


async def test_another_partner_neither_sees_nor_changes_a_choice(bank: TestBank) -> None:
    customer_id = (await bank.customer()).customer_id
    with pytest.raises(Problem, match=r"customer\.unknown"):
        await bank.client("haian").text_messages.choices(customer_id)


async def test_messages_are_written_in_the_language_that_the_customer_chose_last(bank: TestBank) -> None:
    borrower = await borrow(bank)
    choose = bank.client().text_messages.choose
    assert (await bank.client().text_messages.choices(borrower.customer_id)).lang == "zh"
    assert (await choose(borrower.customer_id, ChooseTextMessages(lang="en"), new_intent())).lang == "en"
    await borrower.drawn(1_000_000, 12, "interest_first")
    await bank.work()
    (text,) = await arrived(bank, "drawdown")
    assert "Your loan of 10,000 yuan is in your electronic account" in text
    assert "due on 24 December 2026" in text
    assert not re.search("[\u4e00-\u9fff]", text)
    await choose(borrower.customer_id, ChooseTextMessages(lang="zh"), new_intent())
    await borrower.drawn(1_000_000, 12, "interest_first")
    await bank.work()
    assert "您的借款10,000元已到账" in (await arrived(bank, "drawdown"))[0]


async def test_a_loan_repaid_at_once_has_no_first_instalment_in_its_message(bank: TestBank) -> None:
    borrower = await borrow(bank)
    await borrower.drawn(1_000_000, 6, "on_demand")
    await bank.work()
    assert await arrived(bank, "drawdown") == []
    (text,) = await arrived(bank, "drawdown_repaid_at_once")
    assert "到期一次还" in text
    assert "第一期" not in text


async def test_a_failed_order_is_told_in_english_too(bank: TestBank) -> None:
    account = await bank.account(LIU)
    customer_id = (await bank.customer(LIU)).customer_id
    await bank.client().text_messages.choose(customer_id, ChooseTextMessages(lang="en"), new_intent())
    await bank.top_up(account.account_id, 10_000)
    bank.clock.advance(TELL_AFTER)
    await job(bank.core).run()
    await bank.work()
    (text,) = [each.text for each in await bank.messages(LIU) if each.kind == "order_failed"]
    assert "Not done: your top-up of 100 yuan. Nothing was taken from your bank card." in text
