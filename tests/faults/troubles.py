"""What may befall a command: a process dies at a named point, a party is away, slow, or its answer is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mock_partners.worlds.faults import Fault
from tests.faults.deeds import DEEDS

AWAY_S = 3.0
"""How long a killed party stays away: longer than the eager retries of one call."""
LATE_S = 6.0
"""Past the five-second deadline of every call."""
DATABASE_AWAY_S = (3.0, 8.0)
"""Shorter and longer than a store waits for a lock."""


@dataclass(frozen=True)
class Trouble:
    """One of: `crash_at` a point, `away` (killed before the command, back after it), `faults`, or `database_away_s`
    (its database locked, on PostgreSQL its transactions cut, from before the command for this long); at `party`."""

    name: str
    party: str
    crash_at: str = ""
    away: bool = False
    faults: tuple[Fault, ...] = ()
    database_away_s: float = 0.0


@dataclass(frozen=True)
class Outside:
    """A party that a command needs: the transaction it does for it, and the path that its work comes by."""

    transaction: str
    path: str


CORE_COMMAND = {
    "top_up": "TopUp",
    "drawdown": "Draw",
    "repayment": "Repay",
    "opening": "OpenAccount",
    "signing": "Sign",
}
CORE_WORK = {"top_up": "top_up.debit", "opening": "account.open", "signing": "contract.sign"}
CORE_PATH = {
    "top_up": "/accounts/*/top-ups",
    "drawdown": "/lines/*/drawdowns",
    "repayment": "/loans/*/repayments",
    "opening": "/customers/*/accounts",
    "signing": "/contracts/*/signatures",
}
MESSAGES = Outside("SendMessage", "/messages")
OUTSIDE: Mapping[str, Mapping[str, Outside]] = {
    "top_up": {"card_network": Outside("StartTransfer", "/debits"), "messages": MESSAGES},
    "drawdown": {"messages": MESSAGES},
    "repayment": {"messages": MESSAGES},
    "opening": {"card_network": Outside("FourElements", "/four-elements"), "messages": MESSAGES},
    "signing": {"esign": Outside("SignEnvelope", "/envelopes/*/signatures"), "messages": MESSAGES},
}
NETWORK_WORK = ("settle", "notify")
NOTICE = "card_network.notice"
COMMITS = ("before_commit", "after_commit")
WORK = ("outbox.claimed", "outbox.called", *COMMITS)


def troubles(deed: str) -> Iterator[Trouble]:
    """Everything that this command is tried with."""
    yield from _crashes("core_bank", COMMITS, CORE_COMMAND[deed])
    if deed in CORE_WORK:
        yield from _crashes("core_bank", WORK, CORE_WORK[deed])
    yield from _crashes("core_bank", WORK, "message.send")
    yield from _faults("core_bank", CORE_PATH[deed])
    for party, part in OUTSIDE[deed].items():
        yield from _crashes(party, COMMITS, part.transaction)
        yield from _faults(party, part.path)
        yield Trouble(f"{party} is away", party, away=True)
    for party in ("core_bank", *OUTSIDE[deed]):
        for seconds in DATABASE_AWAY_S:
            yield Trouble(f"{party} without its database for {seconds:.0f} s", party, database_away_s=seconds)
    if deed == "top_up":
        yield from _crashes("core_bank", COMMITS, NOTICE)
        for kind in NETWORK_WORK:
            yield from _crashes("card_network", WORK, kind)
        yield from _notices()


def _crashes(party: str, points: tuple[str, ...], subject: str) -> Iterator[Trouble]:
    for point in points:
        yield Trouble(f"{party} dies at {point}:{subject}", party, crash_at=f"{point}:{subject}")


def _faults(party: str, path: str) -> Iterator[Trouble]:
    for fault in (
        Fault(kind="drop_response", method="POST", path=path, times=3),
        Fault(kind="reset_after", method="POST", path=path),
        Fault(kind="latency", method="POST", path=path, seconds=LATE_S),
        Fault(kind="late_answer", method="POST", path=path, seconds=LATE_S),
        Fault(kind="down", method="POST", path=path, times=3),
    ):
        yield Trouble(f"{party} {fault.kind} {path}", party, faults=(fault,))


def _notices() -> Iterator[Trouble]:
    heard_late = Fault(kind="drop_response", method="POST", path="/debits", times=3)
    ask_in_vain = Fault(kind="down", method="GET", path="/transfers/*", times=3)
    notice = "/notices/card-network/*"
    yield Trouble("the notice comes before the answer", "card_network", faults=(heard_late, ask_in_vain))
    for kind in ("drop_response", "latency", "down"):
        fault = Fault(kind=kind, method="POST", path=notice, times=2, seconds=LATE_S * (kind == "latency"))
        yield Trouble(f"the notice comes again: {kind}", "core_bank", faults=(fault,))


MATRIX = tuple((deed, trouble) for deed in DEEDS for trouble in troubles(deed))
