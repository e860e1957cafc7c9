"""A storm: several customers send mixed commands, many of them twice, while the core is killed and started again.

Every program is a process of its own. At the end each answer agrees with the books, no intent has acted twice, the
proof holds, and the card network knows the same transfers. The lot of a seed is the same each time; the moments at
which processes meet are not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from mock_partners.testing.worlds.world import PARTIES
from partner_adapters.core_bank.accounts import Entry
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed, HttpClient
from tests.support.cases import COMMAND_CASES, STAGES, Send
from tests.support.houses.processes import ProcessHouse, process_house
from tests.support.houses.serving import until
from tests.support.people.citizen import Citizen, Patient, arrive, intent

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
# One has a loan, one has a contract to sign, and one is to open an account.
PEOPLE = {"li_xiuying": "standing", "wu_guilan": "offered", "liu_yang": "arrived"}
MIX = {
    "standing": ("top_up", "drawdown", "repayment"),
    "offered": ("top_up", "signing"),
    "arrived": ("opening",),
}
ANSWERED_WITHIN_S, KNOWN_WITHIN_S = 90.0, 90.0
# A process that is killed keeps what it did outside for a lease of 30 s. So the sample does only what the core does by
# itself, and waits for no lease.
INSIDE = ("drawdown", "repayment")
SEEDS, COUNT, KILLS = 4, 24, 5
MOVES_MONEY = {"top_up", "drawdown", "repayment"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ProcessHouse]:
    with process_house(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessHouse]:
    """One house for all long storms. Each puts it back to its beginning."""
    with process_house(tmp_path_factory.mktemp("house")) as running:
        yield running


@dataclass
class Sent:
    """One command of a customer. `done` and `refused` are its answers, from every time it was sent."""

    by: Citizen
    name: str
    send: Send
    key: str = field(default_factory=intent)
    done: list[Order] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    async def until_answered(self, after_s: float) -> None:
        """Send it, and send it again for as long as its outcome is unknown."""
        await asyncio.sleep(after_s)
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            while True:
                try:
                    self.done.append(await self.send(self.key))
                    return
                except Problem as problem:
                    if problem.status < 500:
                        self.refused.append(problem.code)
                        return
                except CallFailed:
                    pass
                await asyncio.sleep(0.1)


async def test_a_kill_among_draws_and_repayments_loses_and_doubles_none(house: ProcessHouse) -> None:
    await storm(house, 0, {"li_xiuying": INSIDE}, 8, 1)


@pytest.mark.whole
@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
async def test_no_kill_in_a_storm_of_commands_loses_or_doubles_one(lasting: ProcessHouse, seed: int) -> None:
    await storm(lasting, seed, {who: MIX[stage] for who, stage in PEOPLE.items()}, COUNT, KILLS)


async def storm(
    house: ProcessHouse, seed: int, mixes: Mapping[str, Sequence[str]], count: int, kills: int
) -> None:
    """Let each customer send `count` commands of their mix, and kill the core so often meanwhile."""
    lot = Random(seed)  # noqa: S311 (a lot to be drawn again, not a secret)
    async with AsyncExitStack() as stack:
        people = await gather_people(house, stack, list(mixes))
        sent = [
            Sent(citizen, name, await COMMAND_CASES[name].prepare(citizen))
            for citizen, mix in zip(people, mixes.values(), strict=True)
            for name in lot.choices(mix, k=count)
        ]
        lasts_s = 1.0 + kills
        times = [each for each in sent for _ in range(lot.choice([1, 2, 3]))]
        sending = [each.until_answered(lot.uniform(0, lasts_s)) for each in times]
        pauses_s = [lot.uniform(0.1, lasts_s / kills) for _ in range(kills)]
        await asyncio.gather(kill_again_and_again(house, pauses_s), *sending)
        await until(lambda: not house.number("core_bank", UNKNOWN), KNOWN_WITHIN_S)
        faults = [fault for each in sent for fault in await untrue(each)]
        for citizen in people:
            faults += await misbooked(citizen)
        assert faults + house.broken_rules() + house.unmatched() == [], f"seed {seed}"
        # A storm in which nothing was done would prove nothing.
        assert len({each.key for each in sent if each.done}) >= count // 2


UNKNOWN = "SELECT count(*) FROM customer_order WHERE state = 'processing'"
UNFINISHED = "SELECT count(*) FROM outbox WHERE state = 'ready'"


async def gather_people(house: ProcessHouse, stack: AsyncExitStack, names: Sequence[str]) -> list[Citizen]:
    """Return the customers, each at their stage. Their data are put back to it, or kept for the next storm."""
    if house.has("storm"):
        house.back_to("storm", *PARTIES)
    else:
        house.start(*PARTIES)
        for who in names:
            async with arrive(house, who, Patient()) as citizen:  # type: ignore[arg-type]
                for stage, live in STAGES.items():
                    await live(citizen)
                    if stage == PEOPLE[who]:
                        break
        await until(lambda: not house.number("core_bank", UNFINISHED), KNOWN_WITHIN_S)
        house.keep("storm")
    house.start(*PARTIES)
    return [await stack.enter_async_context(arrive(house, who, HttpClient())) for who in names]  # type: ignore[arg-type]


async def kill_again_and_again(house: ProcessHouse, pauses_s: list[float]) -> None:
    """Kill the core after each pause, and start it again at once."""
    for pause_s in pauses_s:
        await asyncio.sleep(pause_s)
        await asyncio.to_thread(house.kill, "core_bank")
        await asyncio.to_thread(house.start, "core_bank")


async def entries_of(citizen: Citizen) -> list[Entry]:
    """Return the whole statement of the customer's account, newest first."""
    account = (await citizen.core.customers.overview(citizen.customer_id)).account
    entries, cursor = [], None
    while account is not None:
        page = await citizen.core.accounts.entries(account.account_id, cursor, limit=100)
        entries += page.items
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    return entries


