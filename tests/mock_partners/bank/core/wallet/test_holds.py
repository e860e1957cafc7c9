"""What orders hold, and what a day and a year allow: to the fen, however many come at once, held by the database."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, update

from mock_partners.bank.core import wallet
from mock_partners.bank.core.end_of_day.day_close import close_days
from mock_partners.bank.core.kernel.tables import outbox
from mock_partners.bank.core.wallet import holds
from mock_partners.bank.core.wallet.proofs import PROOFS
from mock_partners.bank.core.wallet.tables import account_counter
from partner_adapters.core_bank.repayments import AskRepay
from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.problems import Problem
from tests.mock_partners.bank.core.ledger.test_ledger_held_by_database import raw_session, sessions_of
from tests.support.databases.breaking import seen
from tests.support.houses.core import LI, TestBank
from tests.support.people.borrowers import borrow, go_to
from tests.support.people.class_three import opened_class_three
from tests.support.people.holding import ELSEWHERE, place, release

pytestmark = pytest.mark.anyio
REFUSED = (sqlite3.IntegrityError, psycopg.errors.IntegrityError, psycopg.errors.InsufficientPrivilege)
Used = dict[tuple[str, str, date], int]


async def used(bank: TestBank, direction: str = "out") -> Used:
    """What is used of every counter, by scope, period and first day."""
    t = account_counter.c
    query = select(t.scope, t.period, t.starts_on, t.used_fen).where(t.direction == direction)
    rows = await bank.store.read(lambda conn: conn.execute(query).all())
    return {(row.scope, row.period, row.starts_on): row.used_fen for row in rows}


async def code_of(attempt: Any) -> str:
    try:
        await attempt
    except Problem as problem:
        return problem.code if not problem.errors else problem.errors[0].code
    except DatabaseAway:
        return "away"
    return "held"


@pytest.mark.both_databases
@pytest.mark.parametrize("in_queue", [True, False])
async def test_fifty_at_once_at_a_limits_edge_never_pass_it_by_a_fen(bank: TestBank, in_queue: bool) -> None:
    borrower = await borrow(bank)
    await borrower.drawn(2_000_000)
    # 10,000.00 a day: seven of 1,425.00 leave 25.00.
    tries = [code_of(place(bank, borrower.account_id, 142_500, ELSEWHERE, queue=in_queue)) for _ in range(50)]
    codes = await asyncio.gather(*tries)
    day = (await used(bank))["class", "day", bank.clock.today()]
    assert day == 142_500 * codes.count("held") <= 1_000_000
    assert set(codes) <= {"held", "account_limit.day", "away"}
    if in_queue:
        assert codes.count("held") == 7
        assert await code_of(place(bank, borrower.account_id, 2_501, ELSEWHERE)) == "account_limit.day"
        await place(bank, borrower.account_id, 2_500, ELSEWHERE)
    available = (await bank.client().accounts.get(borrower.account_id)).available_fen
    assert available == 2_000_000 - (await used(bank))["own", "day", bank.clock.today()]
    await end_all(bank)


@pytest.mark.both_databases
async def test_a_hold_is_given_back_to_the_day_and_year_on_which_it_was_counted(bank: TestBank) -> None:
    account_id = (await opened_class_three(bank)).account_id
    await bank.top_up(account_id, 200_000)
    eve, new_year = date(2026, 12, 31), date(2027, 1, 1)
    bank.clock.advance(datetime(2026, 12, 31, 23, 59, 59, tzinfo=CHINA) - bank.clock.now())
    await bank.core.dates.refresh()
    before = await place(bank, account_id, 150_000)
    bank.clock.advance(timedelta(seconds=2))
    await bank.core.dates.refresh()
    after = await place(bank, account_id, 40_000)
    assert (await used(bank))["class", "year", eve.replace(month=1, day=1)] == 150_000
    await release(bank, before)
    scopes = [(scope, period) for scope in ("class", "own") for period in ("day", "year")]
    begins = {"day": eve, "year": date(2026, 1, 1)}
    assert await used(bank) == {
        **{(scope, period, begins[period]): 0 for scope, period in scopes},
        **{(scope, period, new_year): 40_000 for scope, period in scopes},
    }
    limits = (await bank.client().accounts.get(account_id)).limits
    assert (limits.used_today_fen, limits.used_this_year_fen, limits.most_now_fen) == (
        40_000,
        40_000,
        160_000,
    )
    await release(bank, after)


async def test_a_hold_ends_once(bank: TestBank) -> None:
    account = await bank.funded_account(LI, 100_000)
    intent = await place(bank, account.account_id, 60_000)
    assert await code_of(place(bank, account.account_id, 40_001)) == "account.not_enough"
    await release(bank, intent)
    ctx = bank.context()
    for end in (holds.commit, holds.release):
        with pytest.raises(holds.HoldEnded):
            await bank.store.write(partial(end, ctx=ctx, intent=intent))
    assert (await bank.client().accounts.get(account.account_id)).available_fen == 100_000


async def test_transfers_with_the_bound_card_use_up_no_limit_of_class_two(bank: TestBank) -> None:
    account = await borrow(bank)
    await account.drawn(2_000_000)
    own = [await place(bank, account.account_id, 900_000)]
    elsewhere = [await place(bank, account.account_id, 1_000_000, ELSEWHERE)]
    assert await code_of(place(bank, account.account_id, 1, ELSEWHERE)) == "account_limit.day"
    assert (await used(bank))["class", "day", bank.clock.today()] == 1_000_000
    for intent in own + elsewhere:
        await release(bank, intent)


@pytest.mark.both_databases
async def test_a_hold_expires_only_while_its_order_was_never_sent(bank: TestBank) -> None:
    account = await bank.funded_account(LI, 100_000)
    sent, unsent = [await place(bank, account.account_id, 30_000) for _ in range(2)]
    begun = update(outbox).where(outbox.c.subject == sent).values(attempts=1)
    await bank.store.write(lambda conn: conn.execute(begun))
    bank.clock.advance(timedelta(hours=24))
    await bank.core.dates.refresh()
    await holds.job(bank.core).run()
    states = {intent: (await bank.client().orders.get(intent)) for intent in (sent, unsent)}
    assert states[sent].state == "processing"
    assert states[unsent].reason is not None
    assert (states[unsent].state, states[unsent].reason.code) == ("failed", "hold.expired")
    assert (await bank.client().accounts.get(account.account_id)).available_fen == 70_000
    await release(bank, sent)


async def test_what_is_held_is_taken_by_nobody_else(bank: TestBank) -> None:
    borrower = await borrow(bank)
    loan_id = await borrower.drawn(1_000_000)
    intent = await place(bank, borrower.account_id, 999_000)
    ask = AskRepay(kind="part", amount_fen=1_001)
    with pytest.raises(Problem) as refused:
        await bank.client().repayments.quote(loan_id, ask)
    assert (refused.value.errors[0].code, refused.value.errors[0].params["balance"]) == (
        "account.insufficient",
        "10.00",
    )
    # What is due at the first due day is more than ten yuan: the close takes those ten only.
    go_to(bank, date(2026, 12, 25))
    await close_days(bank.core)
    account = await bank.client().accounts.get(borrower.account_id)
    assert (account.balance_fen, account.available_fen) == (999_000, 0)
    await release(bank, intent)
    await close_days(bank.core)


ATTACKS = {
    "what is held is set": "UPDATE ledger_account SET held_fen = 0 WHERE held_fen > 0",
    "more is held than there is": "INSERT INTO account_hold SELECT bank_id, intent || 'x', account_id, 999999999,"
    " held_on, placed_at, expires_at, 'held', NULL FROM account_hold WHERE state = 'held'",
    "an ended hold is held again": "UPDATE account_hold SET state = 'held', ended_at = NULL WHERE state = 'released'",
    "an ended hold is committed": "UPDATE account_hold SET state = 'committed' WHERE state = 'released'",
    "a hold is deleted": "DELETE FROM account_hold",
    "the amount of a hold is changed": "UPDATE account_hold SET amount_fen = 1",
    "a counter is emptied": "UPDATE account_counter SET used_fen = 0 WHERE used_fen > 0",
    "a limit is set below what is used": "UPDATE account_counter SET limit_fen = 1 WHERE used_fen > 1",
    "a counted amount is given back": "UPDATE counted_amount SET given_back = {true} WHERE NOT given_back",
    "a given back amount is counted again": "UPDATE counted_amount SET given_back = {false} WHERE given_back",
    "a counted amount is deleted": "DELETE FROM counted_amount",
    "a counter begins with something": "INSERT INTO account_counter SELECT bank_id, account_id, scope, 'in', period,"
    " starts_on, ends_on, limit_fen, 1 FROM account_counter",
    "a wallet is emptied below what is held": "INSERT INTO posting SELECT bank_id, {next}, journal_id, credit_code,"
    " debit_code, 100000, 0, NULL FROM posting",
}
ON_SQLITE = {
    "a hold beyond the balance is ignored": "INSERT OR IGNORE INTO account_hold SELECT bank_id, 'repaid', account_id,"
    " 999999999, held_on, placed_at, expires_at, 'held', NULL FROM account_hold WHERE state = 'held'",
}


@pytest.mark.both_databases
async def test_raw_sql_cannot_free_or_count_anything(bank: TestBank) -> None:
    account = await bank.funded_account(LI, 100_000)
    await release(bank, await place(bank, account.account_id, 30_000))
    intent = await place(bank, account.account_id, 60_000)
    is_sqlite = bank.store.is_sqlite
    values = {
        "true": "1" if is_sqlite else "true",
        "false": "0" if is_sqlite else "false",
        "next": "(SELECT MAX(posting_id) + 1 FROM posting)" if is_sqlite else "nextval('posting_number')",
    }
    done = []
    for url in sessions_of(bank.store):
        with closing(raw_session(url)) as session:
            for name, attack in (ATTACKS | (ON_SQLITE if is_sqlite else {})).items():
                try:
                    session.execute(attack.format(**values))
                except REFUSED:
                    continue
                done.append((url, name))
    assert done == []
    await release(bank, intent)


BREACHES = [
    ("UPDATE ledger_account SET held_fen = 59999 WHERE held_fen > 0", "holds.held_is_sum_of_open_holds"),
    ("UPDATE account_hold SET state = 'held', ended_at = NULL", "holds.are_as_their_orders"),
    ("UPDATE account_counter SET used_fen = 0", "counters.are_the_sum_of_what_counts"),
    ("UPDATE counted_amount SET given_back = 0", "counters.count_what_is_held"),
]


@pytest.mark.parametrize("prepared_url", ["sqlite"], indirect=True)
async def test_each_breach_is_seen(bank: TestBank) -> None:
    account = await bank.funded_account(LI, 100_000)
    await release(bank, await place(bank, account.account_id, 30_000))
    await place(bank, account.account_id, 60_000)
    await seen(bank, BREACHES)
    await end_all(bank)


def test_every_proof_of_holds_is_broken_once() -> None:
    assert {name for _, name in BREACHES} == {proof.name for proof in PROOFS}


async def end_all(bank: TestBank) -> None:
    """Let every order that holds something fail."""
    open_ = select(wallet.holds.account_hold.c.intent).where(wallet.holds.account_hold.c.state == "held")
    for intent in await bank.store.read(lambda conn: conn.execute(open_).scalars().all()):
        await release(bank, intent)
    assert not await bank.store.read(lambda conn: conn.execute(open_).all())
