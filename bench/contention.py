"""Sixty commands of three customers at once, on SQLite and on PostgreSQL with one node of the core and with two.

Every database writes to the disk as in production; the outside parties keep theirs in memory. Each node is a process
of its own. The customers and the outside parties run in this one. Rounds go round all variants in changing order, each
on a fresh bank, and a ratio is taken inside a round. It fails where a command is answered with 500.
"""

from __future__ import annotations

import asyncio
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from bench.kit.load import cpu_seconds
from bench.kit.nodes import node_processes
from bench.kit.saying import spread
from partner_adapters.kit.values.clock import CHINA, FixedClock
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.support.databases import postgresql
from tests.support.houses.core import running_bank
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.crowd import at_once, crowds

ROUNDS = 7
# `make bench` stops a bench after three minutes: no round begins later than this.
BEGUN_WITHIN_S = 130.0
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
AT = datetime(2026, 11, 24, 10, 0, tzinfo=CHINA)
# By variant: the kind of database and the number of nodes. Ratios are to the first.
VARIANTS = {
    "SQLite": ("sqlite", 1),
    "PostgreSQL": ("postgresql", 1),
    "PostgreSQL, two nodes": ("postgresql", 2),
}


@dataclass(frozen=True)
class Turn:
    """`away`: commands that were answered 503 and are to be sent again. `cpu_ms`: of the nodes, for a command."""

    per_second: float
    cpu_ms: float
    failed: int
    away: int


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    turns: list[dict[str, Turn]] = []
    begun = time.monotonic()
    with postgresql.cluster(durable=True) as cluster:
        while len(turns) < ROUNDS and time.monotonic() - begun < BEGUN_WITHIN_S:
            order = list(VARIANTS) if len(turns) % 2 == 0 else list(VARIANTS)[::-1]
            turns.append({name: _turn(cluster, *VARIANTS[name]) for name in order})
    first = next(iter(VARIANTS))
    print(f"{len(turns)} rounds, on a disk that takes {_flush_ms():.2f} ms to flush")
    for name in VARIANTS:
        speeds, cpu = [turn[name].per_second for turn in turns], [turn[name].cpu_ms for turn in turns]
        failed, away = (sum(getattr(turn[name], what) for turn in turns) for what in ("failed", "away"))
        ratio = spread([turn[name].per_second / turn[first].per_second for turn in turns], ".2f")
        print(f"{name:22} {ratio} of {first}; {statistics.median(speeds):5.1f} commands a second", end="")
        print(
            f", {statistics.median(cpu):.1f} ms of the nodes' processor time each; {failed} answered 500, {away} 503"
        )
    if any(turn.failed for each in turns for turn in each.values()):
        sys.exit("commands were answered with 500")


def _flush_ms() -> float:
    """Return how long this disk takes to make one block durable, the median of fifty: SQLite waits for it alone."""
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(50):
            file.write(bytes(4096))
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)


def _turn(cluster: str, kind: str, count: int) -> Turn:
    in_memory = MEMORY if MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory() as disk,
        tempfile.TemporaryDirectory(dir=in_memory) as folder,
        _database(cluster, kind, Path(disk)) as url,
    ):
        return asyncio.run(_sixty(url, Path(folder), count))


@contextmanager
def _database(cluster: str, kind: str, disk: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{disk / 'core.sqlite'}"
        return
    with postgresql.fresh_database(cluster, "core") as url:
        yield url


async def _sixty(url: str, folder: Path, count: int) -> Turn:
    async with running_bank(url, folder, FixedClock(AT)) as bank:
        bank.wires.connect("esign", ESignStandIn().app())
        first, commands = await crowds(bank, 2)
        async with node_processes(bank, count) as (urls, pids):
            http = HttpClient()
            # Nodes that serve for days have prepared their statements on every connection.
            warm = await at_once(http, urls, first)
            begun, cpu = time.perf_counter(), _cpu_seconds(pids)
            answers = await at_once(http, urls, commands)
            seconds, cpu_s = time.perf_counter() - begun, _cpu_seconds(pids) - cpu
            await http.aclose()
        await bank.work()
        await bank.prove()
    failed, away = (sum(answer.status == status for answer in warm + answers) for status in (500, 503))
    return Turn(len(answers) / seconds, 1000 * cpu_s / len(answers), failed, away)


def _cpu_seconds(pids: list[int]) -> float:
    return sum(cpu_seconds(pid) or 0.0 for pid in pids)


if __name__ == "__main__":
    main()
