"""Try every command under every trouble, with real processes (`make chaos`). The report says what was lost,
doubled or unknown.

python tests/faults/chaos.py [--houses N] [--postgresql] [WORD …]: only troubles whose line contains every
word.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import queue
import sys
import tempfile
import threading
import time
import traceback
from contextlib import nullcontext
from pathlib import Path

import structlog

from tests.faults import trial
from tests.faults.trial import Outcome
from tests.faults.troubles import MATRIX, Trouble
from tests.support.cases import STAGES
from tests.support.databases import postgresql
from tests.support.houses.processes import process_house
from tests.support.leaks import found_below

# Side by side; most of a trial is waiting.
HOUSES = 3


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("chaos", description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--houses", type=int, default=HOUSES)
    parser.add_argument("--postgresql", action="store_true", help="everybody's database on PostgreSQL")
    asked = parser.parse_args(arguments)
    # Lost answers are the point here: the client's own warnings of them would bury what is said.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    chosen = [(d, t) for d, t in MATRIX if all(word in f"{d}: {t.name}" for word in asked.words)]
    left: queue.SimpleQueue[tuple[str, Trouble]] = queue.SimpleQueue()
    for one in chosen:
        left.put(one)
    outcomes: list[Outcome] = []
    begun = time.monotonic()
    with (
        postgresql.cluster() if asked.postgresql else nullcontext() as cluster,
        tempfile.TemporaryDirectory(prefix="sunbridge-chaos-") as home,
    ):
        works = [
            threading.Thread(target=_work, args=(Path(home) / f"house{number}", cluster, left, outcomes))
            for number in range(min(asked.houses, len(chosen)))
        ]
        for work in works:
            work.start()
        for work in works:
            work.join()
        leaks, searched = found_below(Path(home))
    for leak in leaks[:20]:
        print(leak)
    print(f"\n{searched} lines of logs searched for plain personal data: {len(leaks)} found")
    return _report(chosen, outcomes, time.monotonic() - begun) or int(bool(leaks))


def _work(
    home: Path,
    cluster: str | None,
    left: queue.SimpleQueue[tuple[str, Trouble]],
    outcomes: list[Outcome],
) -> None:
    with process_house(home, cluster) as running:
        asyncio.run(trial.build_stages(running, *STAGES))
        while True:
            try:
                command, trouble = left.get_nowait()
            except queue.Empty:
                return
            try:
                outcome = asyncio.run(trial.run(running, command, trouble))
            except Exception as error:
                traceback.print_exc()
                outcome = Outcome(command, trouble, 0, faults=(f"not tried to its end: {error!r}",))
            outcomes.append(outcome)
            _tell(outcome)


def _tell(outcome: Outcome) -> None:
    verdict = "; ".join(outcome.faults) or f"ok, known after {outcome.known_after_s:.1f} s"
    print(f"{outcome.command}: {outcome.trouble.name}: {verdict}", flush=True)


def _report(chosen: list[tuple[str, Trouble]], outcomes: list[Outcome], took_s: float) -> int:
    bad = [outcome for outcome in outcomes if outcome.faults]
    if bad:
        print("\nNot well:")
    for outcome in bad:
        _tell(outcome)
    wrong, unknown = sum(one.wrong_effect for one in outcomes), sum(one.unknown for one in outcomes)
    slowest = max((one.known_after_s for one in outcomes), default=0.0)
    print(
        f"\ncommands × faults tried: {len(outcomes)} of {len(chosen)}; effects lost or doubled: {wrong}; "
        f"orders left unknown: {unknown}; otherwise not well: {len(bad) - wrong - unknown}; "
        f"slowest order known after {slowest:.1f} s; took {took_s / 60:.1f} min"
    )
    return 0 if chosen and len(outcomes) == len(chosen) and not bad else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
