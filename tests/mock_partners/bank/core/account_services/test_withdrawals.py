"""Withdrawals: the account's money reaches the card once, or comes back, whatever gets lost on the way."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from mock_partners.bank.core import ledger
from mock_partners.bank.core.account_services.transfers import settle
from mock_partners.bank.core.end_of_day.day_close import close_days
from mock_partners.bank.core.ledger.tables import journal, posting
from mock_partners.bank.core.orders.tables import difference, reconciled_day
from mock_partners.bank.core.reconciliation.card_transfers import TRANSFERS
from mock_partners.bank.core.reconciliation.settlement import reconcile_days
from mock_partners.outside.card_network.tables import card
from mock_partners.outside.card_network.tables import transfer as network_transfer
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.card_network.wire import TransferState
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.freezes import FreezeByBank
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.core_bank.own_limits import ChangeLimits
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.core_bank.withdrawals import AskWithdraw
from partner_adapters.kit.values.problems import Problem
from tests.support.databases.breaking import seen
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.houses.figures import set_figures, withdrawal_rules
from tests.support.people.borrowers import borrow
from tests.support.people.operators import resolve, stop

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
FUNDS_FEN = 100_000
ON_CARD_FEN = 500_000 - FUNDS_FEN
FEE_BREACHES = [
    ("UPDATE posting SET amount_fen = 100 WHERE credit_code = 'income.fees'", "withdrawals.booked_as_held"),
    (
        "UPDATE posting SET amount_fen = 99801 WHERE credit_code = 'network.clearing'",
        "withdrawals.booked_as_ordered",
    ),
    ("UPDATE customer_order SET state = 'failed' WHERE kind = 'withdrawal'", "withdrawals.booked_as_ordered"),
    ("UPDATE account_hold SET amount_fen = 99800", "holds.are_as_their_orders"),
    (
        "UPDATE customer_order SET result = json_set(result, '$.fee', '1.00') WHERE kind = 'withdrawal'",
        "holds.are_as_their_orders",
    ),
]


def charge(monkeypatch: pytest.MonkeyPatch, fee_fen: int, since: date = date(2016, 12, 1)) -> None:
    """Let the bank take a fee for withdrawals from a day on."""

    set_figures(monkeypatch, since, withdrawal_rules=withdrawal_rules(fee_fen))


async def card_balance(bank: TestBank) -> int:
    query = select(card.c.balance_fen).where(card.c.number.like("%1234"))
    return int(await bank.network.store.read(lambda conn: conn.execute(query).scalar_one()))


async def started(bank: TestBank, account: Account, amount_fen: int = 10_000) -> Order:
    command = await bank.withdrawal(account.account_id, amount_fen)
    return await bank.client().withdrawals.start(account.account_id, command, new_intent())


async def state_of(bank: TestBank, order: Order) -> Order:
    return await bank.client().orders.get(order.intent)


async def account_of(bank: TestBank, account: Account) -> tuple[int, int]:
    """Balance and what of it is available."""
    now = await bank.client().accounts.get(account.account_id)
    return now.balance_fen, now.available_fen


async def arm(bank: TestBank, *names: str) -> None:
    await bank.http.send(
        "POST", "http://card-network/_deviate", repeatable=False, json={"names": list(names)}
    )


async def network_and_books(bank: TestBank) -> tuple[dict[str, int], dict[str, int]]:
    """What the network moved and what we booked, by kind of order: in fen, out of the card as debits."""
    moved = await bank.network.store.read(
        lambda conn: {
            row.intent: row.amount_fen
            for row in conn.execute(select(network_transfer).where(network_transfer.c.state == "succeeded"))
        }
    )
    p, j = posting.c, journal.c
    query = (
        select(j.intent, p.amount_fen)
        .join(posting, (p.bank_id == j.bank_id) & (p.journal_id == j.journal_id))
        .where(
            j.kind.in_(list(TRANSFERS)),
            (p.debit_code == "network.clearing") | (p.credit_code == "network.clearing"),
        )
    )
    booked = await bank.store.read(lambda conn: {row.intent: row.amount_fen for row in conn.execute(query)})
    return moved, booked


async def holds_true(bank: TestBank) -> None:
    """The network's own ledger and ours say the same of every kind of transfer, and the proof holds."""
    moved, booked = await network_and_books(bank)
    assert moved == booked
    await bank.prove()


