"""How long from submitting an application to its decision, while every source answers in 50 ms.

The core and its parties are the real applications, in one process over in-memory wires. The core asks in two rounds,
all sources of a round at once. First come those that leave no record, then the credit bureau and the courts. So two
rounds of 50 ms are part of the wait. The bound for the median is the slowest source + 100 ms, on a machine that does
nothing else. This prints whether it was met and never fails: a busy machine is not slow code.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import structlog

from mock_partners.testing.people.personas import person
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.applications import Decision
from partner_adapters.kit.values.clock import CHINA, FixedClock
from tests.support.houses.core import running_bank
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import TAX_LOAN, tax_borrower

ROUNDS = 15
# The first round loads what a running core has loaded long ago. It does not count.
WARM_UP = 1
SOURCE_S, ALLOWED_S = 0.050, 0.100
# Each look is a request that this process answers itself.
LOOK_EVERY_S = 0.010


async def waited(folder: Path) -> tuple[float, float]:
    """Return the seconds, and those of the processor, from submitting one application in a new bank to its decision."""
    clock = FixedClock(datetime(2026, 11, 24, 10, tzinfo=CHINA))
    async with running_bank(f"sqlite:///{folder / 'core.db'}", folder, clock) as bank:
        ESignStandIn().connect(bank)
        one = await tax_borrower(bank, person("gao_ming"))
        slow = Fault(kind="latency", path="*", seconds=SOURCE_S, times=None)
        bank.wires.faults["data_sources"].add(slow)
        command, begun, worked = one.asking(**TAX_LOAN), time.perf_counter(), time.process_time()
        order = await one.client.applications.submit(one.customer_id, command, "b" * 16)
        decision: Decision | None = None
        while decision is None:
            await asyncio.sleep(LOOK_EVERY_S)
            decision = (await one.client.applications.get(order.result["application_id"])).decision
        return time.perf_counter() - begun, time.process_time() - worked


def main() -> int:
    """Print median and range of the wait, beside the bound and beside the slowest source."""
    structlog.configure(processors=[], logger_factory=structlog.ReturnLoggerFactory())
    measured = []
    for _ in range(WARM_UP + ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            measured.append(asyncio.run(waited(Path(folder))))
    waits, worked = zip(*measured[WARM_UP:], strict=True)
    median, bound = statistics.median(waits), SOURCE_S + ALLOWED_S
    print(
        f"from submit to decision, {ROUNDS} applications: median {1000 * median:.0f} ms"
        f" ({1000 * min(waits):.0f} to {1000 * max(waits):.0f}), {median / SOURCE_S:.1f} times a source's"
        f" {1000 * SOURCE_S:.0f} ms; processor time {1000 * statistics.median(worked):.0f} ms"
    )
    verdict = "met" if median <= bound else "not met"
    print(f"bound of {1000 * bound:.0f} ms on a quiet machine: {verdict}, at load {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
