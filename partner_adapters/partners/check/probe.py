"""Trying a partner's block against its host: discovery, pages, clock, signatures, and the refusal of a wrong code.

No customer is logged in: the code is invented. A host that accepts it is a fault.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
from starlette.datastructures import QueryParams

from partner_adapters.identity.assertion.host import AssertionConfig
from partner_adapters.identity.clocks import MAX_SKEW_S, seconds_ahead
from partner_adapters.identity.crypto.keys import PartnerKeys
from partner_adapters.identity.dialects import host_of
from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.identity.exchange.answers import error_in
from partner_adapters.identity.exchange.config import ExchangeConfig
from partner_adapters.identity.exchange.flow import FlowName
from partner_adapters.identity.exchange.host_page import HandOverConfig
from partner_adapters.identity.host import AskBridge, Attempt
from partner_adapters.identity.oidc.config import OidcConfig
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.web.calls.http_client import Answer, CallFailed, HttpClient
from partner_adapters.partners.check import against_discovery
from partner_adapters.partners.check.against_discovery import Metadata
from partner_adapters.partners.check.findings import Finding, Level
from partner_adapters.partners.check.refusals import (
    error_of_answer,
    error_of_redirect,
    explain,
    is_discovery,
)
from partner_adapters.partners.partner import Partner

# Clocks that are kept by NTP differ by less than this.
WARN_FROM_S = 3
INVENTED = "sunbridge-check-invented"
_REFUSED = "an invented code refused as identity.code_replayed"


class Recorder(HttpClient):
    """Records the last answer, and how far each host's clock was from ours when it came."""

    def __init__(self, clock: Clock, transport: httpx.AsyncBaseTransport | None = None) -> None:
        super().__init__(transport)
        self._clock = clock
        self.last = b""
        self.ahead_s: dict[str, float] = {}

    async def send(self, *what: Any, **how: Any) -> Answer:
        self.last = b""
        answer = await super().send(*what, **how)
        self.last = answer.content
        if (ahead := seconds_ahead(answer.headers.get("date", ""), self._clock.wall())) is not None:
            self.ahead_s[answer.host] = ahead
        return answer


