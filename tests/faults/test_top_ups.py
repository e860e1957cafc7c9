"""Money between card and account while the wire misbehaves: the core and every party are real, over real sockets."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from mock_partners.card_network.tables import card, transfer
from mock_partners.worlds.faults import Fault
from mock_partners.worlds.local import RunningWorld, running_world
from mock_partners.worlds.people import Person
from partner_adapters.card_network.client import CardNetwork
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.web.http_client import HttpClient
from tests.citizen import arrive, intent
from tests.contract.serving import until
from tests.proving import prove_books

pytestmark = pytest.mark.anyio
PARTIES = ["gov_app", "core_bank", "card_network", "messages"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RunningWorld]:
    with running_world(tmp_path, PARTIES) as running:
        yield running
        prove_books(running.stores["core_bank"])


def card_balance_fen(world: RunningWorld, who: Person) -> int:
    mine = card.select().where(card.c.number == who.cards[0].number)
    return int(world.stores["card_network"].read_now(lambda conn: conn.execute(mine).one()).balance_fen)


def transfers(world: RunningWorld) -> int:
    return len(world.stores["card_network"].read_now(lambda conn: conn.execute(transfer.select()).all()))


async def test_money_moves_from_the_card_into_the_account_and_the_person_is_told(world: RunningWorld) -> None:
    async with arrive(world, "li_xiuying") as li:
        account_id = await li.account()
        order = await li.core.top_ups.start(account_id, TopUp(amount_fen=100_00), intent())
        assert (await li.ended(order)).state is OrderState.SUCCEEDED
        assert (await li.core.accounts.get(account_id)).balance_fen == 100_00
        assert card_balance_fen(world, li.who) == li.who.cards[0].balance_fen - 100_00

        def told() -> list[str]:
            inbox = httpx.get(f"{world.url('messages')}/messages", params={"phone": li.who.phone}).json()
            return [item["text"] for item in inbox["items"]]

        await until(lambda: any("100.00" in text for text in told()))


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
        account_id = await li.account()
        world.faults[at].add(fault)
        order = await li.core.top_ups.start(account_id, TopUp(amount_fen=100_00), intent())
        assert (await li.ended(order)).state is OrderState.SUCCEEDED
        assert (await li.core.accounts.get(account_id)).balance_fen == 100_00
        entries = (await li.core.accounts.entries(account_id)).items
        assert [entry.amount_fen for entry in entries] == [100_00]
        assert card_balance_fen(world, li.who) == li.who.cards[0].balance_fen - 100_00
        assert transfers(world) == 1
        await until(lambda: world.faults[at].listed() != [fault])


async def test_without_any_notice_the_bank_asks_until_it_knows(world: RunningWorld) -> None:
    world.faults["core_bank"].add(Fault(kind="down", method="POST", path="/notices/*", times=None))
    asking = Fault(kind="drop_response", method="GET", path="/transfers/*", times=2)
    world.faults["card_network"].add(asking)
    async with arrive(world, "li_xiuying") as li:
        account_id = await li.account()
        order = await li.core.top_ups.start(account_id, TopUp(amount_fen=100_00), intent())
        assert (await li.ended(order)).state is OrderState.SUCCEEDED
        assert world.faults["card_network"].listed() == []
        assert (await li.core.accounts.get(account_id)).balance_fen == 100_00


async def test_a_card_without_enough_money_fails_the_order_and_moves_nothing(world: RunningWorld) -> None:
    async with arrive(world, "liu_yang") as liu:
        account_id = await liu.account()
        order = await liu.ended(await liu.core.top_ups.start(account_id, TopUp(amount_fen=100_00), intent()))
        assert order.state is OrderState.FAILED
        assert order.reason is not None
        assert order.reason.code == "card.insufficient_funds"
        assert (await liu.core.accounts.get(account_id)).balance_fen == 0
        assert card_balance_fen(world, liu.who) == 3_00


async def test_eight_taps_with_one_intent_are_one_top_up_and_eight_intents_are_eight(
    world: RunningWorld,
) -> None:
    async with arrive(world, "li_xiuying") as li:
        account_id, once = await li.account(), intent()
        same = [li.core.top_ups.start(account_id, TopUp(amount_fen=10_00), once) for _ in range(8)]
        other = [li.core.top_ups.start(account_id, TopUp(amount_fen=1_00), intent()) for _ in range(8)]
        for order in await asyncio.gather(*same, *other):
            assert (await li.ended(order)).state is OrderState.SUCCEEDED
        assert (await li.core.accounts.get(account_id)).balance_fen == 18_00
        assert card_balance_fen(world, li.who) == li.who.cards[0].balance_fen - 18_00


async def test_while_the_network_is_down_the_order_stays_open_and_ends_when_it_is_back(
    world: RunningWorld,
) -> None:
    async with arrive(world, "li_xiuying") as li:
        account_id = await li.account()
        world.faults["card_network"].add(Fault(kind="down", times=None))
        order = await li.core.top_ups.start(account_id, TopUp(amount_fen=50_00), intent())
        await asyncio.sleep(2)
        assert (await li.core.orders.get(order.intent)).state is OrderState.PROCESSING
        assert (await li.core.accounts.get(account_id)).balance_fen == 0
        world.faults["card_network"].clear()
        assert (await li.ended(order)).state is OrderState.SUCCEEDED
        assert (await li.core.accounts.get(account_id)).balance_fen == 50_00


@pytest.mark.parametrize("number", [1, 2])
async def test_a_card_that_may_not_be_bound_opens_no_account(world: RunningWorld, number: int) -> None:
    async with arrive(world, "li_xiuying") as li:
        order = await li.ask_to_open_account(li.who.cards[number])
        assert order.state is OrderState.FAILED
        assert order.reason is not None
        assert order.reason.code == "card.not_class_i"
        assert (await li.core.customers.overview(li.customer_id)).account is None


async def test_a_settlement_file_names_what_the_account_received(world: RunningWorld) -> None:
    async with arrive(world, "wang_qiang") as wang:
        account_id = await wang.account()
        world.clock.advance(timedelta(days=3))
        order = await wang.core.top_ups.start(account_id, TopUp(amount_fen=20_00), intent())
        await wang.ended(order)
        network = CardNetwork(HttpClient(), world.url("card_network"))
        file = await network.settlement("hab", world.clock.today())
        assert [(item.intent, item.amount_fen) for item in file.items] == [(order.intent, 20_00)]
        entry = (await wang.core.accounts.entries(account_id)).items[0]
        assert entry.business_date == world.clock.today()
