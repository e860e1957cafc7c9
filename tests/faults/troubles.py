"""What may befall a command: a process dies at a named point, a party is away, slow, or its answer is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mock_partners.bank.core.events.numbering import NUMBERING
from mock_partners.testing.running.demo import H5APP
from mock_partners.testing.worlds.faults import Fault
from tests.faults.without_face import WITHOUT_FACE
from tests.support.cases import COMMAND_CASES, CommandCase, OutsideCall

# Every command that is tried, by name.
ALL_CASES: Mapping[str, CommandCase] = {**COMMAND_CASES, **WITHOUT_FACE}

# How long faults last, and a killed party stays away: longer than the eager retries of one call.
AWAY_S = 3.0
# How long a killed outside party stays away as well: longer than the longest wait between two attempts.
A_MINUTE_S = 60.0
# Past the five-second deadline of every call.
LATE_S = 6.0
# Shorter and longer than a store waits for a lock.
DATABASE_AWAY_S = (3.0, 8.0)


@dataclass(frozen=True)
class Trouble:
    """What goes wrong at `party`. At most one of these is set, and a trouble may have none of them.

    `crash_at`: the point at which the process is killed.

    `away_s`: the process is killed before the command and starts again after this time.

    `faults`: the faults of its HTTP calls, as `Fault` describes them.

    `database_away_s`: from before the command, its database is out of reach for this time. SQLite is
    locked, and PostgreSQL's transactions are cut.
    """

    name: str
    party: str
    crash_at: str = ""
    away_s: float = 0.0
    faults: tuple[Fault, ...] = ()
    database_away_s: float = 0.0


# What the card network gives notice of later.
TRANSFERS = tuple(OutsideCall("StartTransfer", path) for path in ("/debits", "/credits"))
NETWORK_WORK = ("settle", "notify")
NOTICE = "card_network.notice"
COMMITS = ("before_commit", "after_commit")
CORE_CALLS = ("core_call.before_send", "core_call.answered")
WORK = ("outbox.claimed", "outbox.called", *COMMITS)


def troubles(name: str) -> Iterator[Trouble]:
    """Yield everything that this command is tried with."""
    case = ALL_CASES[name]
    yield from _crashes("core_bank", COMMITS, case.model.__name__)
    if name == "top_up":
        # Numbering is the same whichever command wrote the events.
        yield from _crashes("core_bank", COMMITS, NUMBERING)
    for kind in case.work:
        yield from _crashes("core_bank", WORK, kind)
    yield from _faults("core_bank", case.path)
    yield _away("core_bank", AWAY_S)
    for party, call in case.outside.items():
        yield from _crashes(party, COMMITS, call.transaction)
        yield from _faults(party, call.path)
        yield from (_away(party, seconds) for seconds in (AWAY_S, A_MINUTE_S))
    for party in ("core_bank", *case.outside):
        yield from _without_database(party)
    if case.outside.get("card_network") in TRANSFERS:
        yield from _crashes("core_bank", COMMITS, NOTICE)
        for kind in NETWORK_WORK:
            yield from _crashes("card_network", WORK, kind)
        yield from _notices(case.outside["card_network"].path)
    if case.has_form:
        yield from _crashes(H5APP, ("post.read",), "")
        yield from _crashes(H5APP, CORE_CALLS, case.model.__name__)
        yield from _without_database(H5APP)


def _crashes(party: str, points: tuple[str, ...], subject: str) -> Iterator[Trouble]:
    for point in points:
        where = f"{point}:{subject}" if subject else point
        yield Trouble(f"{party} dies at {where}", party, crash_at=where)


def _away(party: str, seconds: float) -> Trouble:
    return Trouble(f"{party} is away for {seconds:.0f} s", party, away_s=seconds)


def _without_database(party: str) -> Iterator[Trouble]:
    for seconds in DATABASE_AWAY_S:
        yield Trouble(f"{party} without its database for {seconds:.0f} s", party, database_away_s=seconds)


def _faults(party: str, path: str) -> Iterator[Trouble]:
    for fault in (
        Fault(kind="drop_response", method="POST", path=path, times=3),
        Fault(kind="reset_after", method="POST", path=path),
        Fault(kind="latency", method="POST", path=path, seconds=LATE_S),
        Fault(kind="late_answer", method="POST", path=path, seconds=LATE_S),
        Fault(kind="down", method="POST", path=path, times=3),
    ):
        yield Trouble(f"{party} {fault.kind} {path}", party, faults=(fault,))


def _notices(path: str) -> Iterator[Trouble]:
    heard_late = Fault(kind="drop_response", method="POST", path=path, times=3)
    ask_in_vain = Fault(kind="down", method="GET", path="/transfers/*", times=3)
    notice = "/notices/card-network/*"
    yield Trouble("the notice comes before the answer", "card_network", faults=(heard_late, ask_in_vain))
    for kind in ("drop_response", "latency", "down"):
        fault = Fault(kind=kind, method="POST", path=notice, times=2, seconds=LATE_S * (kind == "latency"))
        yield Trouble(f"the notice comes again: {kind}", "core_bank", faults=(fault,))


MATRIX = tuple((name, trouble) for name in ALL_CASES for trouble in troubles(name))
