"""Making the calls of a flow one after the other, each with the variables that the earlier ones returned."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from partner_adapters.identity.clocks import seconds_ahead
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.exchange.answers import AcceptedAnswer, read
from partner_adapters.identity.exchange.calls import call_of, send
from partner_adapters.identity.exchange.config import ExchangeConfig
from partner_adapters.identity.exchange.flow import Step
from partner_adapters.kit.values.clock import Clock, monotonic
from partner_adapters.kit.web.calls.http_client import HttpClient


@dataclass(frozen=True)
class Outcome:
    """The last answer, and all variables known by then."""

    last: AcceptedAnswer
    known: Mapping[str, str]


@dataclass(frozen=True)
class _CachedAnswer:
    answer: AcceptedAnswer
    until: float


class StepRunner:
    """Runs the steps of a host's flows. Keep one for each host and process: it caches the app's tokens."""

    def __init__(self, config: ExchangeConfig, http: HttpClient, clock: Clock) -> None:
        self._config = config
        self._http = http
        self._clock = clock
        self._cached: dict[str, _CachedAnswer] = {}
        self._lock = asyncio.Lock()
        secret = config.app_secret
        self._own = {"app_id": config.app_id} | ({"app_secret": secret.get_secret_value()} if secret else {})

    async def run(self, steps: Sequence[Step], given: Mapping[str, str]) -> Outcome:
        """Make the calls. Raises `IdentityError`. A code that was presented is used up, whatever the result."""
        cached = [step.name for step in steps if self._cached_answer(step) is not None]
        try:
            return await self._run(steps, given)
        except IdentityUntrusted as error:
            # A host may end a token of the app early. Try once more with a new one, if that does not use up a code.
            if not cached or error.code != Code.REFUSED or not all(step.repeatable for step in steps):
                raise
        for name in cached:
            self._cached.pop(name, None)
        return await self._run(steps, given)

    async def _run(self, steps: Sequence[Step], given: Mapping[str, str]) -> Outcome:
        known = {**self._own, **given}
        for step in steps:
            answer = await (
                self._call(step, known) if step.keep_s is None else self._call_cached(step, known)
            )
            known |= answer.variables
        return Outcome(answer, known)

    async def _call_cached(self, step: Step, known: Mapping[str, str]) -> AcceptedAnswer:
        assert step.keep_s is not None
        # One call at a time: at some hosts a second token of the app ends the first.
        async with self._lock:
            answer = self._cached_answer(step)
            if answer is None:
                answer = await self._call(step, known)
                self._cached[step.name] = _CachedAnswer(answer, monotonic() + step.keep_s)
        return answer

    def _cached_answer(self, step: Step) -> AcceptedAnswer | None:
        cached = self._cached.get(step.name) if step.keep_s is not None else None
        return cached.answer if cached is not None and monotonic() < cached.until else None

    async def _call(self, step: Step, known: Mapping[str, str]) -> AcceptedAnswer:
        config = self._config
        call = call_of(config.addresses.api, step, known, config.signers, self._clock.wall())
        response = await send(self._http, call, step)
        ahead_s = seconds_ahead(response.headers.get("date", ""), self._clock.wall())
        return replace(read(config, step, response, known), ahead_s=ahead_s)
