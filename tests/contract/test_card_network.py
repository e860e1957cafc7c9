import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_partners.outside.card_network.app import create_app
from mock_partners.outside.card_network.settings import CardNetworkSettings, IssuedCard
from mock_partners.outside.card_network.tables import card
from mock_partners.testing.people.personas import PEOPLE, Card, Person, person
from mock_partners.testing.worlds.faults import Fault, Faults, FaultyTransport
from partner_adapters.card_network.client import CardNetwork
from partner_adapters.card_network.wire import (
    FourElements,
    StartTransfer,
    Transfer,
    TransferKind,
    TransferState,
)
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import CHINA, FixedClock, SystemClock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed, HttpClient
from partner_adapters.kit.web.parties import Parties
from tests.contract.golden import GoldenParty, exchanges, fits, play
from tests.support.houses.serving import WAYS, serving, until

pytestmark = pytest.mark.anyio
LI, LIU = person("li_xiuying"), person("liu_yang")
NOTIFY_URL = "http://core.test/notices/card-network"
KEY = ECKey.generate_key("P-256").as_pem(private=True).decode()
GOLDEN = exchanges("card_network")


@dataclass
class Listener:
    """The bank's ear: hears notices, and answers as it is told to, 204 afterwards."""

    answers: list[int] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    async def notice(self, request: Request) -> Response:
        self.heard.append((await request.body()).decode())
        assert request.headers["content-type"] == "application/jose"
        return Response(status_code=self.answers.pop(0) if self.answers else 204)

    def http(self) -> HttpClient:
        routes = [Route("/notices/card-network", self.notice, methods=["POST"])]
        return HttpClient(httpx.ASGITransport(Starlette(routes=routes)))


@dataclass
class Served:
    network: CardNetwork
    http: HttpClient
    url: str
    listener: Listener
    store: Store

    async def token(self, who: Person) -> str:
        found = await self.network.four_elements("hzw", elements(who))
        assert found.card_token is not None
        return found.card_token

    async def balance_fen(self, who: Person) -> int:
        found = await self.store.read(
            lambda conn: conn.execute(card.select().where(card.c.number == who.cards[0].number)).one()
        )
        return int(found.balance_fen)

    async def settled(self, intent: str, bank_id: str = "hzw") -> Transfer:
        async def known() -> bool:
            return (await self.network.transfer(bank_id, intent)).state != TransferState.PROCESSING

        await until(known)
        return await self.network.transfer(bank_id, intent)


@asynccontextmanager
async def card_network(
    folder: Path, way: str = "in_process", settle_after_s: float = 0, clock: Any = None
) -> AsyncIterator[Served]:
    listener, store = Listener(), Store(f"sqlite:///{folder / 'card_network.db'}")
    settings = CardNetworkSettings(
        signing_key=SecretStr(KEY),
        settle_after_s=settle_after_s,
        cards=tuple(IssuedCard.model_validate(its) for one in PEOPLE for its in one.issued_cards),
    )
    app = create_app(settings, store, clock or SystemClock(), Parties(listener.http(), {}))
    async with serving(app, way) as (http, url):
        yield Served(CardNetwork(http, url), http, url, listener, store)
    store.close()


def elements(who: Person, its: Card | None = None, **other: str) -> FourElements:
    given = {"name": who.name, "id_number": who.id_number, "phone": who.phone}
    return FourElements(card_number=(its or who.cards[0]).number, **{**given, **other})


def base64(header: dict[str, str]) -> str:
    return urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")


def of(amount_fen: int, token: str, who: Person = LI) -> StartTransfer:
    return StartTransfer(card_token=token, name=who.name, amount_fen=amount_fen, notify_url=NOTIFY_URL)


@pytest.mark.parametrize("way", WAYS)
async def test_money_leaves_a_card_and_the_bank_hears_of_it(tmp_path: Path, way: str) -> None:
    async with card_network(tmp_path, way) as served:
        started = await served.network.debit("hzw", of(100_00, await served.token(LI)), "top-up-1")
        assert started.state == TransferState.PROCESSING
        settled = await served.settled("top-up-1")
        assert (settled.state, settled.amount_fen) == (TransferState.SUCCEEDED, 100_00)
        assert await served.balance_fen(LI) == 5_000_00 - 100_00

        await until(lambda: bool(served.listener.heard))
        notice = await served.network.verify_notice(served.listener.heard[0])
        assert (notice.bank_id, notice.intent, notice.state) == ("hzw", "top-up-1", TransferState.SUCCEEDED)


async def test_each_exchange_is_as_written_down(tmp_path: Path) -> None:
    async with card_network(tmp_path, clock=FixedClock(datetime(2026, 11, 24, 9, tzinfo=CHINA))) as served:
        token = ""
        for name, golden in GOLDEN.items():
            if name == "settled":
                await served.settled("intent-1")
            response = await play(served.http, served.url, golden, token)
            assert response.status_code == golden["status"], name
            assert fits(golden["answer"], response.json()), (name, response.json())
            token = response.json().get("card_token", token)


