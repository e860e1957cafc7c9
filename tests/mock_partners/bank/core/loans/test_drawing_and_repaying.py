"""Draw, repay part early, settle: over HTTP, on both databases, and the books hold."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, event

from mock_partners.bank.core.kernel.caller import PartnerClient
from mock_partners.bank.core.overview.overview import overview
from partner_adapters.core_bank.drawdowns import AskDraw
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.products import RepaymentMethod
from partner_adapters.core_bank.repayments import AskRepay, Repay
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import wire_name
from tests.support.houses.core import BANKS, WANG, TestBank, new_intent
from tests.support.people.borrowers import books_hold, borrow, go_to, live

pytestmark = pytest.mark.anyio
TODAY = date(2026, 11, 24)


async def test_a_loan_is_drawn_repaid_in_part_and_settled(bank: TestBank) -> None:
    borrower = await borrow(bank, funds_fen=10_000)
    quote = await borrower.quote(2_000_000)
    assert [row.total_fen for row in quote.rows[:11]] == [171_398] * 11
    assert quote.rows[0].due_on == date(2026, 12, 24)
    drawn = await borrower.draw(2_000_000)
    assert (drawn.state, drawn.amount_fen) == ("succeeded", 2_000_000)
    assert await borrower.balance() == 2_010_000
    assert (await borrower.line()).available_fen == 6_000_000
    loan_id = drawn.result["loan_id"]

    await live(bank, date(2026, 12, 4))
    quote_ = await borrower.repay_quote(loan_id, "part", 500_000)
    # Ten of the period's thirty days: a third of 86.67.
    assert (quote_.parts.interest_fen, quote_.parts.principal_fen) == (2_889, 497_111)
    assert quote_.interest_saved_fen > 0
    part = await borrower.repay(loan_id, "part", 500_000)
    assert part.result == {
        "loan_id": loan_id,
        "entry_id": part.result["entry_id"],
        "principal": "4971.11",
        "interest": "28.89",
        "penalty": "0.00",
        "fees": "0.00",
        "currency": "CNY",
    }
    assert await borrower.balance() == 1_510_000
    assert (await borrower.line()).available_fen == 6_497_111
    seen = await borrower.loan(loan_id)
    assert (seen.outstanding_fen, seen.state, seen.due_now_fen) == (1_502_889, "active", 0)
    assert [row.model_dump() for row in seen.plan] == [row.model_dump() for row in quote_.plan_after]
    assert seen.owed_today.interest_fen == 0

    await bank.top_up((await borrower.bank.client().accounts.get(borrower.account_id)).account_id, 10_000)
    full = await borrower.repay(loan_id, "full")
    assert full.amount_fen == 1_502_889
    seen = await borrower.loan(loan_id)
    assert (seen.state, seen.outstanding_fen, seen.next_due) == ("settled", 0, None)
    assert [one.kind for one in seen.repayments] == ["part", "full"]
    assert (await borrower.line()).available_fen == 8_000_000
    with pytest.raises(Problem, match=r"loan\.settled"):
        await borrower.repay_quote(loan_id, "full")
    await live(bank, date(2026, 12, 30))
    await books_hold(bank)


async def test_for_ten_minutes_the_overview_lists_what_succeeded_and_of_which_loan_it_was(
    bank: TestBank,
) -> None:
    borrower = await borrow(bank, funds_fen=10_000)
    drawn = await borrower.draw(2_000_000)
    bank.clock.advance(timedelta(minutes=9))
    repaid = await borrower.repay(drawn.result["loan_id"], "part", 500_000)

    async def recent() -> dict[str, str]:
        known = await bank.client().customers.overview(borrower.customer_id)
        return {order.kind: order.intent for order in known.recent_orders if "loan_id" in order.result}

    assert await recent() == {"drawdown": drawn.intent, "repayment": repaid.intent}
    bank.clock.advance(timedelta(minutes=2))
    assert await recent() == {"repayment": repaid.intent}
    bank.clock.advance(timedelta(minutes=9))
    assert await recent() == {}


async def test_each_event_is_one_line_of_the_statement_and_one_message(bank: TestBank) -> None:
    borrower = await borrow(bank)
    drawn = await borrower.draw(1_000_000)
    await live(bank, date(2026, 12, 1))
    repaid = await borrower.repay(drawn.result["loan_id"], "part", 100_000)
    entries = (await bank.client().accounts.entries(borrower.account_id)).items
    assert [(e.kind, e.direction, e.amount_fen, e.balance_after_fen) for e in entries] == [
        ("repayment", "out", 100_000, 900_000),
        ("drawdown", "in", 1_000_000, 1_000_000),
    ]
    assert [e.intent for e in entries] == [repaid.intent, drawn.intent]
    assert {e.loan_id for e in entries} == {drawn.result["loan_id"]}
    assert [e.reference for e in entries] == [repaid.reference, drawn.reference]
    assert [e.entry_id for e in entries] == [repaid.result["entry_id"], drawn.result["entry_id"]]
    await bank.work()
    told = [(m.kind, m.text) for m in await bank.messages() if m.kind in ("drawdown", "repayment")]
    assert sorted(kind for kind, _ in told) == ["drawdown", "repayment"]
    assert "还款1,000元" in dict(told)["repayment"]
    assert "借款10,000元已到账" in dict(told)["drawdown"]
    await books_hold(bank)


@pytest.mark.both_databases
async def test_a_second_tap_never_draws_twice(bank: TestBank) -> None:
    borrower = await borrow(bank)
    quote = await borrower.quote(1_000_000)
    command, intent = borrower.command(quote), new_intent()
    drawdowns = bank.client().drawdowns
    first, *others = await asyncio.gather(
        *(drawdowns.draw(borrower.line_id, command, intent) for _ in range(6))
    )
    assert all(other == first for other in others)
    assert await borrower.balance() == 1_000_000
    with pytest.raises(Problem, match=r"422 intent\.reused"):
        await drawdowns.draw(borrower.line_id, borrower.command(quote, amount_fen=2_000_000), intent)
    # Seen again since: the same command, though its evidence is newer.
    again = await drawdowns.draw(borrower.line_id, borrower.command(quote), intent)
    assert again == first
    assert len((await bank.client().customers.overview(borrower.customer_id)).loans) == 1
    await books_hold(bank)


@pytest.mark.both_databases
async def test_a_second_tap_never_repays_twice(bank: TestBank) -> None:
    borrower = await borrow(bank)
    loan_id = await borrower.drawn(1_000_000)
    quote = await borrower.repay_quote(loan_id, "part", 300_000)
    command, intent = Repay(kind="part", amount_fen=300_000, quote_sha256=quote.sha256), new_intent()
    repayments = bank.client().repayments
    sent = await asyncio.gather(*(repayments.repay(loan_id, command, intent) for _ in range(6)))
    assert all(order == sent[0] for order in sent)
    assert await borrower.balance() == 700_000
    other = command.model_copy(update={"amount_fen": 200_000})
    with pytest.raises(Problem, match=r"422 intent\.reused"):
        await repayments.repay(loan_id, other, intent)
    await books_hold(bank)


@pytest.mark.both_databases
async def test_two_draws_at_once_never_exceed_the_limit(bank: TestBank) -> None:
    borrower = await borrow(bank)
    quote = await borrower.quote(5_000_000)
    drawdowns = bank.client().drawdowns
    done = await asyncio.gather(
        *(drawdowns.draw(borrower.line_id, borrower.command(quote), new_intent()) for _ in range(2)),
        return_exceptions=True,
    )
    refused = [one for one in done if isinstance(one, Problem)]
    assert len(refused) == 1
    assert refused[0].code == "amount.too_large"
    assert refused[0].params == {"max": "30000.00", "currency": "CNY"}
    assert await borrower.balance() == 5_000_000
    assert (await borrower.line()).available_fen == 3_000_000
    await books_hold(bank)


@pytest.mark.both_databases
async def test_draws_and_repayments_at_once_end_as_if_one_after_another(bank: TestBank) -> None:
    borrower = await borrow(bank, funds_fen=100_000)
    loan_id = await borrower.drawn(2_000_000)
    draw = await borrower.quote(1_000_000)
    part = await borrower.repay_quote(loan_id, "part", 400_000)
    client = bank.client()

    async def repay() -> Order:
        command = Repay(kind="part", amount_fen=400_000, quote_sha256=part.sha256)
        return await client.repayments.repay(loan_id, command, new_intent())

    done = await asyncio.gather(
        *(client.drawdowns.draw(borrower.line_id, borrower.command(draw), new_intent()) for _ in range(3)),
        *(repay() for _ in range(3)),
        return_exceptions=True,
    )
    accepted = [one for one in done if isinstance(one, Order)]
    assert [one.kind for one in accepted].count("drawdown") == 3
    # The second repayment was quoted on a balance that the first has changed.
    assert [one.kind for one in accepted].count("repayment") == 1
    assert {one.code for one in done if isinstance(one, Problem)} == {"quote.changed"}
    assert await borrower.balance() == 100_000 + 2_000_000 + 3_000_000 - 400_000
    assert (await borrower.line()).used_fen == 2_000_000 + 3_000_000 - 400_000
    await books_hold(bank)


@pytest.mark.parametrize(
    ("asked", "code", "params"),
    [
        ({"amount_fen": 90_000}, "amount.too_small", {"min": "1000.00", "currency": "CNY"}),
        ({"amount_fen": 8_010_000}, "amount.too_large", {"max": "80000.00", "currency": "CNY"}),
        ({"amount_fen": 105_000}, "amount.not_a_step", {"step": "100.00", "currency": "CNY"}),
        ({"term_months": 9}, "term.not_offered", {}),
    ],
)
async def test_what_the_line_does_not_offer_is_refused_beside_its_field(
    bank: TestBank, asked: dict[str, int], code: str, params: dict[str, str]
) -> None:
    borrower = await borrow(bank)
    ask = AskDraw.model_validate(
        {"amount_fen": 1_000_000, "term_months": 12, "method": "interest_first"} | asked
    )
    with pytest.raises(Problem) as refused:
        await bank.client().drawdowns.quote(borrower.line_id, ask)
    assert (refused.value.status, refused.value.code) == (422, code)
    assert refused.value.errors[0].field == wire_name(next(iter(asked)))
    assert refused.value.errors[0].params == params


async def test_a_quote_of_yesterday_draws_nothing_today(bank: TestBank) -> None:
    borrower = await borrow(bank)
    quote = await borrower.quote(1_000_000)
    go_to(bank, bank.clock.today() + timedelta(days=1))
    with pytest.raises(Problem, match=r"409 quote\.changed"):
        await bank.client().drawdowns.draw(borrower.line_id, borrower.command(quote), new_intent())
    assert await borrower.balance() == 0
    await books_hold(bank)


async def test_drawing_needs_the_borrower_seen_just_now(bank: TestBank) -> None:
    borrower = await borrow(bank)
    await bank.customer(WANG)
    quote, client = await borrower.quote(1_000_000), bank.client()
    seen_long_ago = bank.evidence(auth_time=int(bank.clock.wall().timestamp()) - 400)
    for evidence in (bank.evidence(WANG), bank.evidence(amr=["pwd"]), seen_long_ago):
        command = borrower.command(quote, evidence=evidence)
        with pytest.raises(Problem, match=r"401 step_up\.required"):
            await client.drawdowns.draw(borrower.line_id, command, new_intent())
    assert await borrower.balance() == 0
    await books_hold(bank)


async def test_a_loan_that_is_repaid_at_once_ends_on_the_day_that_the_borrower_chose(bank: TestBank) -> None:
    borrower = await borrow(bank)
    day = TODAY + timedelta(days=150)
    quote = await borrower.quote(2_000_000, 12, "on_demand", ends_on=day)
    (row,) = quote.rows
    # 20,000 yuan at 5.20 % for 150 days of 360.
    assert (quote.ends_on, row.due_on, row.total_fen) == (day, day, 2_000_000 + 43_333)
    command = borrower.command(quote, ends_on=day)
    order = await bank.client().drawdowns.draw(borrower.line_id, command, new_intent())
    assert (await borrower.loan(order.result["loan_id"])).ends_on == day
    with pytest.raises(Problem, match=r"409 quote\.changed"):
        # Not the quoted day, but the end of the term.
        await bank.client().drawdowns.draw(borrower.line_id, borrower.command(quote), new_intent())
    await books_hold(bank)


@pytest.mark.parametrize(
    ("days", "method", "code"),
    [
        (0, "on_demand", "ends_on.out_of_term"),
        (93, "on_demand", "ends_on.out_of_term"),
        (60, "interest_first", "ends_on.of_on_demand_only"),
    ],
)
async def test_a_loan_ends_after_its_first_day_and_within_its_term(
    bank: TestBank, days: int, method: RepaymentMethod, code: str
) -> None:
    borrower = await borrow(bank)
    with pytest.raises(Problem) as refused:
        await borrower.quote(1_000_000, 3, method, ends_on=TODAY + timedelta(days=days))
    (error,) = refused.value.errors
    assert (error.field, error.code) == ("ends_on", code)
    if code == "ends_on.out_of_term":
        assert error.params == {"first": "2026-11-25", "last": "2027-02-24"}


async def test_nobody_sees_or_touches_another_partners_line_or_loan(bank: TestBank) -> None:
    borrower = await borrow(bank)
    loan_id = await borrower.drawn(1_000_000)
    other = bank.client("haian")
    with pytest.raises(Problem, match=r"404 loan\.unknown"):
        await other.loans.get(loan_id)
    with pytest.raises(Problem, match=r"404 loan\.unknown"):
        await other.repayments.quote(loan_id, AskRepay(kind="full"))
    ask = AskDraw(amount_fen=1_000_000, term_months=12, method="on_demand")
    with pytest.raises(Problem, match=r"404 line\.unknown"):
        await other.drawdowns.quote(borrower.line_id, ask)


async def test_repaying_more_than_the_account_holds_is_refused_with_its_balance(bank: TestBank) -> None:
    borrower = await borrow(bank)
    loan_id = await borrower.drawn(1_000_000, 12, "interest_first")
    await live(bank, date(2026, 12, 1))
    with pytest.raises(Problem) as refused:
        await borrower.repay_quote(loan_id, "full")
    assert refused.value.code == "account.insufficient"
    assert refused.value.errors[0].params == {"balance": "10000.00", "currency": "CNY"}
    await books_hold(bank)


@pytest.mark.parametrize(
    ("amount_fen", "code", "params"),
    [
        (None, "amount.missing", {}),
        (0, "amount.too_small", {"min": "0.01", "currency": "CNY"}),
        (-500, "amount.too_small", {"min": "0.01", "currency": "CNY"}),
        (1_000_001, "amount.too_large", {"max": "10000.00", "currency": "CNY"}),
    ],
)
async def test_a_part_repayment_needs_an_amount_between_one_fen_and_what_is_owed(
    bank: TestBank, amount_fen: int | None, code: str, params: dict[str, str]
) -> None:
    borrower = await borrow(bank, funds_fen=200_000)
    loan_id = await borrower.drawn(1_000_000)
    with pytest.raises(Problem) as refused:
        await borrower.repay_quote(loan_id, "part", amount_fen)
    assert (refused.value.code, refused.value.errors[0].params) == (code, params)
    with pytest.raises(Problem, match=r"409 loan\.nothing_due"):
        await borrower.repay_quote(loan_id, "due")


async def test_two_parts_on_one_day_are_one_and_settling_the_same_day_costs_nothing(bank: TestBank) -> None:
    borrower = await borrow(bank)
    one, two = await borrower.drawn(1_000_000, 6), await borrower.drawn(1_000_000, 6)
    await live(bank, date(2026, 12, 10))
    await borrower.repay(one, "part", 123_457)
    await borrower.repay(one, "part", 76_543)
    await borrower.repay(two, "part", 200_000)
    first, second = await borrower.loan(one), await borrower.loan(two)
    assert first.plan == second.plan
    assert first.owed_today == second.owed_today
    drawn = await borrower.drawn(500_000, 3, "on_demand")
    settled = await borrower.repay(drawn, "full")
    assert settled.amount_fen == 500_000
    await books_hold(bank)


async def test_what_comes_back_on_a_line_that_does_not_revolve_stays_used(bank: TestBank) -> None:
    borrower = await borrow(bank, revolving=False)
    loan_id = await borrower.drawn(2_000_000)
    await borrower.repay(loan_id, "full")
    assert (await borrower.line()).available_fen == 6_000_000
    await books_hold(bank)


async def test_the_home_page_tells_what_is_due_soon(bank: TestBank) -> None:
    borrower = await borrow(bank)
    loan_id = await borrower.drawn(1_000_000)
    client = bank.client().customers
    assert "repayment_due" not in [one.kind for one in (await client.overview(borrower.customer_id)).todo]
    await live(bank, date(2026, 12, 17))
    home = await client.overview(borrower.customer_id)
    todo = next(one for one in home.todo if one.kind == "repayment_due")
    assert (todo.ref, todo.due_on, todo.amount_fen) == (loan_id, date(2026, 12, 24), 85_699)
    assert home.loans[0].next_due is not None
    assert home.loans[0].next_due.total_fen == 85_699
    await books_hold(bank)


async def test_the_home_page_asks_the_database_no_more_for_more_loans(bank: TestBank) -> None:
    borrower = await borrow(bank)

    def statements(conn: Connection) -> int:
        sent: list[str] = []
        event.listen(conn, "before_cursor_execute", lambda *call: sent.append(call[2]))
        ctx = bank.core.context(BANKS["lyg"], PartnerClient("lyg"))
        assert len(overview(conn, ctx, borrower.customer_id).loans) == loans
        return len(sent)

    sent = {}
    for loans in (1, 4):
        while len((await bank.client().customers.overview(borrower.customer_id)).loans) < loans:
            await borrower.repay(await borrower.drawn(200_000), "part", 100_000)
        sent[loans] = await bank.store.read(statements)
    assert sent[1] == sent[4]
