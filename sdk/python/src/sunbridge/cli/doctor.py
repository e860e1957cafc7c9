"""`sunbridge doctor`: what stands between this machine and the API, found out by trying."""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx

from sunbridge import Sunbridge, SunsetWarning
from sunbridge.cli.access import add_access, client, tell
from sunbridge.errors import NotAllowed, SunbridgeError

# From which difference of the clocks on signatures are in danger: 10 s are tolerated.
CLOCK_WARNS_FROM_S = 3
TIMEOUT_S = 5


@dataclass(frozen=True)
class Finding:
    """One thing that was tried."""

    what: str
    result: Literal["ok", "warning", "fault"]
    text: str


def add_commands(commands: Any) -> None:
    doctor = commands.add_parser("doctor", help="try everything that a partner's server needs")
    add_access(doctor)
    doctor.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    sound = True
    for finding in _findings(asked):
        tell(asked, asdict(finding), f"{finding.result}: {finding.what}: {finding.text}")
        sound = sound and finding.result != "fault"
    return 0 if sound else 1


def _findings(asked: argparse.Namespace) -> Iterator[Finding]:
    sunbridge = client(asked)
    reached = _reach(asked.api_url)
    yield from reached
    if any(finding.result == "fault" for finding in reached):
        return
    with sunbridge, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield from _try_key(sunbridge)
    ends = [str(one.message) for one in caught if one.category is SunsetWarning]
    yield Finding("version", "warning" if ends else "ok", ends[0] if ends else "no end is announced")


def _reach(api_url: str) -> list[Finding]:
    before = time.time()
    try:
        answer = httpx.get(f"{api_url.rstrip('/')}/partner/v1/openapi.json", timeout=TIMEOUT_S)
    except httpx.HTTPError as error:
        return [Finding("address", "fault", f"{api_url} does not answer: {error}")]
    if answer.status_code != 200:
        return [
            Finding(
                "address", "fault", f"{api_url} answers {answer.status_code}: this is not the partner API"
            )
        ]
    found = [Finding("address", "ok", api_url)]
    if said := answer.headers.get("date"):
        # The header has whole seconds, and the answer was made between both looks at our clock.
        off = parsedate_to_datetime(said).timestamp() + 0.5 - (before + time.time()) / 2
        warns = abs(off) >= CLOCK_WARNS_FROM_S
        text = f"this clock is {abs(off):.0f} s {'behind' if off > 0 else 'ahead'}" if warns else "agrees"
        found.append(Finding("clock", "warning" if warns else "ok", text))
    return found


def _try_key(sunbridge: Sunbridge) -> Iterator[Finding]:
    asks: dict[str, Callable[[], object]] = {
        "launches:read": lambda: next(iter(sunbridge.launches.list(limit=1)), None),
        "events:read": lambda: next(iter(sunbridge.events.list(limit=1)), None),
        "status:read": lambda: next(iter(sunbridge.orders.list(limit=1)), None),
        "requests:read": lambda: next(iter(sunbridge.requests.list(limit=1)), None),
    }
    for scope, ask in asks.items():
        try:
            ask()
        except NotAllowed:
            yield Finding(scope, "warning", "this key does not have the scope")
        except SunbridgeError as error:
            yield Finding("key", "fault", str(error))
            return
        else:
            yield Finding(scope, "ok", "answers")
    try:
        endpoints = [*sunbridge.webhooks.list()]
    except NotAllowed:
        yield Finding("webhooks:read", "warning", "this key does not have the scope")
        return
    for endpoint in endpoints:
        is_sound = endpoint.state == "enabled"
        yield Finding("webhook", "ok" if is_sound else "fault", f"{endpoint.url} is {endpoint.state}")
    if not endpoints:
        yield Finding(
            "webhook", "warning", "you have no endpoint: your server learns of nothing unless it asks"
        )