async def test_the_client_asks_and_reads_as_written_down() -> None:
    made_up = {"card_token": "t-1", "transfer_id": "T1", "settled_at": "2026-11-24T09:00:00+08:00"}
    problem = {"detail": "no bank", "instance": "3F7K-21QX"}

    def network(name: str) -> CardNetwork:
        return CardNetwork(HttpClient(GoldenParty(GOLDEN[name], **made_up, **problem)), "http://party.test")

    assert (await network("bin").bin("6216600000")).bank_name["zh"] == "中国银行"
    with pytest.raises(Problem) as refused:
        await network("unknown_bin").bin("9999999999")
    assert (refused.value.status, refused.value.code) == (404, "card.unknown_bank")
    assert (await network("four_elements").four_elements("hzw", elements(LI))).card_token == "t-1"
    started = await network("debit").debit("hzw", of(100_00, "t-1"), "intent-1")
    assert (started.state, started.amount_fen) == (TransferState.PROCESSING, 100_00)
    assert (await network("settled").transfer("hzw", "intent-1")).state == TransferState.SUCCEEDED
    assert (await network("settlement").settlement("hzw", date(2026, 11, 24))).debits_fen == 100_00


@pytest.mark.parametrize(
    ("asked", "result", "which"),
    [
        (elements(LI), "match", []),
        (elements(LI, name="李秀"), "mismatch", ["name"]),
        (elements(LI, phone="19900000099", id_number=LIU.id_number), "mismatch", ["id_number", "phone"]),
        (elements(LI, LI.cards[1]), "not_class_i", []),
        (elements(LI, LI.cards[2]), "not_class_i", []),
        (elements(LI, LI.cards[2], name="王强"), "mismatch", ["name"]),
        (
            FourElements(card_number="6216600000000000019", name="甲", id_number="0" * 18, phone=LI.phone),
            "unknown_card",
            [],
        ),
    ],
)
async def test_the_four_elements_must_belong_together(
    tmp_path: Path, asked: FourElements, result: str, which: list[str]
) -> None:
    async with card_network(tmp_path) as served:
        found = await served.network.four_elements("hzw", asked)
    assert (found.result, found.which) == (result, which)
    assert (found.card_token is not None) == (result in ("match", "not_class_i"))


async def test_a_token_is_the_same_for_one_bank_and_unknown_to_another(tmp_path: Path) -> None:
    async with card_network(tmp_path) as served:
        token = await served.token(LI)
        assert await served.token(LI) == token
        with pytest.raises(Problem) as refused:
            await served.network.debit("hab", of(1_00, token), "stolen")
        assert refused.value.code == "card.unknown_token"
        with pytest.raises(Problem) as unknown:
            await served.network.transfer("hab", "stolen")
        assert unknown.value.code == "transfer.unknown"


@pytest.mark.parametrize("kind", ["debit", "credit"])
async def test_one_intent_moves_money_once_however_often_it_is_sent(
    tmp_path: Path, kind: TransferKind
) -> None:
    async with card_network(tmp_path) as served:
        token = await served.token(LI)
        send = getattr(served.network, kind)
        answers = await asyncio.gather(*(send("hzw", of(300_00, token), "same") for _ in range(8)))
        assert len({one.transfer_id for one in answers}) == 1
        await served.settled("same")
        assert await send("hzw", of(300_00, token), "same") == answers[0]
        change_fen = -300_00 if kind == "debit" else 300_00
        assert await served.balance_fen(LI) == 5_000_00 + change_fen
        with pytest.raises(Problem) as refused:
            await send("hzw", of(301_00, token), "same")
        assert refused.value.code == "intent.reused"


async def test_more_than_the_card_holds_fails_and_takes_nothing(tmp_path: Path) -> None:
    async with card_network(tmp_path) as served:
        token = await served.token(LIU)
        await served.network.debit("hzw", of(3_01, token, LIU), "too-much")
        failed = await served.settled("too-much")
        assert (failed.state, failed.code) == (TransferState.FAILED, "card.insufficient_funds")
        assert await served.balance_fen(LIU) == 3_00
        await served.network.debit("hzw", of(3_00, token, LIU), "all-of-it")
        assert (await served.settled("all-of-it")).state == TransferState.SUCCEEDED
        assert await served.balance_fen(LIU) == 0


async def test_many_debits_at_once_never_overdraw_a_card(tmp_path: Path) -> None:
    async with card_network(tmp_path) as served:
        token = await served.token(LI)
        intents = [f"draw-{number}" for number in range(12)]
        await asyncio.gather(*(served.network.debit("hzw", of(1_000_00, token), one) for one in intents))
        states = [(await served.settled(one)).state for one in intents]
        assert states.count(TransferState.SUCCEEDED) == 5
        assert await served.balance_fen(LI) == 0


