"""Closing days: collection on the due day, overdue and penalty, outages, several workers. On both databases."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from mock_partners.bank.core import ledger, orders
from mock_partners.bank.core.calculation.terms import ServicingRules
from mock_partners.bank.core.end_of_day.day_close import close_days, last_closed
from mock_partners.bank.core.loans import drawdowns, repayments
from mock_partners.bank.core.loans.servicing import LoanMismatch
from mock_partners.bank.core.loans.tables import loan
from mock_partners.bank.core.verification.evidence import Verified
from partner_adapters.core_bank.repayments import Repay
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.identity.identity import Person, VerifiedIdentity
from partner_adapters.identity.policy import AcceptedCheck
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.values.money import round_fen
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import HOLDER, TestBank, new_intent
from tests.support.houses.core import running_bank as a_bank
from tests.support.people.borrowers import Borrower, books_hold, borrow, go_to, live

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
FIRST_DUE = date(2026, 12, 24)
ONE_DAY = timedelta(days=1)


async def booked(bank: TestBank, code: str) -> int:
    return await bank.store.read(lambda conn: ledger.balance(conn, "hzw", code))


async def snapshot(borrower: Borrower) -> dict[str, Any]:
    """What a borrower and an auditor see, ids and moments left out."""
    home = await borrower.bank.client().customers.overview(borrower.customer_id)
    entries = (await borrower.bank.client().accounts.entries(borrower.account_id, limit=100)).items
    loans = [await borrower.loan(one.loan_id) for one in home.loans]
    ids = {"loan_id", "line_id", "contract_id", "intent", "booked_at", "account_last_four"}
    return {
        "loans": [one.model_dump(exclude=ids | {"repayments"}) for one in loans],
        "repayments": [r.model_dump(exclude=ids) for one in loans for r in one.repayments],
        "money": sorted((e.kind, e.direction, e.amount_fen) for e in entries),
        "balance": await borrower.balance(),
        "lines": [(line.used_fen, line.available_fen) for line in home.lines],
        "books": {
            code: await booked(borrower.bank, code)
            for code in ("loans.principal", "loans.interest_receivable", "income.interest", "income.penalty")
        },
    }


async def some_life(borrower: Borrower, close_each_day: bool) -> None:
    """Three loans, two of them repaid early, too little money on the due day of the third, some of it days later."""
    bank, start = borrower.bank, borrower.bank.clock.today()

    async def until(days: int) -> None:
        if close_each_day:
            await live(bank, start + timedelta(days=days))
        else:
            go_to(bank, start + timedelta(days=days))

    level = await borrower.drawn(2_000_000)
    await until(3)
    interest_first = await borrower.drawn(1_000_000, 6, "interest_first")
    await until(11)
    await borrower.repay(level, "part", 300_000)
    await borrower.drawn(500_000, 3, "on_demand")
    await until(40)
    await borrower.repay(level, "part", 200_000)
    await borrower.repay(interest_first, "full")
    await borrower.repay(level, "full")
    await until(110)
    await bank.top_up(borrower.account_id, 20_000)
    await until(130)
    await close_days(bank.core)


async def test_days_closed_one_by_one_are_days_closed_at_once_by_many(bank: TestBank, tmp_path: Path) -> None:
    """The one on the database under test, the other always on SQLite, caught up by four workers at once."""
    start = FixedClock(bank.clock.at)
    daily = await borrow(bank)
    await some_life(daily, close_each_day=True)
    folder = tmp_path / "late"
    folder.mkdir()
    async with a_bank(f"sqlite:///{folder / 'core.sqlite'}", folder, start) as late_bank:
        late = await borrow(late_bank)
        await some_life(late, close_each_day=False)
        await asyncio.gather(*(close_days(late_bank.core) for _ in range(4)))
        assert await snapshot(late) == await snapshot(daily)
        await books_hold(late_bank)
    home = await bank.client().customers.overview(daily.customer_id)
    assert {one.state for one in home.loans} == {"overdue", "settled"}
    assert await booked(bank, "income.penalty") > 0
    await books_hold(bank)


@pytest.mark.both_databases
async def test_closing_a_day_again_changes_nothing(bank: TestBank) -> None:
    borrower = await borrow(bank)
    await borrower.drawn(2_000_000)
    await live(bank, date(2027, 1, 10))
    before = await snapshot(borrower)
    await asyncio.gather(*(close_days(bank.core) for _ in range(3)))
    assert await snapshot(borrower) == before
    assert await bank.store.read(lambda conn: last_closed(conn, "hzw")) == date(2027, 1, 9)
    await books_hold(bank)


@pytest.mark.both_databases
async def test_many_workers_close_an_outage_once(bank: TestBank) -> None:
    borrower = await borrow(bank)
    for method in ("level_payment", "interest_first", "on_demand"):
        await borrower.drawn(1_000_000, 3, method)
    go_to(bank, FIRST_DUE + timedelta(days=10))
    with capture_logs() as logged:
        await asyncio.gather(*(close_days(bank.core) for _ in range(4)))
    assert [line for line in logged if line["event"] == "day_close.failed"] == []
    assert await bank.store.read(lambda conn: last_closed(conn, "hzw")) == FIRST_DUE + timedelta(days=9)
    await books_hold(bank)


async def test_the_running_core_closes_what_it_missed_without_being_asked(bank: TestBank) -> None:
    borrower = await borrow(bank)
    await borrower.drawn(1_000_000)
    go_to(bank, FIRST_DUE + ONE_DAY)
    async with bank.app.router.lifespan_context(bank.app):
        for _ in range(500):
            if await bank.store.read(lambda conn: last_closed(conn, "hzw")) == FIRST_DUE:
                break
            await asyncio.sleep(0.02)
    assert await borrower.balance() == 1_000_000 - 85_699
    await books_hold(bank)


async def test_what_is_due_is_collected_when_its_day_ends(bank: TestBank) -> None:
    borrower = await borrow(bank)
    loan_id = await borrower.drawn(2_000_000)
    await live(bank, FIRST_DUE)
    seen = await borrower.loan(loan_id)
    assert (seen.due_now_fen, seen.plan[0].state, seen.state) == (171_398, "due", "active")
    await live(bank, FIRST_DUE + ONE_DAY)
    seen = await borrower.loan(loan_id)
    assert (seen.due_now_fen, seen.plan[0].state, seen.state) == (0, "paid", "active")
    assert await borrower.balance() == 2_000_000 - 171_398
    (collected,) = seen.repayments
    assert (collected.kind, collected.business_date) == ("due", FIRST_DUE)
    order = await bank.client().orders.get(collected.intent)
    assert (order.kind, order.state, order.amount_fen) == ("repayment", "succeeded", 171_398)
    await bank.work()
    assert any("扣款1,713.98元" in message.text for message in await bank.messages())
    await books_hold(bank)


async def test_no_caller_can_take_the_name_of_a_collection_beforehand(bank: TestBank) -> None:
    """Else any partner of the bank could keep a borrower's days open for good."""
    borrower = await borrow(bank)
    loan_id = await borrower.drawn(2_000_000)
    taken = f"{orders.OWN}{loan_id}-{FIRST_DUE}"
    with pytest.raises(Problem, match=r"400 intent\.missing"):
        await bank.client().top_ups.start(borrower.account_id, TopUp(amount_fen=10_000), taken)
    await live(bank, FIRST_DUE + ONE_DAY)
    (collected,) = (await borrower.loan(loan_id)).repayments
    assert collected.intent == taken
    await books_hold(bank)


