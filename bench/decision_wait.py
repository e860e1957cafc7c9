"""How long from submitting an application until its decision can be read, while every source answers after 50 ms.

The core and its parties are the real applications, in one process over in-memory wires, so the network between them
costs nothing here. The core has decided on another person before, as a running core has. A source does its own work
within its 50 ms. The bound for the median is the slowest source + 100 ms, on a machine that does nothing else.

Sources that leave a record are asked after the others, and only if no rule declines before. So the floor is the same
calls without the core. They are one to submit, two rounds of sources, all of a round at once, and one to read. Floor
and application alternate. This prints whether the bound was met and never fails: a busy machine is not slow code.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import structlog
from sqlalchemy import Engine, event
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_partners.testing.people.personas import person
from partner_adapters.data.connectors import CONNECTORS
from partner_adapters.kit.values.clock import CHINA, FixedClock
from tests.support.houses.core import TestBank, new_intent, running_bank
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import TAX_LOAN, Borrower, borrower, tax_borrower

ROUNDS = 15
# The first round loads what a running core has loaded long ago. It does not count.
WARM_UP = 1
SOURCE_S, ALLOWED_S = 0.050, 0.100
# Each look is a request that this process answers itself.
LOOK_EVERY_S = 0.010
MORNING = datetime(2026, 11, 24, 10, tzinfo=CHINA)


@dataclass(frozen=True)
class Case:
    """A product, who is decided on before, who is measured, and what they ask for."""

    name: str
    earlier: str
    applicant: str
    prepare: Callable[..., Awaitable[Borrower]]
    asked: dict[str, Any]


CASES = (
    Case("阳光E贷", "wang_qiang", "li_xiuying", borrower, {}),
    Case("税企通", "wang_qiang", "gao_ming", tax_borrower, TAX_LOAN),
)


@dataclass(frozen=True)
class Measured:
    """One application beside its floor, in seconds, and what it took."""

    wait_s: float
    floor_s: float
    worked_s: float
    rounds: list[int]
    counts: dict[str, int]


def after_50_ms(app: ASGIApp) -> ASGIApp:
    """Return the application with each answer sent 50 ms after its request came, its own work included."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        due = time.perf_counter() + SOURCE_S

        async def held(message: Message) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(max(due - time.perf_counter(), 0))
            await send(message)

        await app(scope, receive, held)

    return answer


@contextmanager
def counted(bank: TestBank) -> Iterator[dict[str, int]]:
    """Count the statements and the commits of writes that the core runs meanwhile."""
    counts = {"statements": 0, "commits": 0}

    def is_cores(conn: Any) -> bool:
        return str(conn.engine.url) == bank.store.url

    def executed(conn: Any, *_: Any) -> None:
        counts["statements"] += is_cores(conn)

    def committed(conn: Any) -> None:
        # Each read ends with a commit too, which waits for no disk.
        counts["commits"] += is_cores(conn) and conn.engine is bank.store._writer

    event.listen(Engine, "before_execute", executed)
    event.listen(Engine, "commit", committed)
    try:
        yield counts
    finally:
        event.remove(Engine, "before_execute", executed)
        event.remove(Engine, "commit", committed)


async def wait_for_decision(one: Borrower, asked: dict[str, Any]) -> float:
    """Return the seconds from submitting until the decision was read."""
    command, begun = one.asking(**asked), time.perf_counter()
    order = await one.client.applications.submit(one.customer_id, command, new_intent())
    while True:
        application = await one.client.applications.get(order.result["application_id"])
        if application.decision is not None:
            return time.perf_counter() - begun
        await asyncio.sleep(LOOK_EVERY_S)


async def floor(rounds: list[int]) -> float:
    """Return the seconds of the bare calls: submit, each round of sources, read."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        await Response("{}")(scope, receive, send)

    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(answered), base_url="http://core") as core,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(after_50_ms(answered)), base_url="http://s"
        ) as sources,
    ):
        begun = time.perf_counter()
        await core.post("/", json={})
        for asked_at_once in rounds:
            await asyncio.gather(*(sources.post("/", json={}) for _ in range(asked_at_once)))
        await core.get("/")
        return time.perf_counter() - begun


def rounds_of(bank: TestBank, sent_before: int) -> list[int]:
    """Return how many sources were asked in each round since."""
    leaves = {connector.path: connector.leaves_a_record for connector in CONNECTORS.values()}
    asked = [leaves[path] for party, _, path in bank.wires.sent[sent_before:] if party == "data_sources"]
    return [number for number in (asked.count(False), asked.count(True)) if number]


async def measure(case: Case, folder: Path, counting: bool) -> Measured:
    """Return one application in a new bank, beside its floor. Counting takes time, so it is done in another round."""
    async with running_bank(f"sqlite:///{folder / 'core.db'}", folder, FixedClock(MORNING)) as bank:
        ESignStandIn().connect(bank)
        earlier = await case.prepare(bank, person(case.earlier))
        one = await case.prepare(bank, person(case.applicant))
        bank.wires.connect("data_sources", after_50_ms(bank.wires.apps["data_sources"]))
        await wait_for_decision(earlier, case.asked)
        await bank.work()
        meanwhile: AbstractContextManager[dict[str, int]] = counted(bank) if counting else nullcontext({})
        with meanwhile as counts:
            sent_before, worked = len(bank.wires.sent), time.process_time()
            wait_s = await wait_for_decision(one, case.asked)
            worked_s, rounds = time.process_time() - worked, rounds_of(bank, sent_before)
        return Measured(wait_s, await floor(rounds), worked_s, rounds, counts)


def shown(values: list[float], unit: str = " ms", scale: float = 1000, digits: int = 0) -> str:
    """Return the median with the range."""
    median, least, most = (scale * each for each in (statistics.median(values), min(values), max(values)))
    return f"{median:.{digits}f}{unit} ({least:.{digits}f} to {most:.{digits}f})"


def report(case: Case, counts: dict[str, int], measured: list[Measured]) -> None:
    """Print what the rounds of one product showed."""
    waits = [each.wait_s for each in measured]
    bound = SOURCE_S + ALLOWED_S
    asked = " and then ".join(str(number) for number in measured[0].rounds)
    print(f"{case.name}: {len(measured)} applications, {asked} sources of {1000 * SOURCE_S:.0f} ms at once")
    print(f"  from submit to decision {shown(waits)}, to the floor's {shown([m.floor_s for m in measured])}")
    print(f"  ratio {shown([m.wait_s / m.floor_s for m in measured], '', 1, 2)}", end="")
    print(f", own time {shown([m.wait_s - m.floor_s for m in measured])}", end="")
    print(f", processor time {shown([m.worked_s for m in measured])}")
    print(f"  of the core: {counts['statements']} statements, {counts['commits']} commits of writes")
    verdict = "met" if statistics.median(waits) <= bound else "not met"
    print(f"  bound of {1000 * bound:.0f} ms on a quiet machine: {verdict}, at load {os.getloadavg()[0]:.1f}")


def main() -> int:
    """Print the wait of each product, beside the bound and beside the floor."""
    structlog.configure(processors=[], logger_factory=structlog.ReturnLoggerFactory())
    measured: dict[str, list[Measured]] = {case.name: [] for case in CASES}
    for number in range(WARM_UP + ROUNDS):
        for case in CASES:
            with tempfile.TemporaryDirectory() as folder:
                counting = number < WARM_UP
                measured[case.name].append(asyncio.run(measure(case, Path(folder), counting)))
    for case in CASES:
        warm_up, *_ = measured[case.name]
        report(case, warm_up.counts, measured[case.name][WARM_UP:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
