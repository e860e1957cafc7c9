"""One person at the start of each command, prepared over the bank's API once and gone back to in milliseconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from mock_partners.testing.people.personas import person
from mock_partners.testing.registrations.parties import audit_head
from partner_adapters.core_bank.customers import Overview
from tests.support.cases import COMMAND_CASES, STAGES, CommandCase, open_class_three
from tests.support.databases.keeping import Kept, keep
from tests.support.houses.journey import House
from tests.support.houses.serving import until
from tests.support.people.citizen import Citizen, Patient, arrive, intent

WHO = person("li_xiuying")
# Whose data a stage is made of; the super-app only knows who holds the phone.
PARTIES = ("core_bank", "card_network", "esign", "messages")
UNDER_WAY = ("core_bank", "SELECT count(*) FROM outbox WHERE state = 'ready'")
SETTLED_WITHIN_S = 40.0


class Stages:
    """`arrived`, `offered`, `lost` and `standing` as in `tests/support/cases.py`. `lent`: with a loan as well. `small`:
    arrived, with an account of class III.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self._kept: dict[tuple[str, str], Kept] = {}
        self.at: dict[str, Overview] = {}
        """What the bank's overview says at each stage."""
        self._thread = ThreadPoolExecutor(1, "stages")
        self._run(self._live)

    def back_to(self, stage: str) -> None:
        """Everybody's data as they were there; h5app's as `keep_session` saw them last."""
        for (of, _), kept in self._kept.items():
            if of in (stage, "session"):
                kept.give_back()
        # An older database beneath its head is what that file is there to show.
        audit_head(self.house.world.world).unlink(missing_ok=True)

    def keep_session(self, stage: str) -> None:
        """Keep h5app's data as they are now, and at `stage` the photographs that the bank took in for them.

        After every `back_to` the same person is logged in, with what the screens have gathered.
        """
        self._kept["session", "h5app"] = keep(self.house.database)
        self._keep(stage, "core_bank")

    def numbers(self, command: str) -> Mapping[tuple[str, str], int]:
        """Everything that the command changes, by party and query."""
        return {(party, query): self.number(party, query) for party, query in COMMAND_CASES[command].changes}

    def number(self, party: str, query: str) -> int:
        """One number out of a party's database."""
        store = self.house.world.stores[party]
        return int(store.read_now(lambda conn: conn.execute(text(query)).scalar_one()) or 0)

    def settle(self) -> None:
        """Wait until the bank has done all that it began outside."""
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while self.number(*UNDER_WAY):
            assert time.monotonic() < deadline, "the bank is not done"
            time.sleep(0.05)

    def moved(self, command: str, before: Mapping[tuple[str, str], int]) -> int:
        """How often the command has taken effect since: 0 or 1. AssertionError: neither, or more than once."""
        return effects(COMMAND_CASES[command], before, lambda: self.numbers(command))

    async def _live(self) -> None:
        async with arrive(self.house.world, WHO.key, Patient()) as li:
            for stage, live in STAGES.items():
                await live(li)
                await self._keep_all(li, stage)
            send = await COMMAND_CASES["drawdown"].prepare(li)
            await li.ended(await send(intent()))
            await self._keep_all(li, "lent")
            self.back_to("arrived")
            await open_class_three(li)
            await self._keep_all(li, "small")

    async def _keep_all(self, li: Citizen, stage: str) -> None:
        await until(lambda: not self.number(*UNDER_WAY), within_s=SETTLED_WITHIN_S)
        self.at[stage] = await li.core.customers.overview(li.customer_id)
        for party in PARTIES:
            self._keep(stage, party)

    def _keep(self, stage: str, party: str) -> None:
        self._kept[stage, party] = keep(self.house.world.stores[party].url)

    def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        """On a thread of its own: Playwright keeps an event loop in the main one."""

        async def awaited() -> None:
            await work()

        self._thread.submit(lambda: asyncio.run(awaited())).result()


def effects(
    case: CommandCase,
    before: Mapping[tuple[str, str], int],
    numbers: Callable[[], Mapping[tuple[str, str], int]],
) -> int:
    """Wait until every number has moved equally often; what is late is a text message."""
    deadline = time.monotonic() + SETTLED_WITHIN_S
    while True:
        after = numbers()
        moved = {key: after[key] - before[key] for key in case.changes}
        times = {moved[key] / change for key, change in case.changes.items() if change}
        # What is 0 in the end, such as the money held, may move on the way.
        if len(times) == 1 and not any(moved[key] for key, change in case.changes.items() if not change):
            (once,) = times
            assert once in (0, 1), f"took effect {once} times"
            return int(once)
        assert time.monotonic() < deadline, f"half done: {times}"
        assert max(times) <= 1, f"some of it took effect {max(times)} times"
        time.sleep(0.05)