async def test_what_is_not_paid_is_overdue_and_bears_penalty_until_it_is(bank: TestBank) -> None:
    borrower = await borrow(bank)
    loan_id = await borrower.drawn(1_000_000, 3, "on_demand")
    due_on = date(2027, 2, 24)
    await live(bank, due_on + ONE_DAY)
    seen = await borrower.loan(loan_id)
    # What the account held was taken; what is left is the interest of 92 days, and a night's penalty on it.
    assert (seen.state, seen.plan[0].state, await borrower.balance()) == ("overdue", "overdue", 0)
    assert (seen.outstanding_fen, seen.owed_today.interest_fen, seen.owed_today.penalty_fen) == (13_289, 0, 3)
    await bank.work()
    assert any("还差132.89元" in message.text for message in await bank.messages())
    with pytest.raises(Problem, match=r"409 line\.not_open"):
        await borrower.quote(100_000)
    home = await bank.client().customers.overview(borrower.customer_id)
    assert [item.kind for item in home.todo] == ["repayment_due"]

    await live(bank, due_on + timedelta(days=20))
    seen = await borrower.loan(loan_id)
    assert seen.owed_today.penalty_fen == round_fen(13_289 * Fraction(78, 1000) * Fraction(20, 360))
    assert seen.due_now_fen == 13_289 + seen.owed_today.penalty_fen
    assert await booked(bank, "income.penalty") == seen.owed_today.penalty_fen
    await bank.top_up(borrower.account_id, 50_000)
    paid = await borrower.repay(loan_id, "due")
    assert paid.amount_fen == seen.due_now_fen
    assert (await borrower.loan(loan_id)).state == "settled"
    await borrower.quote(100_000)
    await books_hold(bank)


