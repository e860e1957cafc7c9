"""Withdrawals a second through the whole path, beside as many bare HTTP hops, and what one costs each process.

* a withdrawal: the confirmed form is sent to h5app. The core holds the money and orders the transfer. The card network
  settles it and sends its signed notice, and the core books it. Then the order's page says that it is done.
* bare hops: as many requests as all programs answer for one withdrawal, each to a bare Starlette, over kept
  connections, with nothing behind it.

Every program is a process of its own on loopback, and its databases write to the disk as in production. Rounds take
both in changing order, and a ratio is taken inside a round. The played card network waits for 0.3 s before it settles.
So many withdrawals are under way at once, each in a session of its own, that its pause does not set the pace.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, cycle, islice
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bench.kit.access_logs import count_requests
from bench.kit.load import Rate, Target, cpu_seconds, load
from bench.kit.processes import free_port, running
from bench.kit.saying import spread
from mock_partners.testing.people.personas import PEOPLE
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.core_bank.top_ups import TopUp
from tests.faults.pages import ANOTHER, Filled, Phone
from tests.support.houses.processes import ProcessHouse, process_house
from tests.support.people.citizen import Patient, arrive, intent

ROUNDS = 11
# `make bench` stops a bench after three minutes: no round begins later than this after the start.
BEGUN_WITHIN_S = 130.0
# In one turn, all at once. A session confirms one withdrawal at a time.
WITHDRAWALS = 18
PARTNER, DONE = "lyg", "提现成功"
PROCESSES = ("h5app", "core_bank", "card_network", "messages", "gov_app")
OTHERS = ("esign", "data_sources")
FUNDS_FEN, TOP_UP_FEN = 300_00, 300_00
LOOK_EVERY_S, KNOWN_WITHIN_S = 0.25, 60.0
HERE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Turn:
    """`waited_s`: of each withdrawal, from the tap to the page that says it is done. `cpu_s`: of each process."""

    seconds: float
    waited_s: Sequence[float]
    cpu_s: dict[str, float]

    @property
    def per_second(self) -> float:
        return WITHDRAWALS / self.seconds


class Customers:
    """Browsers of customers whose accounts have money, each logged in by a fresh face check."""

    def __init__(self, house: ProcessHouse, phones: Sequence[Phone]) -> None:
        self._house = house
        self._phones = phones
        # Another amount each time, so that a mix-up would show.
        self._amounts_fen = count(100)

    def forms(self) -> list[Filled]:
        """Return a filled form of each session, which only waits for its tap."""
        return [self._form(phone) for phone in self._phones]

    def turn(self) -> Turn:
        """Send as many withdrawals as a turn has, and wait for the last."""
        forms = self.forms()
        before, started = self._cpu(), time.perf_counter()
        with ThreadPoolExecutor(len(forms)) as pool:
            waited_s = list(pool.map(_until_done, forms))
        seconds = time.perf_counter() - started
        return Turn(seconds, waited_s, {name: used - before[name] for name, used in self._cpu().items()})

    def _form(self, phone: Phone) -> Filled:
        page = phone.open(f"/{PARTNER}/withdraw?amount={next(self._amounts_fen) / 100:.2f}")
        return phone.fill(page, "/orders/", **ANOTHER)

    def _cpu(self) -> dict[str, float]:
        used = {name: cpu_seconds(self._house.pid(name)) or 0.0 for name in PROCESSES}
        return used | {"the browsers": time.process_time()}


def _until_done(form: Filled) -> float:
    started = time.perf_counter()
    page = form.tap()
    while DONE not in page.text:
        if page.status_code != 200 or time.perf_counter() - started > KNOWN_WITHIN_S:
            raise RuntimeError(f"{page.status_code} {page.url}: {page.text}")
        time.sleep(LOOK_EVERY_S)
        page = form.phone.browser.get(page.url)
    return time.perf_counter() - started


@contextmanager
def customers() -> Iterator[tuple[ProcessHouse, Customers]]:
    """Start every program; open and fill the account of each customer of the partner."""
    with tempfile.TemporaryDirectory() as home, process_house(Path(home)) as house:
        house.start(*PROCESSES, *OTHERS)
        names = [
            each.key for each in PEOPLE if each.partner == PARTNER and each.cards[0].balance_fen >= FUNDS_FEN
        ]
        for name in names:
            asyncio.run(_fill_account(house, name))
        phones = [Phone(house, name) for name in islice(cycle(names), WITHDRAWALS)]
        for phone in phones:
            phone.log_in()
        yield house, Customers(house, phones)


async def _fill_account(house: ProcessHouse, name: str) -> None:
    async with arrive(house, name, Patient()) as customer:  # type: ignore[arg-type]
        account_id = await customer.account()
        order = await customer.core.top_ups.start(account_id, TopUp(amount_fen=TOP_UP_FEN), intent())
        ended = await customer.ended(order, within_s=KNOWN_WITHIN_S)
        assert ended.state is OrderState.SUCCEEDED, ended


# The bare hops


def serve_bare(port: int) -> None:
    """Serve what a hop asks, with the options that h5app runs with. In a process of its own."""

    async def hop(_request: Request) -> Response:
        return PlainTextResponse("done")

    app = Starlette(routes=[Route("/", hop)])
    uvicorn.run(
        app, host="127.0.0.1", port=port, access_log=False, server_header=False, timeout_keep_alive=75,
        log_level="warning",
    )  # fmt: skip


@contextmanager
def bare_server() -> Iterator[Target]:
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        command = [sys.executable, __file__, "bare", str(port)]
        log = Path(folder) / "bare.log"
        with running(command, port, log, {"PYTHONPATH": str(HERE)}, HERE) as pid:
            yield Target("bare hops", port, "/", cycle(("",)), pid)


# Measuring


def measure(
    house: ProcessHouse, ours: Customers, bare: Target, begun: float
) -> tuple[Counter[str], list[tuple[Turn, Rate]]]:
    """Return the requests of one turn by the process that answered them, and the rounds."""
    ours.turn()
    hops = _requests_of_a_turn(house, ours)
    requests = hops.total()
    rounds: list[tuple[Turn, Rate]] = []
    while len(rounds) < ROUNDS and time.monotonic() - begun < BEGUN_WITHIN_S:
        if len(rounds) % 2:
            rate = asyncio.run(load(bare, requests=requests, seconds=KNOWN_WITHIN_S))
            rounds.append((ours.turn(), rate))
        else:
            turn = ours.turn()
            rounds.append((turn, asyncio.run(load(bare, requests=requests, seconds=KNOWN_WITHIN_S))))
    assert threading.active_count() == 1, "a browser is left"
    return hops, rounds


def _requests_of_a_turn(house: ProcessHouse, ours: Customers) -> Counter[str]:
    """Return how many requests each process answers in a turn, without those that open its forms."""
    ours.forms()
    counted = [count_requests(house, PROCESSES)]
    ours.forms()
    counted.append(count_requests(house, PROCESSES))
    ours.turn()
    counted.append(count_requests(house, PROCESSES))
    return counted[2] - counted[1] - (counted[1] - counted[0])


def report(hops: Counter[str], rounds: Sequence[tuple[Turn, Rate]]) -> None:
    turns, rates = zip(*rounds, strict=True)
    per = hops.total() / WITHDRAWALS
    print(
        f"{len(rounds)} rounds of {WITHDRAWALS} withdrawals at once, load average "
        f"{os.getloadavg()[0]:.1f}; the browsers share the processors with the servers"
    )
    print(f"withdrawals: {spread([turn.per_second for turn in turns], '.1f')} a second")
    waited = [statistics.median(turn.waited_s) for turn in turns]
    print(f"  from the tap to the page that says it is done: {spread(waited, '.2f')} s")
    print(f"bare hops, {per:.1f} for each withdrawal: ", end="")
    print(f"{spread([rate.per_second / per for rate in rates], '.0f')} withdrawals' worth a second")
    ratio = [turn.per_second * per / rate.per_second for turn, rate in rounds]
    print(f"withdrawals / bare hops: {spread(ratio, '.3f')}")
    whole = 0.0
    for name in turns[0].cpu_s:
        used = statistics.median(1000 * turn.cpu_s[name] / WITHDRAWALS for turn in turns)
        whole += used
        answered = f", {hops[name] / WITHDRAWALS:.1f} requests answered" if hops[name] else ""
        print(f"  {used:5.1f} ms of processor time of {name}{answered}")
    bare_ms = statistics.median(rate.cpu_ms or 0.0 for rate in rates) * per
    print(f"  {whole:5.1f} ms together; {bare_ms:.1f} ms of the bare server for as many hops")


def main() -> None:
    begun = time.monotonic()
    with customers() as (house, ours), bare_server() as bare:
        hops, rounds = measure(house, ours, bare, begun)
        broken = house.broken_rules() + house.unmatched()
    report(hops, rounds)
    if broken:
        sys.exit(f"the books do not hold: {broken}")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "bare":
        serve_bare(int(sys.argv[2]))
    else:
        main()
