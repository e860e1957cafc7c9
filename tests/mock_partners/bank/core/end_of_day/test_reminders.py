"""Reminders: three days before a payment and on its day, each once, with what the account lacks for it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from mock_partners.bank.core.end_of_day.reminders import send_reminders
from tests.support.houses.core import TestBank
from tests.support.people.borrowers import Borrower, borrow, go_to

pytestmark = pytest.mark.anyio
DUE_ON = date(2026, 12, 24)


async def borrower_of(bank: TestBank) -> Borrower:
    borrower = await borrow(bank)
    await borrower.drawn(1_000_000, 12, "interest_first")
    return borrower


async def reminded(bank: TestBank, day: date) -> list[str]:
    """The kinds of reminders that arrive on this day, however often the job runs."""
    go_to(bank, day)
    before = len(await bank.messages())
    for _ in range(2):
        await send_reminders(bank.core)
        await bank.work()
    came = (await bank.messages())[: len(await bank.messages()) - before]
    return [
        message.kind for message in came if message.kind.startswith(("repayment_coming", "repayment_today"))
    ]


@pytest.mark.parametrize(
    ("days", "kinds"),
    [(4, []), (3, ["repayment_coming"]), (2, []), (1, []), (0, ["repayment_today"])],
)
async def test_a_reminder_is_sent_three_days_before_and_on_the_day(
    bank: TestBank, days: int, kinds: list[str]
) -> None:
    await borrower_of(bank)
    assert await reminded(bank, DUE_ON - timedelta(days=days)) == kinds


async def test_a_reminder_says_what_the_account_lacks_and_stands_among_the_messages(bank: TestBank) -> None:
    """What was borrowed still lies in the account; the interest does not."""
    borrower = await borrow(bank)
    loan_id = await borrower.drawn(1_000_000, 3, "on_demand")
    due_on = date(2027, 2, 24)
    assert await reminded(bank, due_on - timedelta(days=3)) == ["repayment_coming_short"]
    (text,) = [one.text for one in await bank.messages() if one.kind == "repayment_coming_short"]
    assert "应还10,132.89元" in text
    assert "还差132.89元" in text
    assert await reminded(bank, due_on) == ["repayment_today_short"]
    today, coming = await bank.client().customer_messages.all(borrower.customer_id)
    assert (today.kind, today.ref, today.due_on) == ("repayment_reminder", loan_id, due_on)
    assert (coming.amount_fen, coming.missing_fen) == (1_013_289, 13_289)


async def test_nobody_is_woken_by_a_reminder(bank: TestBank) -> None:
    await borrower_of(bank)
    await bank.work()
    go_to(bank, DUE_ON - timedelta(days=3))
    bank.clock.advance(-timedelta(hours=2))
    await send_reminders(bank.core)
    assert await bank.unfinished() == []
