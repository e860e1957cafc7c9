"""Try one command under one trouble. First the customer only looks, then the customer taps again, and at last
the books are checked.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass

import httpx

from mock_partners.testing.running.demo import H5APP
from mock_partners.testing.worlds.world import PARTIES
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from tests.faults.pages import FORMS, Followed, Phone
from tests.faults.troubles import ALL_CASES, AWAY_S, Trouble
from tests.support.cases import COMMAND_CASES, STAGES, WHO, CommandCase, Seen
from tests.support.houses.processes import ProcessHouse
from tests.support.houses.serving import until
from tests.support.people.citizen import Citizen, arrive, intent

# After all parties are back.
KNOWN_WITHIN_S = 60.0
DIES_WITHIN_S = 45.0
LOOK_EVERY_S = 0.1
TOO_EARLY = "the page said that it was done before it was"


@dataclass(frozen=True)
class Outcome:
    """`faults`: sentences, none when all is well. `known_after_s`: from all parties' return to a known order."""

    command: str
    trouble: Trouble
    known_after_s: float
    unknown: bool = False
    wrong_effect: bool = False
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """A command that is ready to be sent.

    `tap` sends it, as often as the trial likes. `look` asks the core for its state, and is None where no
    one knows its order yet. `page` is what the customer sees of it, for a command that is sent from a page.
    """

    tap: Callable[[], Awaitable[object]]
    look: Callable[[], Awaitable[Seen | None]] | None
    page: Followed | None = None


async def build_stages(house: ProcessHouse, *wanted: str) -> None:
    """Live up to the last stage, and keep everybody's data at the `wanted` stages. Afterwards no process runs."""
    for name, live in STAGES.items():
        house.start(*PARTIES)
        async with arrive(house, WHO) as li:
            await live(li)
        if name in wanted:
            await until(lambda: not count_unfinished(house), within_s=KNOWN_WITHIN_S)
            house.keep(name)


async def run(house: ProcessHouse, name: str, trouble: Trouble) -> Outcome:
    """Put everybody back to the start of the command, and try it. AssertionError: the trouble never came."""
    case = ALL_CASES[name]
    by_page = name in COMMAND_CASES or trouble.party == H5APP
    parties = {"core_bank", *case.outside, *case.also_needed, trouble.party, *([H5APP] if by_page else [])}
    # The network's transfers are compared with the books although the command may not need it.
    house.back_to(case.stage, "card_network", *parties)
    house.start("gov_app", *parties)
    async with arrive(house, WHO) as li:
        command = await (_by_page if by_page else _by_call)(house, name, li)
        # What led here passed the same points, and may still have a text message to send.
        await until(lambda: not count_unfinished(house), within_s=KNOWN_WITHIN_S)
        before = _numbers(house, case)
        if trouble.crash_at:
            house.kill(trouble.party)
            house.start(trouble.party, crash_at=trouble.crash_at)
            await li.core.customers.overview(li.customer_id)  # on new connections
        said = await _befalls(house, trouble, command)
        back = time.monotonic()
        wrong: list[str] = []
        known_after_s = 0.0
        look = _looking(command, case, li)
        if look is not None:
            seen = await _known(look)
            said += _untrue(house, command.page, seen)
            if seen is not None and seen.state is OrderState.PROCESSING:
                said.append(f"unknown after {KNOWN_WITHIN_S:.0f} s")
                return Outcome(name, trouble, time.monotonic() - back, unknown=True, faults=tuple(said))
            known_after_s = time.monotonic() - back
            wrong.append(await _effect(house, case, before, 0 if seen is None else 1))
            if seen is not None and seen.state is OrderState.FAILED:
                said.append(f"failed: {seen.reason}")
        for _ in range(2):
            said += await _again(house, command, case, li)
        wrong.append(await _effect(house, case, before, 1))
        known_after_s = known_after_s or time.monotonic() - back
        broken = [*house.broken_rules(), *house.unmatched()]
    said += [text for text in wrong if text] + [f"proof: {rule}" for rule in broken]
    return Outcome(name, trouble, known_after_s, False, any(wrong) or bool(broken), tuple(said))


async def _by_call(_town: ProcessHouse, name: str, li: Citizen) -> Prepared:
    """As h5app sends it to the core."""
    case, key = ALL_CASES[name], intent()
    send = await case.prepare(li)
    return Prepared(lambda: send(key), lambda: case.look(li, key))


async def _by_page(house: ProcessHouse, name: str, li: Citizen) -> Prepared:
    """As a person sends it to h5app."""
    phone = Phone(house)
    phone.log_in()
    page = Followed(await FORMS[name](phone, li))

    async def tap() -> None:
        page.tap()

    return Prepared(tap, None, page)