class Trial:
    """Everything that trying one partner needs. `base_url` is our own address, for the redirect URI.

    `inner` replaces the network, in tests. Close it with `aclose`.
    """

    def __init__(
        self, partner: Partner, clock: Clock, base_url: str, inner: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.partner = partner
        self.http = Recorder(clock, inner)
        self.host = host_of(partner.id, partner.identity, self.http, clock)
        self.base_url = base_url
        # The provider's discovery document, once it was read.
        self.metadata: Metadata | None = None
        # A refusal of the document that was told by its own keys is not told again.
        self.told_discovery = False

    async def aclose(self) -> None:
        await self.http.aclose()


async def probe(
    partner: Partner, clock: Clock, base_url: str, inner: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Finding]:
    """Try one partner, with a trial of its own."""
    trial = Trial(partner, clock, base_url, inner)
    try:
        async for finding in run(trial):
            yield finding
    finally:
        await trial.aclose()


async def run(trial: Trial) -> AsyncIterator[Finding]:
    """Yield what the host says to each part of the block."""
    match trial.partner.identity:
        case AssertionConfig() as config:
            yield await _keys(config, trial.http)
        case OidcConfig() as config:
            trial.metadata = await against_discovery.read_metadata(config, trial.http)
            found = list(against_discovery.compare(config, trial.metadata)) if trial.metadata else []
            trial.told_discovery = any(not finding.ok for finding in found)
            for finding in found:
                yield finding
    for fresh in _flows(trial.partner):
        async for finding in _one(trial, _attempt(trial.partner, trial.base_url, fresh)):
            yield finding
    for name, ahead_s in trial.http.ahead_s.items():
        yield _judge_clock(name, ahead_s, trial.partner.identity.clock_skew_s)


def _judge_clock(name: str, ahead_s: float, allowed_s: int) -> Finding:
    found = f"{name}'s clock is {abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} ours"
    expected = f"less than {WARN_FROM_S} s; {allowed_s} s are allowed"
    if abs(ahead_s) < WARN_FROM_S:
        return Finding("ok", "identity.clock_skew_s", expected, f"{found}; {allowed_s} s are allowed")
    # The header has whole seconds.
    level: Level = "warning" if abs(ahead_s) <= allowed_s + 1 else "fault"
    mend = "set both clocks by NTP before customers are refused"
    if level == "fault" and abs(ahead_s) <= MAX_SKEW_S:
        mend += f", or allow more (at most {MAX_SKEW_S} s) here and at the core"
    return Finding(level, "identity.clock_skew_s", expected, found, mend)


def _flows(partner: Partner) -> Iterator[bool]:
    """Return what we can begin: a login (False), and a face check (True) if it is another flow."""
    match partner.identity:
        case ExchangeConfig() as config:
            yield from (False, True) if config.face else (False,)
        case HandOverConfig() as config:
            yield from (True,) if config.page else ()
        case _:
            yield False


async def _keys(config: AssertionConfig, http: HttpClient) -> Finding:
    key, expected = "identity.jwks_url", "published keys to check assertions with"
    mend = "check the address, and that it answers a JWK set (RFC 7517) with the keys that sign"
    try:
        keys = await PartnerKeys(http).find(config.jwks_url, None)
    except IdentityError as error:
        return Finding("fault", key, expected, f"{error}", mend)
    return Finding("ok" if keys else "fault", key, expected, f"{len(keys)} keys", "" if keys else mend)


async def _one(trial: Trial, attempt: Attempt) -> AsyncIterator[Finding]:
    partner, flow = trial.partner, _flow_of(attempt)
    try:
        begun = await trial.host.start(attempt)
    except IdentityError as error:
        if not (is_discovery(error) and trial.told_discovery):
            yield _judge_start(partner, flow, error, trial.http)
        return
    page = begun.otherwise if isinstance(begun, AskBridge) else begun.url
    if page is not None:
        yield await _page(trial, page, flow, attempt.redirect_uri)
    if not isinstance(partner.identity, OidcConfig | ExchangeConfig):
        return  # This host redeems no code, so there is none to invent.
    try:
        await trial.host.finish(_answer(partner, attempt), attempt, max_age_s=60)
    except IdentityError as error:
        yield _judge_refusal(partner, flow, error, trial.http)
    else:
        found, mend = "the host accepted an invented code", "ask the host: anyone could log in as anyone"
        yield Finding("fault", f"identity.{flow}", _REFUSED, found, mend)


def _judge_start(partner: Partner, flow: FlowName, error: IdentityError, http: Recorder) -> Finding:
    key, mend = _start_key(partner, flow), "check the address, and that the host answers there"
    said = error_of_answer(http.last)
    if said is not None:
        own, mend = explain(partner, flow, said)
        key, error_said = f"identity.{own}", f"; the host's error is {said[:40]!a}"
        return Finding("fault", key, "a request that the host accepts", f"{error}{error_said}", mend)
    return Finding("fault", key, "a request that the host accepts", f"{error}", mend)


async def _page(trial: Trial, url: str, flow: FlowName, redirect_uri: str) -> Finding:
    """Ask for the page that the customer is sent to. A host that refuses our request says so in a redirect."""
    key, expected = _start_key(trial.partner, flow), "the host's page for our request"
    address = url.partition("?")[0]
    try:
        answer = await trial.http.send("GET", url.partition("#")[0], repeatable=True)
    except CallFailed as failure:
        mend = "check the address, and that the host answers there"
        return Finding("fault", key, expected, f"{address}: {failure.reason}", mend)
    found = f"{address} answers with status {answer.status_code}"
    if answer.status_code >= 400:
        mend = f"is {redirect_uri} (see --base-url) registered at the host?"
        return Finding("fault", key, expected, found, mend)
    error = error_of_redirect(trial.partner, answer.headers.get("location", ""))
    if error is None:
        return Finding("ok", key, expected, found)
    own, mend = explain(trial.partner, flow, error)
    return Finding("fault", f"identity.{own}", expected, f"{found} and error={error[:40]!a}", mend)


def _judge_refusal(partner: Partner, flow: FlowName, error: IdentityError, http: Recorder) -> Finding:
    if error.code == Code.CODE_REPLAYED:
        found = "an invented code is refused as identity.code_replayed"
        return Finding("ok", f"identity.{flow}", _REFUSED, found)
    key: str = flow
    said, mend = None, "check errors, credentials and signature"
    match partner.identity:
        case ExchangeConfig() as config:
            named = error.detail.partition(":")[0]
            step = next((step for step in config.flows[flow].steps if step.name == named), None)
            if step is not None:
                key = f"{flow}.steps.{step.name}"
                said = error_in(config, step, http.last)
        case OidcConfig():
            said = error_of_answer(http.last)
            if said is not None:
                key, mend = explain(partner, flow, said)
    host_says = f"; the host's error is {said[:40]!a}" if said is not None else ""
    return Finding(
        "fault", f"identity.{key}", _REFUSED, f"an invented code is refused as {error}{host_says}", mend
    )


def _start_key(partner: Partner, flow: FlowName) -> str:
    match partner.identity:
        case OidcConfig():
            return "identity.issuer"
        case HandOverConfig():
            return "identity.page.url"
        case _:
            return f"identity.{flow}.entry"


def _flow_of(attempt: Attempt) -> FlowName:
    return "face" if attempt.fresh else "login"


def _attempt(partner: Partner, base_url: str, fresh: bool) -> Attempt:
    return Attempt(
        redirect_uri=f"{base_url}/{partner.id}/callback",
        secret=secrets.token_urlsafe(32),
        fresh=fresh,
        max_age_s=0 if fresh else 3600,
    )


def _answer(partner: Partner, attempt: Attempt) -> QueryParams:
    config = partner.identity
    if isinstance(config, OidcConfig):
        return QueryParams({"code": INVENTED, "state": attempt.state, "iss": config.issuer})
    assert isinstance(config, ExchangeConfig)
    flow = config.face if attempt.fresh else config.login
    assert flow is not None
    state = {flow.back.state: attempt.state} if flow.back.state else {}
    return QueryParams({flow.back.value: INVENTED, **state})