async def test_money_that_came_after_the_due_day_does_not_count_as_paid_on_it(bank: TestBank) -> None:
    """The due day is closed days late; meanwhile the account was filled. On the day itself it held too little."""
    borrower = await borrow(bank)
    loan_id = await borrower.drawn(2_000_000, 3, "on_demand")
    due_on = date(2027, 2, 24)
    go_to(bank, due_on + timedelta(days=2))
    await bank.top_up(borrower.account_id, 30_000)
    go_to(bank, due_on + timedelta(days=4))
    await close_days(bank.core)
    seen = await borrower.loan(loan_id)
    assert [(one.amount_fen, one.penalty_fen, one.business_date) for one in seen.repayments] == [
        (2_000_000, 0, due_on),
        (26_578 + 12, 12, due_on + timedelta(days=2)),
    ]
    assert (seen.state, await borrower.balance()) == ("settled", 30_000 - 26_590)
    await books_hold(bank)


async def test_a_quote_brings_its_own_customer_up_to_date_first(bank: TestBank) -> None:
    """No job ran for weeks: a quote then closes the missing days itself, collection included, and holds."""
    borrower = await borrow(bank)
    loan_id = await borrower.drawn(2_000_000)
    go_to(bank, FIRST_DUE + timedelta(days=3))
    quote = await borrower.repay_quote(loan_id, "part", 100_000)
    assert quote.parts.penalty_fen == 0
    await borrower.repay(loan_id, "part", 100_000)
    seen = await borrower.loan(loan_id)
    assert [(one.kind, one.business_date) for one in seen.repayments] == [
        ("due", FIRST_DUE),
        ("part", FIRST_DUE + timedelta(days=3)),
    ]
    await close_days(bank.core)
    assert await borrower.loan(loan_id) == seen
    await books_hold(bank)


async def test_a_loan_drawn_as_the_clock_struck_twelve_is_closed_for_its_day_too(bank: TestBank) -> None:
    """The draw reads its date before midnight and commits after the job closed that day for everybody else."""
    borrower = await borrow(bank)
    await borrower.drawn(1_000_000)
    quote = await borrower.quote(1_000_000)
    yesterday, subject = bank.context(), f"subject of {borrower.who.key}"
    seen = VerifiedIdentity(
        "lyg",
        subject,
        Person(),
        None,
        ("face",),
        bank.clock.wall(),
        evidence_id=None,
        evidence_digest="0" * 64,
        content_digest="0" * 64,
    )
    verified = Verified("drawdown", AcceptedCheck(), bank.hosts.issuer("lyg"), seen, HOLDER)
    await live(bank, yesterday.today + ONE_DAY)
    command, intent = borrower.command(quote), new_intent()
    await bank.store.write(
        lambda conn: drawdowns.draw(conn, yesterday, borrower.line_id, command, intent, verified)
    )
    loan_id = (await bank.client().customers.overview(borrower.customer_id)).loans[0].loan_id
    full = Repay(kind="full", quote_sha256="0" * 64)
    with pytest.raises(Problem, match=r"409 quote\.changed"):
        await bank.store.write(lambda conn: repayments.repay(conn, yesterday, loan_id, full, new_intent()))
    await live(bank, yesterday.today + timedelta(days=3))
    assert await bank.store.read(lambda conn: last_closed(conn, "hzw")) == yesterday.today + timedelta(days=2)
    loans = (await bank.client().customers.overview(borrower.customer_id)).loans
    owed = [(await borrower.loan(one.loan_id)).owed_today for one in loans]
    assert owed[0] == owed[1]
    await books_hold(bank)


