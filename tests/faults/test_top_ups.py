"""Money between card and account while the wire misbehaves: the core and every party are real, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select, update

from mock_partners.outside.card_network.tables import card, transfer
from mock_partners.testing.running.local import RunningWorld, running_world
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.card_network.client import CardNetwork
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.support.databases.proving import prove_books
from tests.support.houses.keys import shared_keys
from tests.support.houses.serving import until
from tests.support.people.citizen import Citizen, arrive, intent

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
PARTIES = ["gov_app", "core_bank", "card_network", "messages"]


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[RunningWorld]:
    with running_world(tmp_path, PARTIES, shared_keys=shared_keys()) as running:
        yield running
        prove_books(running)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWorld]:
    with running_world(tmp_path_factory.mktemp("world"), PARTIES, shared_keys=shared_keys()) as running:
        yield running


@pytest.fixture
def world(lasting: RunningWorld) -> Iterator[RunningWorld]:
    """One for all who only look at what they add. Each ends with the proof, and leaves no fault behind."""
    yield lasting
    for faults in lasting.faults.values():
        faults.clear()
    prove_books(lasting)


@dataclass(frozen=True)
class Held:
    """What a person and the network hold at a moment."""

    account_fen: int
    card_fen: int
    entries: int
    transfers: int

    def __sub__(self, before: Held) -> Held:
        return Held(*(getattr(self, one.name) - getattr(before, one.name) for one in fields(self)))


async def account_of(citizen: Citizen) -> str:
    """Opened, unless an earlier test did."""
    there = (await citizen.core.customers.overview(citizen.customer_id)).account
    return there.account_id if there else await citizen.account()


async def held(world: RunningWorld, citizen: Citizen) -> Held:
    account_id = await account_of(citizen)
    mine = select(card.c.balance_fen).where(card.c.number == citizen.who.cards[0].number)
    done = select(func.count()).select_from(transfer)
    network = world.stores["card_network"]
    return Held(
        (await citizen.core.accounts.get(account_id)).balance_fen,
        int(network.read_now(lambda conn: conn.execute(mine).scalar_one())),
        len((await citizen.core.accounts.entries(account_id)).items),
        int(network.read_now(lambda conn: conn.execute(done).scalar_one())),
    )


def once(amount_fen: int) -> Held:
    """What one top-up adds."""
    return Held(amount_fen, -amount_fen, 1, 1)


async def test_money_moves_from_the_card_into_the_account_and_the_person_is_told(world: RunningWorld) -> None:
    async with arrive(world, "li_xiuying") as li:
        account_id, before = await account_of(li), await held(world, li)
        order = await li.core.top_ups.start(account_id, TopUp(amount_fen=123_45), intent())
        assert (await li.ended(order)).state is OrderState.SUCCEEDED
        assert await held(world, li) - before == once(123_45)

        def told() -> list[str]:
            inbox = httpx.get(f"{world.url('messages')}/messages", params={"phone": li.who.phone}).json()
            return [item["text"] for item in inbox["items"]]

        await until(lambda: any("123.45" in text for text in told()))


async def test_a_fen_that_only_the_network_knows_of_breaks_the_proof(fresh: RunningWorld) -> None:
    network = fresh.stores["card_network"]
    async with arrive(fresh, "li_xiuying") as li:
        order = await li.core.top_ups.start(await account_of(li), TopUp(amount_fen=100_00), intent())
        await li.ended(order)
    here = transfer.c.intent == order.intent
    for fen in (100_01, 100_00):
        network.write_now(
            lambda conn, fen=fen: conn.execute(update(transfer).where(here).values(amount_fen=fen))
        )
        if fen != 100_00:
            with pytest.raises(AssertionError, match=f"{order.intent}: booked 10000, settled 10001"):
                prove_books(fresh)


@pytest.mark.parametrize(
    ("at", "fault"),
    [
        ("card_network", Fault(kind="drop_response", method="POST", path="/debits")),
        ("card_network", Fault(kind="reset_after", method="POST", path="/debits", times=5)),
        ("card_network", Fault(kind="down", method="POST", path="/debits", times=2)),
        ("card_network", Fault(kind="latency", method="POST", path="/debits", seconds=2)),
        ("core_bank", Fault(kind="down", method="POST", path="/notices/*", times=3)),
        ("core_bank", Fault(kind="drop_response", method="POST", path="/notices/*", times=3)),
        ("core_bank", Fault(kind="drop_response", method="POST", path="/accounts/*/top-ups", times=2)),
        ("messages", Fault(kind="drop_response", method="POST", path="/messages", times=2)),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.kind} {value.method} {value.path}",
)
async def test_whatever_is_lost_on_the_way_the_money_moves_once(
    world: RunningWorld, at: str, fault: Fault
) -> None:
    async with arrive(world, "li_xiuying") as li:
        account_id, before = await account_of(li), await held(world, li)
        world.faults[at].add(fault)
        order = await li.core.top_ups.start(account_id, TopUp(amount_fen=100_00), intent())
        assert (await li.ended(order)).state is OrderState.SUCCEEDED
        assert await held(world, li) - before == once(100_00)
        await until(lambda: world.faults[at].listed() != [fault])


async def test_without_any_notice_the_bank_asks_until_it_knows(world: RunningWorld) -> None:
    async with arrive(world, "li_xiuying") as li:
        account_id, before = await account_of(li), await held(world, li)
        world.faults["core_bank"].add(Fault(kind="down", method="POST", path="/notices/*", times=None))
        asking = Fault(kind="drop_response", method="GET", path="/transfers/*", times=2)
        world.faults["card_network"].add(asking)
        order = await li.core.top_ups.start(account_id, TopUp(amount_fen=100_00), intent())
        assert (await li.ended(order)).state is OrderState.SUCCEEDED
        assert world.faults["card_network"].listed() == []
        assert await held(world, li) - before == once(100_00)


async def test_a_card_without_enough_money_fails_the_order_and_moves_nothing(world: RunningWorld) -> None:
    async with arrive(world, "liu_yang") as liu:
        account_id, before = await account_of(liu), await held(world, liu)
        order = await liu.ended(await liu.core.top_ups.start(account_id, TopUp(amount_fen=100_00), intent()))
        assert order.state is OrderState.FAILED
        assert order.reason is not None
        assert order.reason.code == "card.insufficient_funds"
        moved = await held(world, liu) - before
        assert (moved.account_fen, moved.card_fen, moved.entries) == (0, 0, 0)


async def test_eight_taps_with_one_intent_are_one_top_up_and_eight_intents_are_eight(
    world: RunningWorld,
) -> None:
    async with arrive(world, "li_xiuying") as li:
        account_id, before, key = await account_of(li), await held(world, li), intent()
        same = [li.core.top_ups.start(account_id, TopUp(amount_fen=10_00), key) for _ in range(8)]
        other = [li.core.top_ups.start(account_id, TopUp(amount_fen=1_00), intent()) for _ in range(8)]
        for order in await asyncio.gather(*same, *other):
            assert (await li.ended(order)).state is OrderState.SUCCEEDED
        assert await held(world, li) - before == Held(18_00, -18_00, 9, 9)


async def test_while_the_network_is_down_the_order_stays_open_and_ends_when_it_is_back(
    world: RunningWorld,
) -> None:
    async with arrive(world, "li_xiuying") as li:
        account_id, before = await account_of(li), await held(world, li)
        world.faults["card_network"].add(Fault(kind="down", times=None))
        order = await li.core.top_ups.start(account_id, TopUp(amount_fen=50_00), intent())
        assert (await li.core.orders.get(order.intent)).state is OrderState.PROCESSING
        assert await held(world, li) == before
        world.faults["card_network"].clear()
        assert (await li.ended(order)).state is OrderState.SUCCEEDED
        assert await held(world, li) - before == once(50_00)


@pytest.mark.parametrize("number", [1, 2])
async def test_a_card_that_may_not_be_bound_opens_no_account(fresh: RunningWorld, number: int) -> None:
    async with arrive(fresh, "li_xiuying") as li:
        order = await li.ask_to_open_account(li.who.cards[number])
        assert order.state is OrderState.FAILED
        assert order.reason is not None
        assert order.reason.code == "card.not_class_i"
        assert (await li.core.customers.overview(li.customer_id)).account is None


async def test_a_settlement_file_names_what_the_account_received(fresh: RunningWorld) -> None:
    async with arrive(fresh, "wang_qiang") as wang:
        account_id = await wang.account()
        fresh.clock.advance(timedelta(days=3))
        order = await wang.core.top_ups.start(account_id, TopUp(amount_fen=20_00), intent())
        await wang.ended(order)
        network = CardNetwork(HttpClient(), fresh.url("card_network"))
        file = await network.settlement("hab", fresh.clock.today())
        assert [(item.intent, item.amount_fen) for item in file.items] == [(order.intent, 20_00)]
        entry = (await wang.core.accounts.entries(account_id)).items[0]
        assert entry.business_date == fresh.clock.today()