async def untrue(sent: Sent) -> list[str]:
    """Return how a command's answers disagree with its order and with the account's statement."""
    what = f"{sent.name} {sent.key}"
    try:
        order = await sent.by.core.orders.get(sent.key)
    except Problem as problem:
        done = [f"{what} was answered with an order that is gone"] if sent.done else []
        return done if problem.code == "order.unknown" else [f"{what}: {problem.code}"]
    faults = [] if sent.done else [f"{what} was refused ({sent.refused}) and has an order"]
    if order.state is OrderState.PROCESSING:
        faults.append(f"{what} has no outcome")
    if {each.reference for each in sent.done} - {order.reference}:
        faults.append(f"{what} has several references")
    if any(each.state not in (order.state, OrderState.PROCESSING) for each in sent.done):
        faults.append(f"{what} was answered otherwise than it ended")
    booked = [entry.amount_fen for entry in await entries_of(sent.by) if entry.intent == sent.key]
    expected = [order.amount_fen] if sent.name in MOVES_MONEY and order.state is OrderState.SUCCEEDED else []
    if booked != expected:
        faults.append(f"{what} ended {order.state} and booked {booked}")
    return faults


async def misbooked(citizen: Citizen) -> list[str]:
    """Return how a customer's balance, loans and line disagree with the statement."""
    overview, entries = await citizen.core.customers.overview(citizen.customer_id), await entries_of(citizen)
    balance_fen = overview.account.balance_fen if overview.account else 0
    sums = {
        kind: sum(entry.amount_fen for entry in entries if entry.kind == kind)
        for kind in ("top_up", "drawdown", "repayment")
    }
    faults = []
    if balance_fen != sums["top_up"] + sums["drawdown"] - sums["repayment"]:
        faults.append(f"{citizen.who.key}: the balance is not the sum of the statement")
    if sum(loan.principal_fen for loan in overview.loans) != sums["drawdown"]:
        faults.append(f"{citizen.who.key}: the loans are not what was paid out")
    if len(overview.lines) > 1:
        faults.append(f"{citizen.who.key}: one contract opened {len(overview.lines)} lines")
    return faults
