"""Own limits are lowered at once and raised after a fresh check. What left before counts, and the history stays."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from mock_partners.bank.core.wallet.tables import own_limit
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.own_limits import ChangeLimits
from partner_adapters.kit.values.problems import Problem
from tests.support.databases.breaking import seen
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.people.holding import place, release

pytestmark = pytest.mark.anyio
BREACHES = [
    ("UPDATE own_limit SET version = 2", "own_limits.changed_as_ordered"),
    ("UPDATE own_limit SET stated_at = stated_at - 1", "own_limits.changed_as_ordered"),
]


async def change(bank: TestBank, account_id: str, **limits: Any) -> Order:
    return await bank.client().own_limits.change(account_id, ChangeLimits(**limits), new_intent())


async def refused(attempt: Any) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Problem) as problem:
        await attempt
    error = problem.value.errors[0] if problem.value.errors else problem.value
    return error.code, dict(error.params)


@pytest.mark.both_databases
async def test_a_limit_is_lowered_at_once_and_raised_with_a_fresh_check_only(bank: TestBank) -> None:
    account_id = (await bank.funded_account(LI, 100_000)).account_id
    before = await place(bank, account_id, 30_000)
    done = await change(bank, account_id, each_fen=40_000, day_fen=20_000)
    assert (done.kind, done.state) == ("limit_change", "succeeded")
    limits = (await bank.client().accounts.get(account_id)).limits
    assert (limits.own_day_fen, limits.used_today_fen, limits.most_now_fen) == (20_000, 30_000, 0)
    assert await refused(place(bank, account_id, 1)) == (
        "own_limit.day",
        {"left": "0.00", "limit": "200.00", "currency": "CNY"},
    )
    for more in ({"each_fen": 40_000}, {"each_fen": 40_001, "day_fen": 20_000}, {}):
        assert (await refused(change(bank, account_id, **more)))[0] == "step_up.required"
    await change(bank, account_id, each_fen=40_000, evidence=bank.evidence(LI))
    assert (await refused(place(bank, account_id, 40_001)))[0] == "own_limit.each"
    after = await place(bank, account_id, 40_000)
    assert (await refused(change(bank, account_id, each_fen=40_000)))[0] == "own_limit.unchanged"
    t = own_limit.c
    history = await bank.store.read(
        lambda conn: conn.execute(select(t.version, t.each_fen, t.day_fen).order_by(t.version)).all()
    )
    assert [tuple(row) for row in history] == [(1, 40_000, 20_000), (2, 40_000, None)]
    for intent in (before, after):
        await release(bank, intent)


@pytest.mark.parametrize("prepared_url", ["sqlite"], indirect=True)
async def test_a_limit_that_no_order_set_is_seen(bank: TestBank) -> None:
    account_id = (await bank.account(LI)).account_id
    await change(bank, account_id, each_fen=40_000)
    await seen(bank, BREACHES)
