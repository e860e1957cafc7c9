"""Making the calls of a flow, one after the other, with what was learned on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.exchange.answers import Heard, read
from partner_adapters.identity.exchange.calls import call_of, send
from partner_adapters.identity.exchange.config import ExchangeConfig
from partner_adapters.identity.exchange.flow import Step
from partner_adapters.kit.values.clock import Clock, monotonic
from partner_adapters.kit.web.calls.http_client import HttpClient


@dataclass(frozen=True)
class Outcome:
    """The last answer, and every variable that is known by then."""

    last: Heard
    known: Mapping[str, str]


@dataclass(frozen=True)
class _Kept:
    heard: Heard
    until: float


class Exchange:
    """One for each host and process: it keeps the tokens of the app."""

    def __init__(self, config: ExchangeConfig, http: HttpClient, clock: Clock) -> None:
        self._config = config
        self._http = http
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._one_at_a_time = asyncio.Lock()
        secret = config.app_secret
        self._own = {"app_id": config.app_id} | ({"app_secret": secret.get_secret_value()} if secret else {})

    async def run(self, steps: Sequence[Step], given: Mapping[str, str]) -> Outcome:
        """Raises `IdentityError`. A code that was presented is spent, whatever comes of it."""
        kept = [step.name for step in steps if self._still(step) is not None]
        try:
            return await self._run(steps, given)
        except IdentityUntrusted as error:
            # A host may drop a token of the app before its time: once more with a new one, where that spends nothing.
            if not kept or error.code != Code.REFUSED or not all(step.repeatable for step in steps):
                raise
        for name in kept:
            self._kept.pop(name, None)
        return await self._run(steps, given)

    async def _run(self, steps: Sequence[Step], given: Mapping[str, str]) -> Outcome:
        known = {**self._own, **given}
        for step in steps:
            heard = await (self._call(step, known) if step.keep_s is None else self._keep(step, known))
            known |= heard.taken
        return Outcome(heard, known)

    async def _keep(self, step: Step, known: Mapping[str, str]) -> Heard:
        assert step.keep_s is not None
        # At some hosts a second token of the app ends the first.
        async with self._one_at_a_time:
            heard = self._still(step)
            if heard is None:
                heard = await self._call(step, known)
                self._kept[step.name] = _Kept(heard, monotonic() + step.keep_s)
        return heard

    def _still(self, step: Step) -> Heard | None:
        kept = self._kept.get(step.name) if step.keep_s is not None else None
        return kept.heard if kept is not None and monotonic() < kept.until else None

    async def _call(self, step: Step, known: Mapping[str, str]) -> Heard:
        config = self._config
        call = call_of(config.addresses.api, step, known, config.signers, self._clock.wall())
        return read(config, step, await send(self._http, call, step), known)
