"""One command under one trouble: first somebody who only looks, then somebody who taps again, then the books."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass

from mock_partners.worlds.world import PARTIES
from partner_adapters.core_bank.client import CoreBank
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.terms.problems import Problem
from partner_adapters.web.http_client import CallFailed
from tests.citizen import arrive, intent
from tests.contract.serving import until
from tests.faults.deeds import DEEDS, STAGES, WHO, Deed, Send
from tests.faults.town import Town
from tests.faults.troubles import AWAY_S, OUTSIDE, Trouble

KNOWN_WITHIN_S = 60.0
"""After all parties are back."""
DIES_WITHIN_S = 45.0
LOOK_EVERY_S = 0.2


@dataclass(frozen=True)
class Outcome:
    """`faults`: sentences, none when all is well. `known_after_s`: from all parties' return to a known order."""

    deed: str
    trouble: Trouble
    known_after_s: float
    unknown: bool = False
    wrong_effect: bool = False
    faults: tuple[str, ...] = ()


async def build_stages(town: Town) -> None:
    """Live up to each stage once, and keep what everybody then has."""
    for name, live in STAGES.items():
        town.start(*PARTIES)
        async with arrive(town, WHO) as li:
            await live(li)
            await _quiet(town)
        town.keep(name)


async def run(town: Town, name: str, trouble: Trouble) -> Outcome:
    """Put everybody back to the start of the command, and try it. AssertionError: the trouble never came."""
    deed = DEEDS[name]
    parties = ("core_bank", *OUTSIDE[name])
    town.back_to(deed.stage, *parties)
    town.start(trouble.party, crash_at=trouble.crash_at)
    town.start("gov_app", *parties)
    async with arrive(town, WHO) as li:
        send, key, before = await deed.ready(li), intent(), _numbers(town, deed)
        if trouble.away:
            town.kill(trouble.party)
        for fault in trouble.faults:
            town.fault(trouble.party, fault)
        with town.without_database(trouble.party) if trouble.database_away_s else nullcontext():
            await _tap(send, key)
            await _over(town, trouble)
        back = time.monotonic()
        seen = await _known(li.core, key)
        known_after_s = time.monotonic() - back
        said: list[str] = []
        if seen is not None and seen.state is OrderState.PROCESSING:
            said.append(f"unknown after {KNOWN_WITHIN_S:.0f} s")
            return Outcome(name, trouble, known_after_s, unknown=True, faults=tuple(said))
        wrong = [await _effect(town, deed, before, 0 if seen is None else 1)]
        if seen is not None and seen.state is OrderState.FAILED:
            said.append(f"failed: {seen.reason}")
        for _ in range(2):
            again = await _insist(li.core, send, key)
            if again is None or again.state is not OrderState.SUCCEEDED:
                said.append(f"tapped again, and got {again}")
        wrong.append(await _effect(town, deed, before, 1))
        broken = town.broken_rules()
    said += [text for text in wrong if text] + [f"proof: {rule}" for rule in broken]
    return Outcome(name, trouble, known_after_s, False, any(wrong) or bool(broken), tuple(said))


async def _tap(send: Send, key: str) -> None:
    try:
        await send(key)
    except CallFailed:
        pass  # the page says 处理中, and asks
    except Problem as problem:
        if problem.status < 500:
            raise


async def _over(town: Town, trouble: Trouble) -> None:
    """Until the trouble has come and gone."""
    if trouble.crash_at:
        deadline = time.monotonic() + DIES_WITHIN_S
        while not town.killed_itself(trouble.party):
            assert time.monotonic() < deadline, f"{trouble.party} never came to {trouble.crash_at}"
            await asyncio.sleep(LOOK_EVERY_S)
        town.start(trouble.party)
    elif trouble.database_away_s:
        await asyncio.sleep(trouble.database_away_s)
    elif trouble.away:
        await asyncio.sleep(AWAY_S)
        town.start(trouble.party)
    else:
        await asyncio.sleep(AWAY_S)
        town.faults_over(trouble.party)


async def _known(core: CoreBank, key: str) -> Order | None:
    """The order, at the latest after `KNOWN_WITHIN_S`; None: the core never saw it."""
    deadline = time.monotonic() + KNOWN_WITHIN_S
    while True:
        try:
            order = await core.orders.get(key)
            if order.state is not OrderState.PROCESSING or time.monotonic() > deadline:
                return order
        except Problem as problem:
            if problem.code == "order.unknown":
                return None
            raise
        await asyncio.sleep(LOOK_EVERY_S)


async def _insist(core: CoreBank, send: Send, key: str) -> Order | None:
    try:
        await send(key)
    except (CallFailed, Problem) as error:
        if isinstance(error, Problem):
            raise
    return await _known(core, key)


def _numbers(town: Town, deed: Deed) -> Mapping[tuple[str, str], int]:
    return {(party, query): town.number(party, query) for party, query in deed.changes}


async def _effect(town: Town, deed: Deed, before: Mapping[tuple[str, str], int], times: int) -> str:
    """Empty once every number has moved exactly `times`; what is late (a text message) may take its lease."""
    deadline = time.monotonic() + KNOWN_WITHIN_S
    while True:
        after = _numbers(town, deed)
        moved = {key: after[key] - before[key] for key in deed.changes}
        if all(moved[key] == times * change for key, change in deed.changes.items()):
            return ""
        doubled = any(abs(moved[key]) > abs(change) for key, change in deed.changes.items())
        if doubled or time.monotonic() > deadline:
            return f"expected {times} effect, numbers moved by {list(moved.values())}"
        await asyncio.sleep(LOOK_EVERY_S)


async def _quiet(town: Town) -> None:
    """Until the core has done all its later work."""
    waiting = "SELECT count(*) FROM outbox WHERE state = 'ready'"
    await until(lambda: not town.number("core_bank", waiting), within_s=KNOWN_WITHIN_S)
