"""Trying a partner's block against its host: pages, addresses, clock, signatures, and the refusal of a wrong code.

No customer is logged in: the code is invented. A host that accepts it is a fault.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.datastructures import QueryParams

from partner_adapters.identity.assertion.host import AssertionConfig
from partner_adapters.identity.clocks import seconds_ahead
from partner_adapters.identity.crypto.keys import PartnerKeys
from partner_adapters.identity.dialects import host_of
from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.identity.exchange.answers import error_in
from partner_adapters.identity.exchange.config import ExchangeConfig
from partner_adapters.identity.exchange.host_page import HandOverConfig
from partner_adapters.identity.host import AskBridge, Attempt, Host
from partner_adapters.identity.oidc.config import OidcConfig
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.web.calls.http_client import Answer, CallFailed, HttpClient
from partner_adapters.partners.partner import Partner

# Clocks that are kept by NTP differ by less than this.
WARN_FROM_S = 3
INVENTED = "sunbridge-check-invented"


@dataclass(frozen=True)
class Finding:
    """One result of the trial. `key` is where to look in the file. `warns`: it is sound, but close to a fault."""

    ok: bool
    key: str
    text: str
    warns: bool = False


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


async def probe(
    partner: Partner, clock: Clock, base_url: str, inner: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Finding]:
    """Try one partner. `base_url` is our own address, for the redirect URI. `inner` replaces the network, in tests."""
    http = Recorder(clock, inner)
    try:
        if isinstance(partner.identity, AssertionConfig):
            yield await _keys(partner.identity, http)
        host = host_of(partner.id, partner.identity, http, clock)
        for fresh in _flows(partner):
            async for finding in _one(partner, host, http, _attempt(partner, base_url, fresh)):
                yield finding
        for name, ahead_s in http.ahead_s.items():
            allowed = partner.identity.clock_skew_s
            text = f"{name}'s clock is {abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} ours"
            # The header has whole seconds.
            is_allowed, is_exact = abs(ahead_s) <= allowed + 1, abs(ahead_s) < WARN_FROM_S
            advice = "" if is_exact else "; look at both clocks before customers are refused"
            yield Finding(
                is_allowed, "clock_skew_s", f"{text}; {allowed} s are allowed{advice}", warns=not is_exact
            )
    finally:
        await http.aclose()


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
    try:
        keys = await PartnerKeys(http).find(config.jwks_url, None)
    except IdentityError as error:
        return Finding(False, "jwks_url", f"{error}")
    return Finding(bool(keys), "jwks_url", f"{len(keys)} keys to check assertions with")


async def _one(partner: Partner, host: Host, http: Recorder, attempt: Attempt) -> AsyncIterator[Finding]:
    flow = "face" if attempt.fresh else "login"
    try:
        begun = await host.start(attempt)
    except IdentityError as error:
        yield Finding(False, _start_key(partner, flow), f"{error}")
        return
    page = begun.otherwise if isinstance(begun, AskBridge) else begun.url
    if page is not None:
        yield await _page(http, page, _start_key(partner, flow), attempt.redirect_uri)
    if not isinstance(partner.identity, OidcConfig | ExchangeConfig):
        return  # This host redeems no code, so there is none to invent.
    try:
        await host.finish(_answer(partner, attempt), attempt, max_age_s=60)
    except IdentityError as error:
        yield _judge_refusal(partner, flow, error, http)
    else:
        yield Finding(False, flow, "the host accepted an invented code")


async def _page(http: HttpClient, url: str, key: str, redirect_uri: str) -> Finding:
    address = url.partition("?")[0]
    try:
        status = (await http.send("GET", url.partition("#")[0], repeatable=True)).status_code
    except CallFailed as error:
        return Finding(False, key, f"{address}: {error.reason}")
    asked = "" if status < 400 else f"; is {redirect_uri} (see --base-url) registered at the host?"
    return Finding(status < 400, key, f"{address} answers with status {status}{asked}")


def _judge_refusal(partner: Partner, flow: str, error: IdentityError, http: Recorder) -> Finding:
    if error.code == Code.CODE_REPLAYED:
        return Finding(True, flow, "an invented code is refused as identity.code_replayed")
    key, said = flow, None
    config = partner.identity
    if isinstance(config, ExchangeConfig):
        named = error.detail.partition(":")[0]
        step = next(
            (
                step
                for step in config.flows["face" if flow == "face" else "login"].steps
                if step.name == named
            ),
            None,
        )
        if step is not None:
            key = f"{flow}.steps.{step.name}"
            said = error_in(config, step, http.last)
    host_says = f"; the host's error is {said[:40]!a}" if said is not None else ""
    known = error.code not in (Code.REFUSED, Code.MALFORMED, Code.UNAVAILABLE)
    wanted = "" if known else ", expected identity.code_replayed: check errors, credentials and signature"
    return Finding(False, key, f"an invented code is refused as {error}{host_says}{wanted}")


def _start_key(partner: Partner, flow: str) -> str:
    match partner.identity:
        case OidcConfig():
            return "issuer"
        case HandOverConfig():
            return "page.url"
        case _:
            return f"{flow}.entry"


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
