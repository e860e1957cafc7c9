"""Told to stop, a process first says so, goes on serving, and ends when what it had begun is done: real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from mock_partners.testing.running.demo import H5APP, prepare
from mock_partners.testing.running.settings import DemoSettings, port_variable
from mock_partners.testing.worlds.world import PARTIES
from partner_adapters.kit.web.serving import Server, listen

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
WITHIN_S = 60
# Nothing here waits for it: the second signal ends it.
LONG_DRAIN = {"SUNBRIDGE_DRAIN_S": "60"}
# One client, because a new one reads every trusted certificate. It keeps no connection, which a stop would wait for.
HTTP = httpx.Client(timeout=WITHIN_S, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


@pytest.fixture
def settings(tmp_path: Path) -> DemoSettings:
    held = {name: listen(0) for name in (*PARTIES, H5APP)}
    ports = {f"{name}_port": one.getsockname()[1] for name, one in held.items()}
    for one in held.values():
        one.close()
    return DemoSettings.model_validate({"folder": tmp_path, **ports})


@contextmanager
def running(
    words: list[str], environment: dict[str, str], ready: list[str]
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env={**os.environ, **environment, **LONG_DRAIN},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for url in ready:
            wait_for(url, 200, process)
        yield process
    finally:
        process.kill()
        process.communicate()


def status(url: str) -> int | None:
    """Return the HTTP status. None means that the server does not listen, or dropped the connection that was
    waiting.
    """
    try:
        return HTTP.get(url).status_code
    except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError):
        return None


def wait_for(url: str, wanted: int | None, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while status(url) != wanted:
        assert time.monotonic() < deadline, (url, wanted)
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def test_h5app_turns_red_first_serves_on_and_lets_a_running_request_finish(settings: DemoSettings) -> None:
    base = f"http://localhost:{settings.h5app_port}"
    environment = dict(prepare(settings.world(), settings)[H5APP])
    # Stands for the identity host: h5app's request is under way as long as this host is silent.
    silent = listen(settings.gov_app_port)
    with (
        silent,
        running(["h5app"], environment, [f"{base}/readyz"]) as process,
        ThreadPoolExecutor(1) as person,
    ):
        page = person.submit(httpx.get, f"{base}/lyg/enter", timeout=WITHIN_S)
        asked, _ = silent.accept()
        process.send_signal(signal.SIGTERM)
        wait_for(f"{base}/readyz", 503, process)
        assert status(f"{base}/healthz") == 200
        assert status(f"{base}/lyg/me/help") == 200
        process.send_signal(signal.SIGTERM)
        wait_for(f"{base}/healthz", None, process)
        assert not page.done()
        with asked:
            asked.recv(65_536)  # closed with something unread, a connection is reset, and the call made again
            asked.sendall(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
            answer = page.result(WITHIN_S)
        assert answer.status_code in (502, 503)
        assert answer.headers["x-request-id"] in answer.text
        assert process.wait(WITHIN_S) == 0


def test_every_party_turns_red_first_serves_on_and_lets_a_running_request_finish(
    settings: DemoSettings,
) -> None:
    world = settings.world()
    environment = {port_variable(name): str(settings.port(name)) for name in PARTIES}
    environment["SUNBRIDGE_FOLDER"] = str(settings.folder)
    red = [f"{world.url(party)}/readyz" for party in PARTIES]
    with running(["mock_partners", *PARTIES], environment, red) as process:
        with socket.create_connection(("127.0.0.1", settings.messages_port), timeout=WITHIN_S) as slow:
            slow.sendall(
                b"POST /main/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Sunbridge-Bank: hzw\r\nIdempotency-Key: 0123456789abcdef\r\nContent-Length: 2\r\n"
                b"Expect: 100-continue\r\n\r\n"
            )
            assert b"100 Continue" in slow.recv(1000)
            process.send_signal(signal.SIGTERM)
            for url in red:
                wait_for(url, 503, process)
                assert status(url.replace("/readyz", "/healthz")) == 200
            process.send_signal(signal.SIGTERM)
            wait_for(f"{world.url('messages')}/healthz", None, process)
            slow.sendall(b"{}")
            assert slow.recv(1000).startswith(b"HTTP/1.1 422")
        assert process.wait(WITHIN_S) == 0


def test_with_a_port_for_operators_the_other_port_shows_neither_health_nor_metrics(
    settings: DemoSettings,
) -> None:
    world, ports = settings.world(), [_free_port(), _free_port()]
    h5app = dict(prepare(world, settings)[H5APP]) | {"SUNBRIDGE_OPERATIONS_PORT": str(ports[0])}
    core = {"SUNBRIDGE_FOLDER": str(settings.folder), "SUNBRIDGE_CORE_BANK_OPERATIONS_PORT": str(ports[1])}
    core[port_variable("core_bank")] = str(settings.core_bank_port)
    started = [
        (["h5app"], h5app, f"http://localhost:{settings.h5app_port}", f"http://localhost:{ports[0]}"),
        (["mock_partners", "core_bank"], core, world.url("core_bank"), f"http://127.0.0.1:{ports[1]}/main"),
    ]
    shown = {H5APP: ["/healthz", "/readyz", "/metrics"]}
    shown["core_bank"] = [*shown[H5APP], "/openapi.json"]
    open_to_all = {H5APP: "/lyg/me/help", "core_bank": "/consent-texts"}
    for words, environment, everyone, operators in started:
        with running(words, environment, [f"{operators}/readyz"]) as process:
            for path in shown[words[-1]]:
                assert (status(operators + path), status(everyone + path)) == (200, 404), path
            path = open_to_all[words[-1]]
            assert status(operators + path) == 404
            assert status(everyone + path) in (200, 401)
            process.send_signal(signal.SIGTERM)
            wait_for(f"{operators}/readyz", 503, process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(WITHIN_S) == 0


def _free_port() -> int:
    with listen(0) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.anyio
async def test_the_drain_ends_by_itself() -> None:
    with listen(0) as listener:
        server = Server(Starlette(), listener, drain_s=0.2)
        serving = asyncio.create_task(server.work())
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as http:
            assert (await http.get("/readyz")).status_code == 404
            server.stop()
            assert (await http.get("/readyz")).json()["failed"] == ["stopping"]
            await asyncio.wait_for(serving, WITHIN_S)
