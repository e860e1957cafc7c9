"""The business date never goes back, and after a leap of the clock it waits for an operator."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from mock_partners.bank.core.end_of_day.day_close import close_days
from mock_partners.bank.core.end_of_day.tables import day_close
from mock_partners.bank.core.kernel.access import issue
from mock_partners.bank.core.kernel.business_date import BusinessDates
from mock_partners.bank.core.kernel.tables import date_confirmation
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.web.calls.http_client import NotBegun
from tests.mock_partners.bank.core.conftest import START
from tests.support.houses.core import TestBank, caller_with, new_intent
from tests.support.people.borrowers import Borrower, books_hold, borrow

pytestmark = [pytest.mark.anyio, pytest.mark.both_databases]
ONE_DAY = timedelta(days=1)


@pytest.fixture
def clock() -> FixedClock:
    """The clock of a machine, which no person vouches for."""
    return FixedClock(START, confirms=False)


async def call(bank: TestBank, method: str, path: str, scope: str = "api", **more: Any) -> httpx.Response:
    token = issue(bank.core, caller_with(bank.core.settings, scope))
    headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
    return await bank.http.send(method, f"http://core-bank{path}", repeatable=False, headers=headers, **more)


async def confirm(bank: TestBank, day: date, scope: str = "dates") -> httpx.Response:
    return await call(bank, "POST", "/business-date", scope, json={"business_date": day.isoformat()})


async def refused(bank: TestBank, borrower: Borrower) -> bool:
    """Whether a top-up is not begun, and is answered as a caller must read it."""
    path = f"/accounts/{borrower.account_id}/top-ups"
    answer = await call(
        bank, "POST", path, json={"amount": "1.00"}, headers={"Idempotency-Key": new_intent()}
    )
    if answer.status_code == 202:
        return False
    assert (answer.status_code, answer.json()["code"]) == (503, "day.not_open")
    assert int(answer.headers["retry-after"]) > 0
    with pytest.raises(NotBegun):
        await bank.client().top_ups.start(borrower.account_id, TopUp(amount_fen=100), new_intent())
    return True


async def test_a_day_begins_at_midnight_and_never_again(bank: TestBank) -> None:
    borrower = await borrow(bank)
    await bank.core.dates.refresh()
    bank.clock.advance(ONE_DAY)
    assert await borrower.drawn(1_000_000)
    await close_days(bank.core)
    bank.clock.advance(-3 * ONE_DAY)
    shown = await call(bank, "GET", f"/accounts/{borrower.account_id}")
    assert shown.headers["sunbridge-business-date"] == "2026-11-25"
    assert bank.context().today == bank.context().now.date() == date(2026, 11, 25)
    assert not await refused(bank, borrower)
    # The same after a start: the stored date counts, not the clock.
    again = BusinessDates(bank.store, bank.clock, ["hzw", "hab"])
    await again.refresh()
    assert (again.today("hzw"), again.is_open("hzw")) == (date(2026, 11, 25), True)
    # What was booked lies ahead of such a clock.
    broken = [item.name for item in (await bank.proof()).items if not item.holds]
    assert broken == ["times.nothing_is_dated_ahead"]
    bank.clock.advance(3 * ONE_DAY)
    await books_hold(bank)


@pytest.mark.parametrize("running", [True, False], ids=["while it runs", "before it starts"])
async def test_after_a_leap_of_the_clock_it_reads_only_until_an_operator_confirms(
    bank: TestBank, running: bool
) -> None:
    borrower = await borrow(bank, funds_fen=100_000)
    await borrower.drawn(1_000_000)
    done, command = new_intent(), TopUp(amount_fen=100)
    order = await bank.client().top_ups.start(borrower.account_id, command, done)
    if running:
        await bank.core.dates.refresh()
    bank.clock.advance(5 * ONE_DAY)
    await bank.core.dates.refresh()
    today = bank.clock.today()

    shown = await call(bank, "GET", f"/accounts/{borrower.account_id}")
    assert (shown.status_code, shown.headers["sunbridge-business-date"]) == (200, "2026-11-24")
    assert await refused(bank, borrower)
    assert (await bank.client().top_ups.start(borrower.account_id, command, done)).intent == order.intent
    ready = await call(bank, "GET", "/readyz")
    assert (ready.status_code, ready.json()["failed"]) == (503, ["business_date"])
    await close_days(bank.core)
    assert await closed_days(bank) == []

    assert (await confirm(bank, today, "api")).status_code == 403
    wrong = await confirm(bank, today + ONE_DAY)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "business_date.differs")
    for _ in range(2):
        told = (await confirm(bank, today)).json()
        assert told == {"business_date": today.isoformat(), "is_open": False}
    assert await refused(bank, borrower), "the missed days are not closed yet"
    other_node = BusinessDates(bank.store, bank.clock, ["hzw", "hab"])
    await other_node.refresh()
    assert (other_node.today("hzw"), other_node.is_open("hzw")) == (today, False)
    await close_days(bank.core)
    assert await closed_days(bank) == [date(2026, 11, 24) + number * ONE_DAY for number in range(5)]
    assert not await refused(bank, borrower)
    # The other bank has operators of its own.
    assert (await call(bank, "GET", "/readyz")).json()["causes"] == {
        "business_date": "hab stays on 2026-11-24; the clock says 2026-11-29"
    }
    [audited] = await bank.store.read(lambda conn: conn.execute(select(date_confirmation)).all())
    assert (audited.bank_id, audited.day, audited.from_day) == ("hzw", today, date(2026, 11, 24))
    assert audited.confirmed_by == "duty-hzw"
    passed = await confirm(bank, today - ONE_DAY)
    assert (passed.status_code, passed.json()["code"]) == (409, "business_date.passed")
    await books_hold(bank)


async def closed_days(bank: TestBank) -> list[date]:
    query = select(day_close.c.day).where(day_close.c.bank_id == "hzw").order_by(day_close.c.day)
    return await bank.store.read(lambda conn: list(conn.execute(query).scalars()))