def _looking(
    command: Prepared, case: CommandCase, li: Citizen
) -> Callable[[], Awaitable[Seen | None]] | None:
    """Return how to find the command at the core. Return None where the page named no order and did not say
    that nothing was done.
    """
    page = command.page
    if page is None:
        return command.look
    if not page.key and not page.nothing:
        return None

    async def look() -> Seen | None:
        return await case.look(li, page.key) if page.key else None

    return look


def _untrue(house: ProcessHouse, page: Followed | None, seen: Seen | None) -> list[str]:
    """What the page says that is not so: as it stood while the trouble lasted, and now."""
    if page is None:
        return []
    told = []
    if page.nothing and seen is not None and seen.state is not OrderState.FAILED:
        told.append(f"the page said that nothing was done, the core has {seen}")
    page.look()
    told += _too_early(house, page)
    if page.key and not page.done and seen is not None and seen.state is OrderState.SUCCEEDED:
        told.append("it was done, and the page does not say so")
    return told


def _too_early(house: ProcessHouse, page: Followed | None) -> list[str]:
    """Read in the core's database: its process may be dead."""
    if page is None or not page.done:
        return []
    here = f"SELECT count(*) FROM customer_order WHERE intent = '{page.key}' AND state = 'succeeded'"  # noqa: S608
    return [] if house.number("core_bank", here) else [TOO_EARLY]


async def _befalls(house: ProcessHouse, trouble: Trouble, command: Prepared) -> list[str]:
    """The command is sent, and the trouble comes and goes. What the first page said that was not so."""
    if trouble.away_s:
        house.kill(trouble.party)
    for fault in trouble.faults:
        house.fault(trouble.party, fault)
    with house.without_database(trouble.party) if trouble.database_away_s else nullcontext():
        with suppress(CallFailed, httpx.TransportError):  # the page says 处理中, and asks
            await _tap(command)
        told = [] if trouble.database_away_s else _too_early(house, command.page)
        await _over(house, trouble)
    return told


async def _tap(command: Prepared) -> None:
    """Send the command. `CallFailed` or `httpx.TransportError` means that its outcome is unknown."""
    try:
        await command.tap()
    except Problem as problem:
        if problem.status < 500:
            raise


async def _over(house: ProcessHouse, trouble: Trouble) -> None:
    """Until the trouble has come and gone."""
    if trouble.crash_at:
        deadline = time.monotonic() + DIES_WITHIN_S
        while not house.killed_itself(trouble.party):
            assert time.monotonic() < deadline, f"{trouble.party} never came to {trouble.crash_at}"
            await asyncio.sleep(LOOK_EVERY_S)
        house.start(trouble.party)
    elif trouble.database_away_s:
        await asyncio.sleep(trouble.database_away_s)
    elif trouble.away_s:
        await asyncio.sleep(trouble.away_s)
        house.start(trouble.party)
    elif trouble.faults:
        await asyncio.sleep(AWAY_S)
        house.faults_over(trouble.party)


async def _known(look: Callable[[], Awaitable[Seen | None]]) -> Seen | None:
    """Return how the command ended, or its state after `KNOWN_WITHIN_S`. Return None if the core never saw it."""
    deadline = time.monotonic() + KNOWN_WITHIN_S
    while True:
        seen = await look()
        if seen is None or seen.state is not OrderState.PROCESSING or time.monotonic() > deadline:
            return seen
        await asyncio.sleep(LOOK_EVERY_S)


async def _again(house: ProcessHouse, command: Prepared, case: CommandCase, li: Citizen) -> list[str]:
    """Tapped once more, and what is wrong with how it then stands."""
    with suppress(CallFailed):
        await command.tap()
    look = _looking(command, case, li)
    if look is None:
        return []
    seen = await _known(look)
    if seen is None or seen.state is not OrderState.SUCCEEDED:
        return [f"tapped again, and got {seen}"]
    return _untrue(house, command.page, seen)


def _numbers(house: ProcessHouse, case: CommandCase) -> Mapping[tuple[str, str], int]:
    return {(party, query): house.number(party, query) for party, query in case.changes}


async def _effect(
    house: ProcessHouse, case: CommandCase, before: Mapping[tuple[str, str], int], times: int
) -> str:
    """Empty once every number has moved exactly `times`; what is late (a text message) may take its lease."""
    deadline = time.monotonic() + KNOWN_WITHIN_S
    while True:
        over = not count_unfinished(house)
        after = _numbers(house, case)
        moved = {key: after[key] - before[key] for key in case.changes}
        if all(moved[key] == times * change for key, change in case.changes.items()):
            return ""
        doubled = any(abs(moved[key]) > abs(change) for key, change in case.changes.items())
        if over or doubled or time.monotonic() > deadline:
            return f"expected {times} effect, numbers moved by {list(moved.values())}"
        await asyncio.sleep(LOOK_EVERY_S)


def count_unfinished(house: ProcessHouse) -> int:
    """How much later work is left anywhere."""
    waiting = "SELECT count(*) FROM outbox WHERE state = 'ready'"
    return sum(house.number(party, waiting) for party in ("core_bank", "card_network"))
