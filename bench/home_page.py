"""Our home page beside the least that could show it, and beside Express: requests a second, as ratios.

* ours: `python -m h5app` as deployed, with its session, one call to the core, every header and a log line.
* floor: bare Starlette, Jinja and one upstream call by httpx over aiohttp, without session, headers and checks.
* express: Express with express-session (in memory), undici, EJS and the same headers. Skipped where npm fails.
* before: with `--beside TREE`, the h5app of another working tree, in place of floor and Express.

Each h5app asks the bank of its own tree, so that the two trees may differ on the wire.

Each server is its own process on loopback, and so are the banks. Rounds go round the servers in changing order, so
that other work on the machine slows all of them alike. A ratio is taken inside a round. Processor time is what the
server's own process used for a request, which depends less on other work.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from httpx_aiohttp import AiohttpTransport
from jinja2 import DictLoader, Environment
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bench.kit import express
from bench.kit.load import Rate, Target, load, once
from bench.kit.processes import free_port, running
from bench.kit.saying import spread
from partner_adapters.core_bank.wire import BUSINESS_DATE_HEADER
from partner_adapters.identity.identity import Check
from tests.support.houses.site import BANK_TABLE, CONFIG, PARTNER, PERSON
from tests.support.pages import samples

ROUNDS = 25
# A turn ends after this many requests or `SECONDS`, whichever comes first.
REQUESTS = 500
SECONDS = 2.0
KEY = "only-for-the-benchmark-" * 2
GOAL = 0.6
# All rounds together stay below the 600 pages a minute that a session may open.
SESSIONS = 30


# The bank that all of them ask


def bank() -> Starlette:
    """The token and the overview, as bytes made once."""
    overview = samples.busy_overview().model_dump_json()
    token = b'{"access_token": "token", "expires_in": 3600, "token_type": "Bearer"}'
    headers = {BUSINESS_DATE_HEADER: samples.TODAY.isoformat()}

    async def show(_request: Request) -> Response:
        return Response(overview, headers=headers, media_type="application/json")

    async def grant(_request: Request) -> Response:
        return Response(token, media_type="application/json")

    return Starlette(
        routes=[
            Route("/customers/{customer}/overview", show),
            Route("/oauth/token", grant, methods=["POST"]),
        ]
    )


# The floor

PAGE = (Path(__file__).parent / "floor.html").read_text("utf-8")


def floor() -> Starlette:
    page = Environment(loader=DictLoader({"home": PAGE}), autoescape=True).get_template("home")
    upstream = os.environ["UPSTREAM"]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> Any:
        async with httpx.AsyncClient(transport=AiohttpTransport(), trust_env=False) as client:
            app.state.client = client
            yield

    async def home(request: Request) -> Response:
        answer = await request.app.state.client.get(
            f"{upstream}/customers/cu-1/overview", headers={"Authorization": "Bearer token"}
        )
        return HTMLResponse(page.render(overview=answer.json()))

    return Starlette(routes=[Route("/lyg/", home)], lifespan=lifespan)


def serve(role: str, port: int) -> None:
    """In a process of its own, with the options that h5app runs with."""
    app = {"bank": bank, "floor": floor}[role]()
    uvicorn.run(
        app, host="127.0.0.1", port=port, access_log=False, server_header=False, timeout_keep_alive=75,
        log_level="warning",
    )  # fmt: skip


# Who is measured


HERE = Path(__file__).parents[1]
LOG_IN = """
import asyncio, json, sys
from pathlib import Path
from bench.home_page import log_in, ours
environment = ours(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
print(json.dumps([environment, asyncio.run(log_in(environment))]))
"""


@contextmanager
def servers(folder: Path, beside: Path | None) -> Iterator[list[Target]]:
    """Start what is measured. `beside`: another working tree, in place of the floor and Express."""
    with ExitStack() as stack:
        own, upstream = h5app_of(HERE, "ours", folder, stack)
        targets = [own]
        if beside is not None:
            targets.append(h5app_of(beside, "before", folder, stack)[0])
        else:
            targets += [floor_server(folder, upstream, stack), *express_server(folder, upstream, stack)]
        yield targets


def h5app_of(tree: Path, name: str, folder: Path, stack: ExitStack) -> tuple[Target, str]:
    """Start the h5app of a working tree and the bank that it asks; also return the bank's address."""
    own = folder / name
    own.mkdir()
    where = {"PYTHONPATH": str(tree)}
    bank_port, port = free_port(), free_port()
    command = [sys.executable, str(tree / "bench/home_page.py"), "bank", str(bank_port)]
    stack.enter_context(running(command, bank_port, own / "bank.log", where, tree))
    upstream = f"http://127.0.0.1:{bank_port}"
    log_in_there = [sys.executable, "-c", LOG_IN, str(own), str(port), upstream]
    printed = subprocess.run(
        log_in_there, cwd=tree, env={**os.environ, **where}, check=True, capture_output=True
    ).stdout
    environment, cookies = json.loads(printed.splitlines()[-1])
    h5app = [sys.executable, "-m", "h5app"]
    pid = stack.enter_context(running(h5app, port, own / "h5app.log", where | environment, tree))
    return Target(name, port, f"/{PARTNER}/", cycle(cookies), pid), upstream


def floor_server(folder: Path, upstream: str, stack: ExitStack) -> Target:
    """Start the floor."""
    port = free_port()
    command = [sys.executable, __file__, "floor", str(port)]
    environment = {"UPSTREAM": upstream, "PYTHONPATH": str(HERE)}
    pid = stack.enter_context(running(command, port, folder / "floor.log", environment, HERE))
    return Target("floor", port, f"/{PARTNER}/", cycle(("",)), pid)


def express_server(folder: Path, upstream: str, stack: ExitStack) -> list[Target]:
    """Start Express; empty where it cannot be installed."""
    try:
        node, script = express.install()
    except express.Absent as why:
        print(f"express: absent, not measured: {why}")
        return []
    port = free_port()
    environment = {"UPSTREAM": upstream, "PORT": str(port), "NODE_ENV": "production"}
    pid = stack.enter_context(running([node, str(script)], port, folder / "express.log", environment, HERE))
    entered = httpx.get(f"http://127.0.0.1:{port}/enter", trust_env=False)
    cookie = entered.headers["set-cookie"].partition(";")[0]
    return [Target("express", port, f"/{PARTNER}/", cycle((cookie,)), pid)]


def ours(folder: Path, port: int, upstream: str) -> dict[str, str]:
    """The environment of the h5app that is measured."""
    config = folder / "partners.toml"
    # The load comes from one address, as a super-app's customers do.
    gateway = f'[partners.{PARTNER}]\ngateways = ["127.0.0.1"]'
    text = CONFIG.replace("http://127.0.0.1:1", upstream).replace(f"[partners.{PARTNER}]", gateway, 1)
    config.write_text(text + BANK_TABLE, "utf-8")
    return {
        "SUNBRIDGE_CONFIG": str(config),
        "SUNBRIDGE_DATABASE_URL": f"sqlite:///{folder / 'h5app.sqlite'}",
        "SUNBRIDGE_BASE_URL": f"http://localhost:{port}",
        "SUNBRIDGE_PORT": str(port),
        "SUNBRIDGE_SIGNING_KEYS": KEY,
    }


async def log_in(environment: dict[str, str]) -> list[str]:
    """Sessions as logins leave them; each browser's `Cookie` header."""
    from h5app import sessions
    from h5app.app import create_app
    from h5app.migrations import migrate
    from h5app.sessions import session_cookie
    from h5app.settings import H5Settings

    names = ("config", "database_url", "base_url", "signing_keys")
    settings = H5Settings.model_validate({name: environment[f"SUNBRIDGE_{name.upper()}"] for name in names})
    migrate(settings.database_url)
    services = create_app(settings).state.services
    now = services.clock.wall()
    statement = sessions.FaceStatement("a.b.c", Check(("face",), None, now), "")
    secrets = []
    for number in range(SESSIONS):
        person = replace(PERSON, customer_id=f"cu-{number}")
        secrets.append(await sessions.begin(services, PARTNER, person, statement, ("zh", "standard"), None))
    services.store.close()
    return [f"{session_cookie(settings, PARTNER)}={secret}" for secret in secrets]


# Measuring


async def measure(targets: Sequence[Target]) -> list[dict[str, Rate]]:
    for target in targets:
        body = await once(target)
        assert all(text in body.decode() for text in ("60,000.00", PERSON.name_masked)), target.name
        print(f"{target.name}: a page of {len(body)} bytes")
        await load(target, requests=REQUESTS // 5, seconds=SECONDS)
    rounds = []
    for number in range(ROUNDS):
        turned = [*targets[number % len(targets) :], *targets[: number % len(targets)]]
        rounds.append({t.name: await load(t, requests=REQUESTS, seconds=SECONDS) for t in turned})
    return rounds


def report(rounds: Sequence[dict[str, Rate]]) -> None:
    for name in rounds[0]:
        rates, cpu = [r[name].per_second for r in rounds], [r[name].cpu_ms for r in rounds]
        used = f", {statistics.median(c for c in cpu if c):.2f} ms of processor a request" if all(cpu) else ""
        print(f"{name}: {spread(rates, '.0f')} requests/s{used}")
    for other in [name for name in rounds[0] if name != "ours"]:
        ratio = [r["ours"].per_second / r[other].per_second for r in rounds]
        print(f"ours / {other}: {spread(ratio, '.2f')}" + (f", goal {GOAL}" if other == "floor" else ""))
        if all(r["ours"].cpu_ms and r[other].cpu_ms for r in rounds):
            cpu_ratio = [(r[other].cpu_ms or 0) / (r["ours"].cpu_ms or 1) for r in rounds]
            print(f"ours / {other} by processor time: {spread(cpu_ratio, '.2f')}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the home page.")
    parser.add_argument(
        "--beside", type=Path, help="another working tree, measured in place of floor and Express"
    )
    beside: Path | None = parser.parse_args().beside
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder), beside) as targets:
        rounds = asyncio.run(measure(targets))
    load_average = os.getloadavg()[0]
    print(
        f"{ROUNDS} rounds of at most {REQUESTS} requests or {SECONDS} s each, load average {load_average:.1f}"
    )
    report(rounds)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in ("bank", "floor"):
        serve(sys.argv[1], int(sys.argv[2]))
    else:
        main()
