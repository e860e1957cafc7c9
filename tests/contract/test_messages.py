import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from mock_partners.outside.messages.app import create_app
from mock_partners.outside.messages.settings import MessagesSettings
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import CHINA, FixedClock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.parties import Parties
from partner_adapters.messages.client import Messages
from partner_adapters.messages.wire import Inbox, SendMessage
from tests.contract.golden import GoldenParty, exchanges, fits, play
from tests.support.houses.serving import WAYS, serving

pytestmark = pytest.mark.anyio
GOLDEN = exchanges("messages")
PHONE, OTHER = "19900000001", "19900000002"


@asynccontextmanager
async def messages(
    folder: Path, way: str = "in_process", inbox_size: int = 50
) -> AsyncIterator[tuple[HttpClient, str]]:
    clock, store = FixedClock(datetime(2026, 11, 24, 9, tzinfo=CHINA)), Store(f"sqlite:///{folder / 'm.db'}")
    settings = MessagesSettings(inbox_size=inbox_size)
    async with serving(create_app(settings, store, clock, Parties(HttpClient(), {})), way) as served:
        yield served
    store.close()


def text(words: str, phone: str = PHONE) -> SendMessage:
    return SendMessage(phone=phone, text=words, kind="top_up")


async def inbox(http: HttpClient, url: str, phone: str = PHONE) -> list[str]:
    response = await http.send("GET", f"{url}/messages", repeatable=True, params={"phone": phone})
    return [one.text for one in Inbox.model_validate_json(response.content).items]


@pytest.mark.parametrize("way", WAYS)
async def test_a_message_is_read_on_its_phone_only(tmp_path: Path, way: str) -> None:
    async with messages(tmp_path, way) as (http, url):
        sent = await Messages(http, url).send("hzw", text("到账"), "k-1")
        await Messages(http, url).send("hzw", text("别人的", OTHER), "k-2")
        assert sent.sent_at == datetime(2026, 11, 24, 9, tzinfo=CHINA)
        assert await inbox(http, url) == ["到账"]
        assert await inbox(http, url, "19900000003") == []


async def test_one_key_is_sent_once_however_often_it_is_handed_over(tmp_path: Path) -> None:
    async with messages(tmp_path) as (http, url):
        client = Messages(http, url)
        sent = await asyncio.gather(*(client.send("hzw", text("一次"), "same") for _ in range(8)))
        assert len({one.message_id for one in sent}) == 1
        assert await inbox(http, url) == ["一次"]
        with pytest.raises(Problem) as refused:
            await client.send("hzw", text("另一条"), "same")
        assert refused.value.code == "intent.reused"
        await client.send("hab", text("另一家银行"), "same")
        assert await inbox(http, url) == ["另一家银行", "一次"]


async def test_the_inbox_shows_the_newest_first_and_no_more_than_asked(tmp_path: Path) -> None:
    async with messages(tmp_path, inbox_size=2) as (http, url):
        for number in range(3):
            await Messages(http, url).send("hzw", text(f"第{number}条"), f"k-{number}")
        assert await inbox(http, url) == ["第2条", "第1条"]


async def test_each_exchange_is_as_written_down(tmp_path: Path) -> None:
    async with messages(tmp_path) as (http, url):
        for name, golden in GOLDEN.items():
            response = await play(http, url, golden)
            assert response.status_code == golden["status"], name
            assert fits(golden["answer"], response.json()), (name, response.json())


async def test_the_client_asks_and_reads_as_written_down() -> None:
    made_up = {"message_id": "M1", "sent_at": "2026-11-24T09:00:00+08:00"}
    client = Messages(HttpClient(GoldenParty(GOLDEN["send"], **made_up)), "http://party.test")
    sent = await client.send("hzw", text("充值100.00元已到账。"), "m-1")
    assert (sent.message_id, sent.phone) == ("M1", PHONE)


async def test_a_message_without_a_key_is_refused(tmp_path: Path) -> None:
    async with messages(tmp_path) as (http, url):
        response = await http.send(
            "POST",
            f"{url}/messages",
            repeatable=False,
            headers={"Sunbridge-Bank": "hzw"},
            content=text("x").model_dump_json(),
        )
        assert (response.status_code, response.json()["code"]) == (400, "intent.missing")
        assert await inbox(http, url) == []
