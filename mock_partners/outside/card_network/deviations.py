"""Deviations: on request the network states dates wrongly, is late, or finds a card closed.

A wrong date changes what is stated only. What the network did, and when, stays as it is.

`POST <base>/_deviate {"names": ["notice.settled_long_ago"]}` arms them, in place of the earlier ones, until an empty
list or a restart disarms them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeVar, get_args

from pydantic import ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from partner_adapters.card_network.wire import Transfer, TransferKind
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.json_model import JsonModel
from partner_adapters.kit.values.problems import invalid
from partner_adapters.kit.web.json_answers import read

Outcome = Literal["refused_at_once", "card_closed", "late"]
AnyTransfer = TypeVar("AnyTransfer", bound=Transfer)
NOTICE, ANSWER, FILE = "notice", "answer", "file"
WRONG_TIMES = {
    "settled_long_ago": datetime(2020, 1, 1, 10, tzinfo=CHINA),
    "settled_to_come": datetime(2099, 1, 1, 10, tzinfo=CHINA),
}
# The message that states it, and the time that it then states.
ALL: Mapping[str, tuple[str, datetime]] = {
    f"{message}.{name}": (message, settled_at)
    for message in (NOTICE, ANSWER, FILE)
    for name, settled_at in WRONG_TIMES.items()
}
# What becomes of a transfer that is started, or that settles, while it is armed:
# `refused_at_once`: the network does not take it and keeps no transfer. `card_closed`: it takes it, and the transfer
# fails later. `late`: the outcome takes an hour.
OUTCOMES: Mapping[str, tuple[TransferKind, Outcome]] = {
    f"{kind}.{outcome}": (kind, outcome) for kind in get_args(TransferKind) for outcome in get_args(Outcome)
}
LATE_S = 3600.0


class DeviationRequest(JsonModel):
    """The body of the POST: the names of deviations."""

    model_config = ConfigDict(extra="forbid")

    names: list[str]


class Deviations:
    """The deviations that are armed, and their endpoint."""

    def __init__(self) -> None:
        self._armed: Mapping[str, datetime] = {}
        self._outcomes: frozenset[tuple[TransferKind, Outcome]] = frozenset()

    async def show(self, _request: Request) -> Response:
        """GET: return the names of all deviations."""
        return JSONResponse({"names": sorted([*ALL, *OUTCOMES])})

    async def arm(self, request: Request) -> Response:
        """POST: arm these deviations and no others."""
        names = (await read(request, DeviationRequest)).names
        if unknown := sorted(set(names) - ALL.keys() - OUTCOMES.keys()):
            raise invalid("names", "deviation.unknown", f"{unknown[0]} is not a known deviation")
        self._armed = dict(ALL[name] for name in names if name in ALL)
        self._outcomes = frozenset(OUTCOMES[name] for name in names if name in OUTCOMES)
        return JSONResponse({"names": names})

    def has(self, kind: TransferKind, outcome: Outcome) -> bool:
        """Whether transfers of this kind come to this outcome now."""
        return (kind, outcome) in self._outcomes

    def applied(self, message: str, transfer: AnyTransfer) -> AnyTransfer:
        """Return the transfer as `message` states it."""
        settled_at = self._armed.get(message)
        if settled_at is None or transfer.settled_at is None:
            return transfer
        return transfer.model_copy(update={"settled_at": settled_at})
