"""The code blocks of the pages about going live, events and webhooks are run against a partner API, in their order.

The pages in Chinese have the same blocks (test_partner_pages.py). The server quickstart is followed by
tests/journeys/test_quickstart_server.py.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio.to_thread
import jsonschema_rs
import pytest
from sunbridge import Sunbridge, cli, webhooks
from sunbridge.models import Event

from mock_partners.testing.worlds.server import Server as HttpServer
from mock_partners.testing.worlds.server import listen
from tests.support.houses.partner_api import PartnerApiHouse, partner_api
from tests.support.houses.serving import until
from tests.support.houses.webhooks import Hooks, Server, hooks_of, receiving

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "partners"
CONTRACT = json.loads((ROOT / "docs/openapi/partner-v1.json").read_text("utf-8"))
PAGES = [f"{name}{ending}.md" for name in ("going-live", "events", "webhooks") for ending in ("", ".zh-CN")]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
REQUEST = re.compile(r"^(GET|POST|DELETE) (\S+)$", re.M)
CALL = re.compile(r"`(GET|POST|DELETE) ([^`]+)`(?:[^`\n]* `(\{[^`]+\})`)?")


def text_of(page: str) -> str:
    return (FOLDER / page).read_text("utf-8")


def check_json(schema: str, content: Any) -> None:
    """Refuse what the API's description does not know, and what it says is missing."""
    jsonschema_rs.validator_for(
        {"$ref": f"#/components/schemas/{schema}", "components": CONTRACT["components"]}
    ).validate(content)
    assert set(content) <= set(CONTRACT["components"]["schemas"][schema]["properties"])


@dataclass
class Reader:
    """A developer who runs what the page says, in an empty folder. `names`: what their Python has by now."""

    folder: Path
    url: str
    house: PartnerApiHouse
    hooks: Hooks
    receiver: Server
    names: dict[str, Any] = field(default_factory=lambda: {"webhooks": webhooks})
    instead: dict[str, str] = field(default_factory=dict)

    def adapt(self, block: str) -> str:
        for told, here in self.instead.items():
            assert told in block, f"the page no longer says {told}"
            block = block.replace(told, here)
        return block

    async def run(self, block: str, **instead: str) -> str:
        """Run a block of a shell, and return what it prints."""
        self.instead = {told: here for told, here in instead.items() if told in block}
        command = ["bash", "-euc", self.adapt(block)]
        environment = {"PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}", "HOME": str(self.folder)}
        done = await anyio.to_thread.run_sync(
            lambda: subprocess.run(
                command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=30
            )
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    async def execute(self, block: str, **instead: str) -> None:
        self.instead = {told: here for told, here in instead.items() if told in block}
        code = compile(self.adapt(block), "block", "exec")
        await anyio.to_thread.run_sync(exec, code, self.names)

    async def hear(self) -> dict[str, Any]:
        """Let the endpoint hear of a loan. Return what its server's Python has then."""
        self.hooks.feed.tell("loan.drawn")
        assert await self.hooks.pass_on() == 1
        posted = self.receiver.got[-1]
        return {"raw_body": posted.body, "headers": dict(posted.headers)}


@asynccontextmanager
async def served(house: PartnerApiHouse, listener: Any) -> AsyncIterator[None]:
    server = HttpServer(house.app, listener)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.work)
        await until(lambda: server.started)
        yield
        server.should_exit = True


@pytest.fixture
async def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Reader]:
    listener, folder = listen(0), tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    url = f"http://localhost:{listener.getsockname()[1]}"
    async with (
        partner_api(tmp_path, partner_api_base_url=url) as house,
        hooks_of(house) as hooks,
        receiving() as receiver,
        served(house, listener),
    ):
        yield Reader(folder, url, house, hooks, receiver)
    listener.close()


def blocks_of(page: str) -> Iterator[tuple[str, str, str]]:
    """Return each block with its language and its first word."""
    for kind, block in BLOCK.findall(text_of(page)):
        yield kind, block.split()[0], block


async def test_going_live(reader: Reader) -> None:
    ran = []
    for kind, first, block in blocks_of("going-live.md"):
        ran.append(kind)
        match kind, first:
            case "sh", "sunbridge":
                await reader.run(block)
                public = (reader.folder / "live-public.json").read_text()
                assert "d" not in json.loads(public)
                assert (reader.folder / "live.pem").stat().st_mode & 0o077 == 0
            case "python", "from":
                key = reader.house.make_key("lyg", jwk=public)
                told = {"https://partners.bank.example": reader.url, "key_0123456789abcdef0123": key.key_id}
                await reader.execute(block, **told)
            case "sh", "curl":
                await launch_with_curl(reader, block)
            case "python", "event":
                await verify_in_an_overlap(reader, block)
            case "text", _:
                answer = await reader.hooks.server.ask("GET", "/launches")
                assert [shape(line) for line in block.splitlines()] == [
                    shape(f"{name}: {answer.headers[name]}") for name in ("RateLimit-Policy", "RateLimit")
                ]
            case "python", "launch":
                await reader.execute(block)
                launch = reader.names["launch"]
                await reader.execute(block)
                assert (reader.names["launch"].id, launch.external_reference) == (launch.id, "city-7")
            case _:
                pytest.fail(f"say here how to try {block}")
    assert ran == ["sh", "python", "sh", "python", "text", "python"]


async def verify_in_an_overlap(reader: Reader, block: str) -> None:
    endpoint = await reader.hooks.add(reader.receiver.url)
    rotated = await reader.hooks.server.ask("POST", f"/webhooks/{endpoint['id']}/rotate")
    secrets = {"new_secret": rotated.json()["secret"], "old_secret": endpoint["secret"]}
    heard = await reader.hear()
    reader.names |= heard | secrets
    await reader.execute(block)
    assert reader.names["event"].type == "loan.drawn"
    for secret in secrets.values():
        assert webhooks.verify(heard["raw_body"], heard["headers"], [secret]).type == "loan.drawn"