async def test_money_goes_from_the_account_to_the_card_once_and_the_statement_says_so(bank: TestBank) -> None:
    account = await bank.funded_account(LI, FUNDS_FEN)
    order = await started(bank, account)
    assert order.state is OrderState.PROCESSING
    assert await account_of(bank, account) == (FUNDS_FEN, FUNDS_FEN - 10_000)
    await bank.work()
    order = await state_of(bank, order)
    assert (order.state, order.result["balance"], order.result["fee"]) == ("succeeded", "900.00", "0.00")
    assert order.target == {"zh": "中国银行（1234）", "en": "Bank of China (1234)"}
    assert await account_of(bank, account) == (FUNDS_FEN - 10_000, FUNDS_FEN - 10_000)
    assert await card_balance(bank) == ON_CARD_FEN + 10_000
    entry = await bank.client().accounts.entry(account.account_id, order.result["entry_id"])
    assert (entry.kind, entry.direction, entry.amount_fen) == ("withdrawal", "out", 10_000)
    assert entry.counterparty == order.target
    assert "提现100元到中国银行（1234）" in (await bank.messages(LI))[0].text
    await holds_true(bank)


async def test_a_loan_that_was_drawn_can_leave_to_the_last_fen(bank: TestBank) -> None:
    li = await borrow(bank, funds_fen=0)
    await li.drawn(2_000_000)
    assert (await bank.withdraw(li.account_id, 2_000_000)).state is OrderState.SUCCEEDED
    assert (await bank.client().accounts.get(li.account_id)).balance_fen == 0
    await holds_true(bank)


async def test_a_refused_credit_returns_the_money_and_says_why(bank: TestBank) -> None:
    account = await bank.funded_account(LI, FUNDS_FEN)
    for outcome in ("card_closed", "refused_at_once"):
        await arm(bank, f"credit.{outcome}")
        order = await bank.withdraw(account.account_id, FUNDS_FEN)
        assert order.reason is not None
        assert (order.state, order.reason.code) == (OrderState.FAILED, "card.closed")
        assert await account_of(bank, account) == (FUNDS_FEN, FUNDS_FEN)
        assert (await bank.client().accounts.get(account.account_id)).limits.used_today_fen == 0
    assert await card_balance(bank) == ON_CARD_FEN
    await arm(bank)
    assert (await bank.withdraw(account.account_id, FUNDS_FEN)).state is OrderState.SUCCEEDED
    await holds_true(bank)


LOST = {
    "the answer, for good": Fault(kind="drop_response", method="POST", path="/credits", times=3),
    "the network at first": Fault(kind="down", method="POST", path="/credits", times=3),
    "all answers": Fault(kind="drop_response", times=9),
}


async def test_whatever_is_lost_toward_the_network_the_card_is_credited_once(bank: TestBank) -> None:
    account = await bank.funded_account(LI, FUNDS_FEN)
    for number, (what, fault) in enumerate(LOST.items(), start=1):
        bank.wires.faults["card_network"].add(fault)
        # Another amount each time: a like order so soon would be asked about.
        assert (await bank.withdraw(account.account_id, 10_000 + number)).state is OrderState.SUCCEEDED, what
        bank.wires.faults["card_network"].clear()
    assert await card_balance(bank) == ON_CARD_FEN + 30_006
    await holds_true(bank)


async def test_an_hour_without_the_network_keeps_the_money_and_then_pays_it_once(bank: TestBank) -> None:
    account = await bank.funded_account(LI, FUNDS_FEN)
    bank.wires.faults["card_network"].add(Fault(kind="down", times=None))
    order = await started(bank, account, FUNDS_FEN)
    for _ in range(12):
        bank.clock.advance(timedelta(minutes=5))
        await bank.core.worker.work_once()
    assert (await state_of(bank, order)).state is OrderState.PROCESSING
    assert await account_of(bank, account) == (FUNDS_FEN, 0)
    with pytest.raises(Problem, match=r"422 account\.not_enough"):
        await started(bank, account, 1)
    bank.wires.faults["card_network"].clear()
    bank.clock.advance(timedelta(minutes=5))
    await bank.work()
    assert (await state_of(bank, order)).state is OrderState.SUCCEEDED
    await holds_true(bank)