async def test_interest_of_the_days_is_the_interest_of_the_period(bank: TestBank) -> None:
    borrower = await borrow(bank)
    quote = await borrower.quote(1_230_000, 6, "interest_first")
    await borrower.drawn(1_230_000, 6, "interest_first")
    await live(bank, FIRST_DUE)
    assert await booked(bank, "income.interest") == quote.rows[0].interest_fen
    await live(bank, date(2027, 1, 24))
    assert await booked(bank, "income.interest") == quote.rows[0].interest_fen + quote.rows[1].interest_fen
    await books_hold(bank)


async def test_grace_days_cost_nothing(bank: TestBank) -> None:
    borrower = await borrow(bank, rules=ServicingRules(grace_days=3, collect_from_account=False))
    loan_id = await borrower.drawn(2_000_000)
    await live(bank, FIRST_DUE + timedelta(days=3))
    seen = await borrower.loan(loan_id)
    assert (seen.state, seen.plan[0].state, seen.due_now_fen) == ("active", "due", 171_398)
    await live(bank, FIRST_DUE + timedelta(days=4))
    seen = await borrower.loan(loan_id)
    assert (seen.state, seen.plan[0].state, seen.owed_today.penalty_fen) == ("overdue", "overdue", 37)
    assert await borrower.balance() == 2_000_000
    await books_hold(bank)


@pytest.mark.breaks_the_books
async def test_one_loan_out_of_step_is_left_alone_and_keeps_the_day_open(bank: TestBank) -> None:
    borrower = await borrow(bank)
    broken, fine = await borrower.drawn(1_000_000), date(2026, 11, 28)
    await live(bank, fine)

    def tamper(conn: Connection) -> None:
        conn.execute(
            text("UPDATE loan SET interest_fen = interest_fen + 1 WHERE loan_id = :id"), {"id": broken}
        )

    await bank.store.write(tamper)
    await live(bank, fine + timedelta(days=3))
    assert await bank.store.read(lambda conn: last_closed(conn, "hzw")) == fine - ONE_DAY
    query = select(loan.c.closed_through).where(loan.c.loan_id == broken)
    assert await bank.store.read(lambda conn: conn.execute(query).scalar_one()) == fine - ONE_DAY
    report = await bank.proof()
    assert [item.name for item in report.items if not item.holds] == [
        "lending.interest_fen_ties_to_loans.interest_receivable",
        "lending.income.interest_is_owed_or_paid",
        "lending.interest_fen_of_each_loan_was_booked_on_it",
    ]
    with pytest.raises(LoanMismatch):
        await borrower.repay(broken, "part", 100_000)


async def test_raw_sql_cannot_rewrite_a_loan_or_a_repayment(bank: TestBank) -> None:
    borrower = await borrow(bank)
    loan_id = await borrower.drawn(1_000_000)
    await borrower.repay(loan_id, "part", 100_000)
    for attack in (
        "UPDATE loan SET terms = '{}'",
        "UPDATE loan SET agreed = '{}'",
        "UPDATE loan SET state = 'settled'",
        "UPDATE loan SET principal_fen = -1",
        "UPDATE loan SET closed_through = '2020-01-01'",
        "DELETE FROM loan",
        "UPDATE repayment SET value_date = '2020-01-01'",
        "UPDATE repayment SET amount_fen = 1",
        "DELETE FROM repayment",
    ):
        with pytest.raises(IntegrityError, match=r"lending|CHECK|check|never"):
            await bank.store.write(lambda conn, attack=attack: conn.execute(text(attack)))  # type: ignore[misc]
    await books_hold(bank)
