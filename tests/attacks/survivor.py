"""A small party with an outbox and a job, run by `test_failing_sinks.py` with a standard error that cannot be written.

Its handler, its job and one of its endpoints raise, and each raise is logged. It prints what it found as JSON.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import Connection, MetaData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from partner_adapters.kit.durable.background import Background
from partner_adapters.kit.durable.jobs import Job, define_job_leases, run_job
from partner_adapters.kit.durable.outbox import (
    Effect,
    OutboxRow,
    OutboxWorker,
    define_outbox,
    nothing_to_do,
    post,
)
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.durable.writable import database_checks
from partner_adapters.kit.values.clock import SystemClock
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.logs import configure_logs

WITHIN_S = 20
metadata = MetaData()
outbox, leases = define_outbox(metadata), define_job_leases(metadata)


class Party:
    def __init__(self, url: str) -> None:
        self.store, self.clock = Store(url), SystemClock()
        self.store.write_now(metadata.create_all)
        self.failed, self.done, self.runs = asyncio.Event(), asyncio.Event(), 0
        self.job_ran_again = asyncio.Event()

    def add(self, kind: str) -> Callable[[Connection], str]:
        now = datetime.now(UTC)
        return lambda conn: post(conn, outbox, bank_id="b", kind=kind, subject="s", payload={}, now=now)

    async def bad(self, _row: OutboxRow) -> Effect:
        self.failed.set()
        raise RuntimeError("the handler failed")

    async def good(self, _row: OutboxRow) -> Effect:
        self.done.set()
        return nothing_to_do

    async def job(self) -> None:
        self.runs += 1
        if self.runs > 1:
            self.job_ran_again.set()
        raise RuntimeError("the job failed")


async def ok(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def break_(_request: Request) -> Response:
    raise RuntimeError("the page failed")


async def main(url: str, largest_file: str = "") -> None:
    party = Party(url)
    if largest_file:
        # No file may grow beyond it, as on a disk that is full.
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest_file), resource.RLIM_INFINITY))
    worker = OutboxWorker(party.store, outbox, party.clock, {"bad": party.bad, "good": party.good})
    job = run_job(party.store, leases, Job("often", 0.05, 0, party.job), party.clock)
    background = Background()
    checks = {**database_checks(party.store), "work": background.check}
    app = service("party", [Route("/ok", ok), Route("/break", break_)], checks=checks)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        asyncio.timeout(WITHIN_S),
        background.running({"outbox": worker.run(), "job often": job}),
        httpx.AsyncClient(transport=transport, base_url="http://party.test") as http,
    ):
        if largest_file:
            print_found({"ready": (await http.get("/readyz")).json()})
            return
        await party.store.write(party.add("bad"))
        await party.failed.wait()
        await party.store.write(party.add("good"))
        await party.done.wait()
        await party.job_ran_again.wait()
        found = {
            "ok": (await http.get("/ok")).status_code,
            "break": (await http.get("/break")).status_code,
            "ready": (await http.get("/readyz")).json(),
            "metrics": (await http.get("/metrics")).text,
        }
    party.store.close()
    print_found(found)


def print_found(found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    configure_logs("survivor")
    asyncio.run(main(*sys.argv[1:]))