@pytest.mark.parametrize("seconds", [pytest.param(-60, marks=pytest.mark.whole), 60])
async def test_a_network_whose_clock_is_a_minute_off_is_believed_about_the_money(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """Around midnight its day is another. The money is booked on a day that is possible, and the day recorded."""
    account = await bank.funded_account(LI, FUNDS_FEN)
    away = datetime.combine(bank.clock.today(), datetime.min.time(), bank.clock.now().tzinfo)
    near_midnight = away + timedelta(days=1, seconds=-30 if seconds > 0 else 30)
    bank.clock.advance(near_midnight - bank.clock.now())
    now = bank.clock.now
    settle = bank.network.party._settle

    async def with_its_own_clock(row: Any) -> Any:
        with monkeypatch.context() as patched:
            patched.setattr(bank.clock, "now", lambda: now() + timedelta(seconds=seconds))
            return await settle(row)

    monkeypatch.setitem(bank.network.party._worker._handlers, "settle", with_its_own_clock)
    order = await started(bank, account)
    await bank.network.work_once()
    await bank.network.work_once()
    bank.clock.advance(timedelta(seconds=1))
    await bank.network.work_once()
    await bank.core.worker.work_once()
    assert (await state_of(bank, order)).state is OrderState.SUCCEEDED
    query = select(journal.c.value_date, journal.c.business_date).where(journal.c.kind == "withdrawal")
    value_date, business_date = await bank.store.read(lambda conn: conn.execute(query).one())
    assert value_date <= business_date == bank.clock.today()
    await holds_true(bank)


async def test_an_order_over_midnight_counts_on_its_own_day_and_is_booked_from_the_file(
    bank: TestBank,
) -> None:
    account = await bank.funded_account(LI, FUNDS_FEN)
    bank.clock.advance(timedelta(hours=13, minutes=59, seconds=50))
    bank.wires.faults["core_bank"].add(Fault(kind="down", path="/notices/*", times=None))
    order = await started(bank, account)
    await bank.network.work_once()
    bank.clock.advance(timedelta(days=1))
    await reconcile_days(bank.core)
    bank.wires.faults["core_bank"].clear()
    ended = await state_of(bank, order)
    assert ended.state is OrderState.SUCCEEDED
    await bank.work()
    assert (await bank.client().accounts.get(account.account_id)).limits.used_today_fen == 0
    t = reconciled_day.c
    days = select(t.debits_fen, t.booked_fen, t.credits_fen, t.paid_fen, t.differences).order_by(t.day)
    assert tuple(await bank.store.read(lambda conn: conn.execute(days).first())) == (
        FUNDS_FEN,
        FUNDS_FEN,
        10_000,
        10_000,
        0,
    )
    await holds_true(bank)


async def test_a_failure_after_the_success_moves_nothing_back_until_two_persons_reverse_it(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await bank.funded_account(LI, FUNDS_FEN)
    charge(monkeypatch, 200)
    order = await bank.withdraw(account.account_id, 10_000)
    settled = await bank.core.card_network.transfer("hzw", order.intent)
    late = settled.model_copy(update={"state": TransferState.FAILED, "code": "card.closed"})
    ctx = bank.context()
    code = await bank.store.write(lambda conn: settle(conn, ctx, TRANSFERS, late, "card_network.notice"))
    assert code == "transfer.older_news"
    codes = select(difference.c.code)
    assert await bank.store.read(lambda conn: list(conn.execute(codes).scalars())) == [code]
    assert await account_of(bank, account) == (FUNDS_FEN - 10_200, FUNDS_FEN - 10_200)
    await bank.prove()
    [found] = (await bank.differences().newest()).items
    await resolve(bank, await bank.differences().get(found.difference_id), "reversal")
    await bank.work()
    ended = await state_of(bank, order)
    assert (ended.state, ended.reason and ended.reason.code) == (OrderState.FAILED, "transfer.reversed")
    # The fee comes back too, and the limits are as if it had never been ordered.
    assert await account_of(bank, account) == (FUNDS_FEN, FUNDS_FEN)
    assert (await bank.client().accounts.get(account.account_id)).limits.used_today_fen == 0
    assert await bank.store.read(lambda conn: ledger.balance(conn, "hzw", "income.fees")) == 0
    await bank.prove()


@pytest.mark.both_databases
async def test_a_success_after_the_failure_is_charged_when_two_persons_say_so(bank: TestBank) -> None:
    account = await bank.funded_account(LI, FUNDS_FEN)
    await arm(bank, "credit.card_closed")
    order = await bank.withdraw(account.account_id, 10_000)
    assert order.state is OrderState.FAILED
    failed = await bank.core.card_network.transfer("hzw", order.intent)
    late = failed.model_copy(update={"state": TransferState.SUCCEEDED, "code": None})
    ctx = bank.context()
    code = await bank.store.write(lambda conn: settle(conn, ctx, TRANSFERS, late, "card_network.notice"))
    assert code == "transfer.late_success"
    assert await account_of(bank, account) == (FUNDS_FEN, FUNDS_FEN)
    [found] = (await bank.differences().newest()).items
    await resolve(bank, await bank.differences().get(found.difference_id), "late_success")
    ended = await state_of(bank, order)
    assert (ended.state, ended.reason, ended.result["balance"]) == (OrderState.SUCCEEDED, None, "900.00")
    assert await account_of(bank, account) == (FUNDS_FEN - 10_000, FUNDS_FEN - 10_000)
    await bank.prove()


@pytest.mark.both_databases
async def test_a_withdrawal_and_a_collection_never_take_the_same_fen(bank: TestBank) -> None:
    li = await borrow(bank, funds_fen=0)
    await li.drawn(1_000_000, months=3)
    account = await bank.client().accounts.get(li.account_id)
    bank.clock.advance(timedelta(days=31))
    command = await bank.withdrawal(account.account_id, 1_000_000)
    both = await asyncio.gather(
        bank.client().withdrawals.start(account.account_id, command, new_intent()),
        close_days(bank.core),
        return_exceptions=True,
    )
    await bank.work()
    await close_days(bank.core)
    balance_fen, available_fen = await account_of(bank, account)
    taken = isinstance(both[0], Order)
    assert balance_fen == available_fen >= 0
    assert taken == (balance_fen == 0), both
    await holds_true(bank)


@pytest.mark.both_databases
async def test_fifty_withdrawals_at_once_never_pass_a_limit_or_what_there_is_by_a_fen(bank: TestBank) -> None:
    account = await bank.funded_account(LI, FUNDS_FEN)
    client = bank.client()
    await client.own_limits.change(account.account_id, ChangeLimits(day_fen=70_000), new_intent())

    async def send_fifty(amount_fen: int) -> list[Order | BaseException]:
        command = await bank.withdrawal(account.account_id, amount_fen)
        tries = (client.withdrawals.start(account.account_id, command, new_intent()) for _ in range(50))
        return await asyncio.gather(*tries, return_exceptions=True)

    sent = await send_fifty(30_000)
    codes = {each.errors[0].code for each in sent if isinstance(each, Problem)}
    assert (sum(isinstance(each, Order) for each in sent), codes) == (2, {"own_limit.day"})
    assert (await client.accounts.get(account.account_id)).limits.most_now_fen == 10_000
    without = ChangeLimits(evidence=bank.evidence(LI))
    await client.own_limits.change(account.account_id, without, new_intent())
    sent = await send_fifty(30_000)
    codes = {each.errors[0].code for each in sent if isinstance(each, Problem)}
    assert (sum(isinstance(each, Order) for each in sent), codes) == (1, {"account.not_enough"})
    await bank.work()
    assert await account_of(bank, account) == (10_000, 10_000)
    assert await card_balance(bank) == ON_CARD_FEN + 90_000
    await holds_true(bank)


@pytest.mark.parametrize("prepared_url", ["sqlite"], indirect=True)
async def test_a_fee_is_quoted_held_and_booked_beside_the_amount(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await bank.funded_account(LI, FUNDS_FEN)
    charge(monkeypatch, 200, since=date(2026, 11, 25))
    old = await bank.withdrawal(account.account_id, 10_000)
    bank.clock.advance(timedelta(days=1))
    fresh = old.model_copy(update={"evidence": bank.evidence(LI)})
    with pytest.raises(Problem, match=r"409 quote\.changed"):
        await bank.client().withdrawals.start(account.account_id, fresh, new_intent())
    with pytest.raises(Problem, match=r"422 account\.not_enough"):
        await bank.withdrawal(account.account_id, FUNDS_FEN)
    quote = await bank.client().withdrawals.quote(account.account_id, AskWithdraw(amount_fen=FUNDS_FEN - 200))
    assert (quote.fee_fen, quote.latest_on) == (200, date(2026, 11, 26))
    order = await bank.withdraw(account.account_id, FUNDS_FEN - 200)
    assert (order.state, order.result["fee"], order.result["balance"]) == ("succeeded", "2.00", "0.00")
    fees = await bank.store.read(lambda conn: ledger.balance(conn, "hzw", "income.fees"))
    assert fees == 200
    entries = (await bank.client().accounts.entries(account.account_id)).items[:2]
    assert [(each.kind, each.amount_fen, each.counterparty is None) for each in entries] == [
        ("withdrawal_fee", 200, True),
        ("withdrawal", FUNDS_FEN - 200, False),
    ]
    await holds_true(bank)
    await seen(bank, FEE_BREACHES)


async def test_a_frozen_account_lets_nothing_out_and_takes_a_refused_credit_back(bank: TestBank) -> None:
    account = await bank.funded_account(LI, FUNDS_FEN)
    await arm(bank, "credit.card_closed")
    order = await started(bank, account)
    quoted = await bank.withdrawal(account.account_id, 20_000)
    for state in ("lost", "frozen"):
        if state == "lost":
            await bank.client().freezes.freeze(account.account_id, new_intent())
        else:
            await bank.work()
            assert (await state_of(bank, order)).state is OrderState.FAILED
            assert await account_of(bank, account) == (FUNDS_FEN, FUNDS_FEN)
            number = (await bank.client().accounts.get(account.account_id)).account_number
            by_bank = FreezeByBank(
                account_number=number or "", reason="misuse", note="a call from the police"
            )
            await bank.staff_freezes().freeze(by_bank, new_intent())
        assert (await bank.client().accounts.get(account.account_id)).state == state
        with pytest.raises(Problem, match=r"409 account\.not_open"):
            await bank.client().withdrawals.start(account.account_id, quoted, new_intent())
        with pytest.raises(Problem, match=r"409 account\.not_open"):
            await bank.withdrawal(account.account_id, 20_000)
    await holds_true(bank)


@pytest.mark.both_databases
async def test_a_freeze_and_a_withdrawal_at_once_end_in_one_order_or_the_other(bank: TestBank) -> None:
    account = await bank.funded_account(LI, FUNDS_FEN)
    command = await bank.withdrawal(account.account_id, 10_000)
    sent, frozen = await asyncio.gather(
        bank.client().withdrawals.start(account.account_id, command, new_intent()),
        bank.client().freezes.freeze(account.account_id, new_intent()),
        return_exceptions=True,
    )
    assert not isinstance(frozen, BaseException), frozen
    refused = isinstance(sent, Problem) and sent.code == "account.not_open"
    assert refused or isinstance(sent, Order), sent
    await bank.work()
    left_fen = FUNDS_FEN if refused else FUNDS_FEN - 10_000
    assert await account_of(bank, account) == (left_fen, left_fen)
    assert (await bank.client().accounts.get(account.account_id)).state == "lost"
    await holds_true(bank)


async def test_operators_cannot_stop_it_and_it_waits_while_the_network_is_stopped(bank: TestBank) -> None:
    account = await bank.funded_account(LI, FUNDS_FEN)
    await stop(bank, "party", "card_network")
    order = await started(bank, account)
    await bank.work(3)
    assert (await state_of(bank, order)).state is OrderState.PROCESSING
    assert await account_of(bank, account) == (FUNDS_FEN, FUNDS_FEN - 10_000)
    with pytest.raises(Problem, match=r"409 action\.stopped"):
        await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=100), new_intent())


async def test_less_than_the_least_and_a_stale_quote_are_refused(bank: TestBank) -> None:
    account = await bank.funded_account(LI, FUNDS_FEN)
    quotes = bank.client().withdrawals
    with pytest.raises(Problem, match=r"422 amount\.too_small"):
        await quotes.quote(account.account_id, AskWithdraw(amount_fen=0))
    command = await bank.withdrawal(account.account_id, 10_000)
    other = command.model_copy(update={"amount_fen": 20_000})
    with pytest.raises(Problem, match=r"409 quote\.changed"):
        await quotes.start(account.account_id, other, new_intent())
    counted = select(func.count()).select_from(network_transfer).where(network_transfer.c.kind == "credit")
    assert await bank.network.store.read(lambda conn: conn.execute(counted).scalar_one()) == 0
