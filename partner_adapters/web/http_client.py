"""Calls to other parties: one shared transport, one deadline over the whole call, honest words for what happened.

A call ends in a response, in `NotSent` (the party never saw it) or in `OutcomeUnknown` (it may have). Only the
caller knows whether trying again is safe, so it says so: `repeatable` for reads and intent-carrying commands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import httpx
import stamina
from httpx_aiohttp import AiohttpTransport

from partner_adapters.web.request_id import HEADER, current_request_id

KEEP_ALIVE_S = 30
"""Shorter than our servers' 75 s, so that a request never meets a connection the server is closing."""
MAX_CONNECTIONS = 100
CONNECT_S = 2.0
DEADLINE_S = 5.0
ATTEMPTS = 3
MAX_ANSWER_BYTES = 4 * 1024 * 1024
_ENCODINGS = (b"content-encoding", b"transfer-encoding")
_TIMEOUTS = {"timeout": httpx.Timeout(DEADLINE_S, connect=CONNECT_S).as_dict()}


class CallFailed(Exception):
    """No response came. `upstream` is the host that was called."""

    def __init__(self, upstream: str, reason: str) -> None:
        super().__init__(f"{upstream}: {reason}")
        self.upstream = upstream
        self.reason = reason


class NotSent(CallFailed):
    """The connection was never made: nothing happened at the other side."""


class OutcomeUnknown(CallFailed):
    """The request may have been acted upon: neither success nor failure."""


def pooled_transport() -> httpx.AsyncBaseTransport:
    """One connection pool for the process; it neither keeps nor replays cookies."""

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=KEEP_ALIVE_S)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    return AiohttpTransport(client=session)


class HttpClient:
    """The house's way to call over HTTP. Close with `aclose`.

    It asks the transport itself: httpx's own client would look for cookies, redirects and hooks that no call of ours
    has, for a third of what a call costs.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport or pooled_transport()

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def send(
        self,
        method: str,
        url: str,
        *,
        repeatable: bool,
        headers: Mapping[str, str] | None = None,
        deadline_s: float = DEADLINE_S,
        **body: Any,
    ) -> httpx.Response:
        """Send and read the whole answer within `deadline_s`, all attempts included.

        `body`: httpx's `json=`, `data=`, `content=`, `params=`. Raises `NotSent` or `OutcomeUnknown`.
        """
        sent_headers = {HEADER: current_request_id(), **(headers or {})} if current_request_id() else headers
        request = httpx.Request(method, url, headers=sent_headers, extensions=_TIMEOUTS, **body)
        host = request.url.netloc.decode()
        retry_on: type[Exception] | tuple[type[Exception], ...] = CallFailed if repeatable else NotSent
        maybe_acted = False
        try:
            async with asyncio.timeout(deadline_s):
                async for attempt in stamina.retry_context(
                    on=retry_on, attempts=ATTEMPTS, timeout=deadline_s, wait_initial=0.05, wait_max=0.5
                ):
                    with attempt:
                        try:
                            return await self._once(request, host)
                        except OutcomeUnknown:
                            maybe_acted = True
                            raise
        except TimeoutError:
            raise OutcomeUnknown(host, "deadline passed") from None
        except NotSent as error:
            # A later attempt that never left does not make an earlier one that may have arrived unhappen.
            if maybe_acted:
                raise OutcomeUnknown(host, "no connection after an unanswered attempt") from error
            raise
        raise AssertionError("unreachable")

    async def _once(self, request: httpx.Request, host: str) -> httpx.Response:
        try:
            response = await self._transport.handle_async_request(request)
            try:
                content = await _read_whole(response, host)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            # The transport reports "sent, answer lost" as a connect time-out: only this cause proves "not sent".
            if isinstance(error.__cause__, aiohttp.ClientConnectorError):
                raise NotSent(host, "no connection") from error
            raise OutcomeUnknown(host, type(error).__name__) from error
        headers = [h for h in response.headers.raw if h[0].lower() not in _ENCODINGS]
        return httpx.Response(response.status_code, headers=headers, content=content, request=request)


async def _read_whole(response: httpx.Response, host: str) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise OutcomeUnknown(host, "answer too large")
    return bytes(content)