async def launch_with_curl(reader: Reader, block: str) -> None:
    key, here = reader.house.make_key("lyg"), {"http://localhost:8010": reader.url}
    ask_token, make_launch = re.split(r"\n(?=curl)", block)
    token = json.loads(await reader.run(ask_token, **here, **{"KEY:SECRET": f"{key.key_id}:{key.secret}"}))
    made = await reader.run(make_launch, **here, TOKEN=token["access_token"])
    launch = json.loads(made)
    check_json("NewLaunch", launch)
    assert (launch["entry"], launch["external_reference"]) == ("home", "city-7")


def shape(line: str) -> str:
    """A header as it always is: how much is left changes."""
    return re.sub(r"(?<=[rt]=)\d+", "0", line)


class ReadEnough(Exception):
    """Ends a loop that has no end."""


async def test_events(reader: Reader) -> None:
    ran, told = [], [reader.hooks.feed.tell(name) for name in ("loan.drawn", "loan.overdue", "loan.current")]
    handled: list[Event] = []

    def handle(event: Event) -> None:
        if len(handled) == len(told) - 1:
            raise ReadEnough
        handled.append(event)

    for kind, _, block in blocks_of("events.md"):
        ran.append(kind)
        if kind == "json":
            check_json("Event", json.loads(block))
            check_json("Status", json.loads(block)["data"])
            continue
        key = reader.house.make_key("lyg")
        with Sunbridge(reader.url, key_id=key.key_id, secret=key.secret) as sunbridge:
            reader.names |= {"sunbridge": sunbridge, "cursor": None, "handle": handle}
            with pytest.raises(ReadEnough):
                await reader.execute(block)
    assert [event.id for event in handled] == told[:2]
    # The block went on from the last event that was handled.
    assert reader.names["cursor"] == handled[-1].cursor
    assert ran == ["json", "python"]


async def test_webhooks(reader: Reader) -> None:
    ran: list[str] = []
    shown_headers: dict[str, str] = {}
    shown: dict[str, Any] = {}
    endpoint: dict[str, Any] = {}
    for kind, first, block in blocks_of("webhooks.md"):
        ran.append(kind)
        if kind == "python":
            heard = await reader.hear()
            reader.names |= heard
            await reader.execute(block, **{"whsec_…": endpoint["secret"]})
            assert reader.names["event"].object_id == "ln-1"
            real = {name for name in heard["headers"] if name.startswith("webhook-")}
            assert (set(shown_headers), set(shown)) == (real, set(json.loads(heard["raw_body"])))
            continue
        assert (kind, first) == ("http", "POST")
        for path, headers, body in requests_of(block):
            if path == "/hooks":
                shown_headers, shown = headers, body
                check_json("WebhookEvent", body)
                check_json("Status", body["data"])
                continue
            if path == "/partner/v1/webhooks":
                check_json("AddWebhook", body)
                # Nothing hears at the page's own address.
                assert body["url"].startswith("https://")
                body["url"] = reader.receiver.url
            answer = await ask(reader, path.replace("{id}", endpoint.get("id", "")), headers, body)
            endpoint = endpoint or answer
    assert ran == ["http", "http", "python", "http"]


async def ask(reader: Reader, path: str, headers: dict[str, str], body: Any) -> dict[str, Any]:
    """Post what a block shows, and read what happened until then."""
    below, intent = path.removeprefix("/partner/v1"), headers.get("idempotency-key")
    answer = await reader.hooks.server.ask("POST", below, body, intent=intent)
    assert answer.is_success, answer.text
    await reader.hooks.read()
    return answer.json() if answer.content else {}


def requests_of(block: str) -> Iterator[tuple[str, dict[str, str], Any]]:
    """Return the path, the headers and the body of each request that a block shows."""
    begins = [found.start() for found in REQUEST.finditer(block)]
    for begin, end in zip(begins, [*begins[1:], len(block)], strict=True):
        line, _, rest = block[begin:end].partition("\n")
        head, _, body = rest.partition("{")
        headers = dict(re.findall(r"^([\w-]+): (.+)$", head.replace("…", "0"), re.M))
        lower = {name.lower(): value for name, value in headers.items()}
        yield line.split()[1], lower, json.loads("{" + body) if body else None


@pytest.mark.parametrize("page_name", PAGES)
def test_each_call_that_the_text_names_is_one_of_the_api(page_name: str) -> None:
    calls = CALL.findall(text_of(page_name))
    assert calls
    for method, target, body in calls:
        path, _, query = target.partition("?")
        operation = operation_of(method, path)
        known = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
        assert set(re.findall(r"(\w+)=", query)) <= known, target
        if body:
            sent = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            check_json(sent.rsplit("/", 1)[-1], json.loads(body))


def operation_of(method: str, path: str) -> dict[str, Any]:
    wanted = path if path.startswith("/partner/v1") else f"/partner/v1{path}"
    found: list[dict[str, Any]] = [
        methods[method.lower()]
        for known, methods in CONTRACT["paths"].items()
        if method.lower() in methods and re.fullmatch(re.sub(r"\{\w+\}", r"\\{\\w+\\}", known), wanted)
    ]
    assert len(found) == 1, f"{method} {path}"
    return found[0]


@pytest.mark.parametrize("page_name", PAGES)
def test_each_command_that_the_text_names_is_one_of_ours(page_name: str) -> None:
    for command in re.findall(r"`sunbridge ([^`]+)`", text_of(page_name)):
        assert cli.parser().parse_args(command.split()), command
