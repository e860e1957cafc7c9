"""h5app's and the bank's side of a host with calls, against a small host, by the example blocks of the documents."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from starlette.datastructures import QueryParams

from partner_adapters.identity.dialects import host_of, verifier_of
from partner_adapters.identity.exchange.config import ExchangeConfig
from partner_adapters.identity.exchange.host import ExchangeHost
from partner_adapters.identity.exchange.verifier import ExchangeVerifier
from partner_adapters.identity.host import Attempt
from partner_adapters.identity.identity import Login
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.support.houses.small_hosts import HOSTS, SmallHost
from tests.support.partner_examples import example_partners

NOW = datetime(2026, 11, 26, 2, 11, 12, tzinfo=UTC)
# Under which name a code, or (True) the number of a face check, comes back.
VALUE = {
    ("haian", False): "code",
    ("haian", True): "verify_result",
    ("zj", False): "ticket",
    ("zj", True): "certifyId",
    ("sfb", False): "ticket",
    ("zfb", False): "auth_code",
    ("zfb", True): "certify_id",
}
STATE = {"zj": "sp"}


def attempt(partner: str, *, fresh: bool = False) -> Attempt:
    return Attempt(
        redirect_uri=f"https://pages.example/{partner}/callback",
        secret=secrets.token_urlsafe(32),
        fresh=fresh,
        max_age_s=0 if fresh else 3600,
    )


@dataclass
class Pair:
    """One host, and the two who speak with it; each has a clock, so that clocks can differ."""

    partner: str
    config: Any
    host: SmallHost
    clock: FixedClock
    party: ExchangeHost
    bank: ExchangeVerifier

    def answer(self, tried: Attempt, value: str | None = None, **more: str) -> QueryParams:
        """How the host sends the person back."""
        given = value or ("check-1" if tried.fresh else "code-1")
        name, state = VALUE[self.partner, tried.fresh], STATE.get(self.partner, "state")
        if self.partner == "sfb":
            return QueryParams([("state", f"{tried.state}?{name}={given}"), *more.items()])
        return QueryParams([(name, given), (state, tried.state), *more.items()])

    async def login(self, *, fresh: bool = False, value: str | None = None, max_age_s: int = 60) -> Login:
        tried = attempt(self.partner, fresh=fresh)
        await self.party.start(tried)
        return await self.party.finish(self.answer(tried, value), tried, max_age_s=max_age_s)


def pair(partner: str, folder: Path, changes: Mapping[str, Any] | None = None) -> Pair:
    """`changes`: members of the configuration, for both sides."""
    config: Any = example_partners(folder)[partner].identity
    assert isinstance(config, ExchangeConfig)
    if changes:
        config = config.model_copy(update=dict(changes))
    clock, host = FixedClock(NOW), HOSTS[partner](FixedClock(NOW))
    http = HttpClient(httpx.MockTransport(host))
    party, bank = host_of(partner, config, http, clock), verifier_of(partner, config, http, clock)
    assert isinstance(party, ExchangeHost)
    assert isinstance(bank, ExchangeVerifier)
    return Pair(partner, config, host, clock, party, bank)
