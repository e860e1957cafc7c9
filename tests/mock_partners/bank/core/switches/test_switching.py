"""One operator stops and two start. A stop with an end ends by itself, and the record is never changed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mock_partners.bank.core.kernel.tables import switch_entry
from partner_adapters.core_bank.calls import CoreCalls, CoreTokens
from partner_adapters.core_bank.switches import Switch, Switches
from partner_adapters.kit.values.problems import Problem
from tests.mock_partners.bank.core.ledger.test_ledger_held_by_database import REFUSED, raw_session
from tests.support.houses.core import TestBank
from tests.support.people.operators import ask_start, start, stop

pytestmark = pytest.mark.anyio
DRAW = ("action", "drawdown")


async def shown(bank: TestBank) -> Switch:
    board = await bank.switches().board()
    [found] = [each for each in board.items if (each.kind, each.name) == DRAW]
    return found


async def test_one_stops_and_a_second_person_is_needed_to_start(bank: TestBank) -> None:
    stopped = await stop(bank, *DRAW)
    assert (stopped.stopped, stopped.operator, stopped.until) == (True, "duty-hzw", None)
    for _ in range(2):
        asked = await ask_start(bank, *DRAW, operator="duty")
        assert asked.stopped
        assert asked.proposal is not None
        assert asked.proposal.operator == "duty-hzw"
    assert not (await ask_start(bank, *DRAW, operator="second")).stopped
    board = await bank.switches().board()
    assert [(entry.step, entry.operator, entry.reason) for entry in board.entries] == [
        ("confirm", "second-hzw", "the network is mended"),
        ("propose", "duty-hzw", "the network is mended"),
        ("stop", "duty-hzw", "the network books twice"),
    ]
    with pytest.raises(Problem, match=r"switch\.not_stopped"):
        await ask_start(bank, *DRAW)


async def test_two_people_who_mean_different_ends_have_not_agreed(bank: TestBank) -> None:
    await stop(bank, *DRAW)
    in_an_hour = bank.clock.now() + timedelta(hours=1)
    await ask_start(bank, *DRAW, operator="duty")
    other = await ask_start(bank, *DRAW, in_an_hour, operator="second")
    assert other.stopped
    assert other.proposal is not None
    assert (other.proposal.operator, other.proposal.until) == ("second-hzw", in_an_hour)
    agreed = await ask_start(bank, *DRAW, in_an_hour, operator="duty")
    assert (agreed.stopped, agreed.until, agreed.proposal) == (True, in_an_hour, None)
    bank.clock.advance(timedelta(hours=1))
    assert not (await shown(bank)).stopped


async def test_a_stop_after_a_proposal_overrules_it(bank: TestBank) -> None:
    await stop(bank, *DRAW)
    await ask_start(bank, *DRAW, operator="duty")
    await stop(bank, *DRAW, operator="second")
    asked = await ask_start(bank, *DRAW, operator="second")
    assert asked.stopped
    assert asked.proposal is not None
    assert asked.proposal.operator == "second-hzw"


async def test_one_puts_the_end_off_and_two_bring_it_forward(bank: TestBank) -> None:
    first, later = (bank.clock.now() + timedelta(hours=hours) for hours in (2, 5))
    await stop(bank, *DRAW, first)
    assert (await stop(bank, *DRAW, later)).until == later
    for earlier in (first, later - timedelta(seconds=1)):
        with pytest.raises(Problem, match=r"switch\.needs_two"):
            await stop(bank, *DRAW, earlier)
    assert (await stop(bank, *DRAW)).until is None
    with pytest.raises(Problem, match=r"switch\.needs_two"):
        await stop(bank, *DRAW, later)
    await ask_start(bank, *DRAW, first, operator="duty")
    assert (await ask_start(bank, *DRAW, first, operator="second")).until == first
    with pytest.raises(Problem, match=r"switch\.not_earlier"):
        await ask_start(bank, *DRAW, first)


@pytest.mark.parametrize("ago", [0, 1])
async def test_an_end_that_has_passed_is_refused(bank: TestBank, ago: int) -> None:
    past = bank.clock.now() - timedelta(seconds=ago)
    with pytest.raises(Problem, match=r"switch\.until_past"):
        await stop(bank, *DRAW, past)
    await stop(bank, *DRAW)
    with pytest.raises(Problem, match=r"switch\.until_past"):
        await ask_start(bank, *DRAW, past)


async def test_other_operators_and_partners_have_no_switch(bank: TestBank) -> None:
    tokens = CoreTokens(bank.http, "http://core-bank", "service-hzw", "service's secret")
    for calls in (bank.client().calls, CoreCalls(bank.http, "http://core-bank", tokens)):
        with pytest.raises(Problem, match=r"access\.scope"):
            await Switches(calls).board()


@pytest.mark.both_databases
async def test_of_many_who_start_at_once_exactly_one_confirms(bank: TestBank) -> None:
    await stop(bank, *DRAW)
    await ask_start(bank, *DRAW, operator="duty")
    answers = await asyncio.gather(
        *(ask_start(bank, *DRAW, operator=who) for who in ("second", "duty", "second", "duty")),
        return_exceptions=True,
    )
    assert not (await shown(bank)).stopped
    assert {type(answer) for answer in answers} <= {Switch, Problem}
    steps = [entry.step for entry in (await bank.switches().board()).entries]
    assert steps.count("confirm") == 1


ATTACKS = {
    "a stop is taken back": "DELETE FROM switch_entry WHERE step = 'stop'",
    "its end is brought forward": "UPDATE switch_entry SET until = 1 WHERE step = 'stop'",
    "the operator is another": "UPDATE switch_entry SET operator = 'nobody'",
    "a row is written over": "INSERT OR REPLACE INTO switch_entry"
    " (bank_id, number, step, kind, name, reason, operator, at)"
    " VALUES ('hzw', 1, 'stop', 'action', 'application', 'r', 'o', 1)",
    "one confirms the own proposal": "INSERT INTO switch_entry"
    " (bank_id, number, step, kind, name, reason, operator, at, until, proposal, proposed_by)"
    " VALUES ('hzw', 9, 'confirm', 'action', 'drawdown', 'r', 'duty-hzw', 1, 1, 2, 'duty-hzw')",
    "one confirms a proposal that was never made": "INSERT INTO switch_entry"
    " (bank_id, number, step, kind, name, reason, operator, at, until, proposal, proposed_by)"
    " VALUES ('hzw', 9, 'confirm', 'action', 'drawdown', 'r', 'second-hzw', 1, 1, 7, 'duty-hzw')",
    "one confirms the stop itself": "INSERT INTO switch_entry"
    " (bank_id, number, step, kind, name, reason, operator, at, until, proposal, proposed_by)"
    " VALUES ('hzw', 9, 'confirm', 'action', 'drawdown', 'r', 'second-hzw', 1, 1, 1, 'duty-hzw')",
}


def refuses(session: Any, statement: str) -> bool:
    try:
        session.execute(statement)
    except REFUSED:
        return True
    return False


@pytest.mark.both_databases
async def test_raw_sql_cannot_rewrite_the_record(bank: TestBank) -> None:
    await stop(bank, *DRAW)
    await ask_start(bank, *DRAW, operator="duty")
    before = await bank.store.read(lambda conn: conn.execute(select(switch_entry)).all())
    session = raw_session(bank.store.url)
    for what, statement in ATTACKS.items():
        if "OR REPLACE" in statement and not bank.store.is_sqlite:
            continue
        assert refuses(session, statement), what
    session.close()
    assert await bank.store.read(lambda conn: conn.execute(select(switch_entry)).all()) == before
    await start(bank, *DRAW)