async def test_a_card_is_not_debited_in_another_persons_name(tmp_path: Path) -> None:
    async with card_network(tmp_path) as served:
        await served.network.debit("hzw", of(1_00, await served.token(LI), LIU), "not-mine")
        assert (await served.settled("not-mine")).code == "card.name_mismatch"
        assert await served.balance_fen(LI) == 5_000_00


async def test_a_notice_is_repeated_until_the_bank_says_it_heard(tmp_path: Path) -> None:
    wall = SkippingClock()
    async with card_network(tmp_path, clock=wall) as served:
        served.listener.answers = [500, 302]
        await served.network.debit("hzw", of(1_00, await served.token(LI)), "deaf")

        def heard_three_times() -> bool:
            wall.skip(timedelta(seconds=30))
            return len(served.listener.heard) >= 3

        await until(heard_three_times)
        notices = [await served.network.verify_notice(one) for one in served.listener.heard]
        assert notices[0] == notices[1] == notices[2]
        wall.skip(timedelta(minutes=10))
        await asyncio.sleep(0.7)
        assert len(served.listener.heard) == 3


async def test_only_the_networks_own_signature_is_believed(tmp_path: Path) -> None:
    async with card_network(tmp_path) as served:
        await served.network.debit("hzw", of(1_00, await served.token(LI)), "mine")
        await served.settled("mine")

        await until(lambda: bool(served.listener.heard))
        true = served.listener.heard[0]
        header, _payload, signature = true.split(".")
        kid = jws.extract_compact(true.encode()).headers()["kid"]
        forger = ECKey.generate_key("P-256")
        lie = json.dumps({"intent": "mine", "state": "succeeded"})
        forged = jws.serialize_compact({"alg": "ES256", "kid": kid}, lie, forger)
        unsigned = f"{base64({'alg': 'none', 'kid': kid})}.{forged.split('.')[1]}."
        swapped = f"{header}.{forged.split('.')[1]}.{signature}"
        other_key = jws.serialize_compact({"alg": "ES256", "kid": "other"}, lie, forger)
        for bad in (forged, unsigned, swapped, other_key, "no.jws", "", "äöü"):
            with pytest.raises(Problem) as refused:
                await served.network.verify_notice(bad)
            assert (refused.value.status, refused.value.code) == (401, "signature.invalid")


async def test_a_notice_that_cannot_be_checked_is_neither_believed_nor_refused() -> None:
    down = Faults()
    down.add(Fault(kind="down", times=None))
    unreachable = FaultyTransport(httpx.ASGITransport(Starlette()), down)
    signed = jws.serialize_compact({"alg": "ES256", "kid": "k"}, "{}", ECKey.import_key(KEY))
    with pytest.raises(CallFailed):
        await CardNetwork(HttpClient(unreachable), "http://party.test").verify_notice(signed)


async def test_the_settlement_lists_one_banks_successes_of_one_business_day(tmp_path: Path) -> None:
    clock = SkippingClock()
    async with card_network(tmp_path, clock=clock) as served:
        token, first_day = await served.token(LI), clock.today()
        poor = await served.token(LIU)
        await served.network.debit("hzw", of(10_00, token), "one")
        await served.network.credit("hzw", of(4_00, token), "two")
        await served.network.debit("hzw", of(10_00, poor, LIU), "fails")
        for intent in ("one", "two", "fails"):
            await served.settled(intent)
        clock.skip(timedelta(days=1))
        await served.network.debit("hzw", of(1_00, token), "next-day")
        await served.settled("next-day")
        file = await served.network.settlement("hzw", first_day)
        assert {item.intent for item in file.items} == {"one", "two"}
        assert (file.debits_fen, file.credits_fen) == (10_00, 4_00)
        assert (await served.network.settlement("hab", first_day)).items == []


async def test_a_restart_keeps_balances_and_finishes_what_was_processing(tmp_path: Path) -> None:
    async with card_network(tmp_path, settle_after_s=3600) as before:
        token = await before.token(LI)
        await before.network.debit("hzw", of(50_00, token), "slow")
    later = SkippingClock(timedelta(hours=2))
    async with card_network(tmp_path, clock=later) as after:
        assert (await after.settled("slow")).state == TransferState.SUCCEEDED
        assert await after.balance_fen(LI) == 5_000_00 - 50_00


class SkippingClock(SystemClock):
    """Wall time that a test advances, so that the test does not wait for a back-off."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self._ahead = ahead

    def wall(self) -> datetime:
        return super().wall() + self._ahead

    def skip(self, by: timedelta) -> None:
        self._ahead += by
