"""From submitting an application to its decision, with every source answering in 50 ms.

The bound is the slowest source and 100 ms more, on a machine that does nothing else. Sources that leave a record are
asked after the others, so two rounds of 50 ms are part of it. Core, sources and e-sign run in this process.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from mock_partners.bank.core.credit import deciding
from mock_partners.bank.core.credit.sources import ask_source
from mock_partners.bank.core.decision.facts import SourceStatement
from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.applications import ApplicationState
from partner_adapters.kit.values.clock import CHINA, FixedClock
from tests.support.houses.core import running_bank
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import tax_borrower

APPLICATIONS = 9
SOURCE_SECONDS = 0.05
BOUND_SECONDS = SOURCE_SECONDS + 0.1


async def slow_source(*asked: Any) -> SourceStatement:
    await asyncio.sleep(SOURCE_SECONDS)
    return await ask_source(*asked)


async def submit_and_wait(folder: Path) -> float:
    """Return how long it takes from the submission of one application to its decision, in seconds."""
    clock = FixedClock(datetime(2026, 11, 24, 10, tzinfo=CHINA))
    async with running_bank(f"sqlite:///{folder / 'core.sqlite'}", folder, clock) as bank:
        ESignStandIn().connect(bank)
        applicant = await tax_borrower(bank, person("gao_ming"))
        started = time.perf_counter()
        order = await applicant.apply(product_code="tax_micro", purpose="stock")
        application_id = order.result["application_id"]
        while True:
            application = await applicant.client.applications.get(application_id)
            if application.state is not ApplicationState.SUBMITTED:
                return time.perf_counter() - started
            await bank.work()


def main() -> None:
    taken = []
    for _ in range(APPLICATIONS):
        with tempfile.TemporaryDirectory() as folder, patch.object(deciding, "ask_source", slow_source):
            taken.append(asyncio.run(submit_and_wait(Path(folder))))
    median = statistics.median(taken)
    verdict = "within" if median <= BOUND_SECONDS else "above"
    print(
        f"from submit to decision, {APPLICATIONS} applications: median {1000 * median:.0f} ms"
        f" ({1000 * min(taken):.0f} to {1000 * max(taken):.0f}), {verdict} the bound of {1000 * BOUND_SECONDS:.0f} ms"
    )


if __name__ == "__main__":
    main()
