"""Between midnight and the close of the day: what the account covers is due, and nothing is refused for it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from mock_partners.bank.core.end_of_day.day_close import close_days
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import TestBank
from tests.support.people.borrowers import books_hold, borrow, live

pytestmark = pytest.mark.anyio
FIRST_DUE = date(2026, 12, 24)
ONE_DAY = timedelta(days=1)


def midnight_after(bank: TestBank, day: date) -> None:
    """Five seconds past the end of `day`."""
    after = datetime.combine(day + ONE_DAY, time(0, 0, 5), CHINA)
    bank.clock.advance(after - bank.clock.now())


@pytest.mark.both_databases
async def test_nothing_is_overdue_or_refused_that_the_close_will_collect(bank: TestBank) -> None:
    borrower = await borrow(bank)
    loans = [await borrower.drawn(1_000_000), await borrower.drawn(500_000, 3, "on_demand")]
    await live(bank, FIRST_DUE)
    midnight_after(bank, FIRST_DUE)
    shown = await borrower.loan(loans[0])
    assert (shown.state, shown.plan[0].state, shown.owed_today.penalty_fen) == ("active", "due", 0)
    assert (shown.due_now_fen, shown.next_due and shown.next_due.due_on) == (85_699, FIRST_DUE)
    home = await bank.client().customers.overview(borrower.customer_id)
    assert {loan.state for loan in home.loans} == {"active"}
    assert "draw_available" in {item.kind for item in home.todo}
    # Drawn before the close: its loan is one more, and the payment is collected all the same.
    await borrower.draw(100_000)
    await close_days(bank.core)
    shown = await borrower.loan(loans[0])
    assert (shown.plan[0].state, shown.owed_today.penalty_fen, shown.repayments[0].penalty_fen) == (
        "paid",
        0,
        0,
    )
    await books_hold(bank)


async def test_what_the_account_does_not_cover_is_overdue_from_midnight_on(bank: TestBank) -> None:
    """Also where it covers the older of two payments, which is collected first."""
    borrower = await borrow(bank)
    # Of two loans drawn on one day, the account serves the one with the lesser id first.
    older, newer = sorted([await borrower.drawn(1_000_000, 3, "on_demand") for _ in range(2)])
    due_on = date(2027, 2, 24)
    await live(bank, due_on)
    midnight_after(bank, due_on)
    assert ((await borrower.loan(older)).state, (await borrower.loan(newer)).state) == ("active", "overdue")
    assert (await borrower.loan(newer)).owed_today.penalty_fen > 0
    with pytest.raises(Problem, match=r"409 line\.not_open"):
        await borrower.quote(100_000)
    await close_days(bank.core)
    assert ((await borrower.loan(older)).state, (await borrower.loan(newer)).state) == ("settled", "overdue")
    await books_hold(bank)
