"""Calls to other parties, with one shared transport and one deadline over the whole call.

A call ends with an answer, with `NotSent` (the party never received it) or with `OutcomeUnknown` (it may have). Only
the caller knows whether a retry is safe, so it passes `repeatable` for reads and for commands whose repetition changes
nothing.
"""

from __future__ import annotations

import asyncio
import json as json_text
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import aiohttp
import httpx
import stamina
from opentelemetry.trace import SpanKind
from yarl import URL

from partner_adapters.kit.observed import spans
from partner_adapters.kit.observed.request_id import HEADER, current_request_id
from partner_adapters.kit.values import strict_json

# Shorter than our servers' 75 s, so that no request meets a connection that the server is closing.
KEEP_ALIVE_S = 30
MAX_CONNECTIONS = 100
CONNECT_S = 2.0
DEADLINE_S = 5.0
ATTEMPTS = 3
FIRST_WAIT_S = 0.05
MAX_ANSWER_BYTES = 4 * 1024 * 1024
FORM = "application/x-www-form-urlencoded"


class CallFailed(Exception):
    """The call got no usable answer. `upstream` is the host that was called."""

    def __init__(self, upstream: str, reason: str) -> None:
        super().__init__(f"{upstream}: {reason}")
        self.upstream = upstream
        self.reason = reason


class NotSent(CallFailed):
    """The request was not sent, so nothing happened at the other side."""


class NotBegun(NotSent):
    """The other side answered that it begins no commands now, so nothing happened there."""


class OutcomeUnknown(CallFailed):
    """The other side may have acted on the request, so it is neither success nor failure."""


class Unanswered(CallFailed):
    """A question got no usable answer. Nothing was changed by asking it."""


@dataclass(frozen=True)
class Call:
    """One request, with every header and byte as it is sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None

    @cached_property
    def host(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2]


@dataclass(frozen=True)
class Answer:
    """A whole answer. `headers` ignore upper and lower case. `host` is the host that answered."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    host: str

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        return strict_json.parse(self.content.decode())


class Wire(Protocol):
    """Sends one call to its party. Raises `NotSent` or `OutcomeUnknown`."""

    async def carry(self, call: Call) -> Answer: ...

    async def aclose(self) -> None: ...


class HttpClient:
    """The HTTP client of every program. Close it with `aclose`.

    `transport` is an httpx transport that replaces the network, in tests.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._wire: Wire = Network() if transport is None else Through(transport)
        self._carry = self._traced if spans.is_on() else self._wire.carry

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def send(
        self,
        method: str,
        url: str,
        *,
        repeatable: bool,
        headers: Mapping[str, str] | None = None,
        deadline_s: float = DEADLINE_S,
        **body: Any,
    ) -> Answer:
        """Send and read the whole answer within `deadline_s`, all attempts included.

        `url` is already quoted. `body` is `params` for the query, and one of `json`, `data` (a form) or `content`
        (bytes or text). At most `ATTEMPTS` attempts are made. Raises `NotSent` or `OutcomeUnknown`.
        """
        call = _call(method, url, headers or {}, **body)
        try:
            async with asyncio.timeout(deadline_s):
                try:
                    return await self._carry(call)
                except CallFailed as failure:
                    if not repeatable and not isinstance(failure, NotSent):
                        raise
                    await asyncio.sleep(FIRST_WAIT_S)
                    return await self._again(call, failure, repeatable, deadline_s)
        except TimeoutError:
            raise OutcomeUnknown(call.host, "deadline passed") from None

    async def _again(self, call: Call, first: CallFailed, repeatable: bool, deadline_s: float) -> Answer:
        retry_on: type[Exception] = CallFailed if repeatable else NotSent
        maybe_acted = isinstance(first, OutcomeUnknown)
        try:
            async for attempt in stamina.retry_context(
                on=retry_on,
                attempts=ATTEMPTS - 1,
                timeout=deadline_s,
                wait_initial=FIRST_WAIT_S,
                wait_max=0.5,
            ):
                with attempt:
                    try:
                        return await self._carry(call)
                    except OutcomeUnknown:
                        maybe_acted = True
                        raise
        except NotSent as error:
            # An earlier attempt may have arrived, even if a later one was not sent.
            if maybe_acted:
                raise OutcomeUnknown(call.host, "no connection after an unanswered attempt") from error
            raise
        raise AssertionError("unreachable")

    async def _traced(self, call: Call) -> Answer:
        known = {"http.request.method": call.method, "server.address": call.host}
        with spans.span(f"{call.method} {call.host}", SpanKind.CLIENT, known):
            answer = await self._wire.carry(
                replace(call, headers={**call.headers, spans.HEADER: spans.traceparent()})
            )
            spans.answered(answer.status_code, fault_from=400)
            return answer


class Network:
    """One connection pool for the process. It ignores cookies and follows no redirects."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def carry(self, call: Call) -> Answer:
        # Made at the first call, because it belongs to the event loop that runs then.
        session = self._session = self._session or _session()
        try:
            async with session.request(
                call.method,
                URL(call.url, encoded=True),
                headers=call.headers,
                data=call.content,
                allow_redirects=False,
            ) as response:
                content = await _read_whole(response.content.iter_any(), call.host)
                return Answer(response.status, response.headers, content, call.host)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(call.host, "no connection") from error
        except (aiohttp.ClientError, OSError) as error:
            raise OutcomeUnknown(call.host, type(error).__name__) from error

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


class Through:
    """An httpx transport in place of the network, for applications in this process and scripted answers."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def carry(self, call: Call) -> Answer:
        request = httpx.Request(call.method, call.url, headers=call.headers, content=call.content)
        try:
            response = await self._transport.handle_async_request(request)
            try:
                content = await _read_whole(response.aiter_bytes(), call.host)
            finally:
                await response.aclose()
        except httpx.ConnectError as error:
            raise NotSent(call.host, "no connection") from error
        except httpx.HTTPError as error:
            raise OutcomeUnknown(call.host, type(error).__name__) from error
        return Answer(response.status_code, response.headers, content, call.host)

    async def aclose(self) -> None:
        await self._transport.aclose()


def _call(
    method: str,
    url: str,
    headers: Mapping[str, str],
    *,
    params: Mapping[str, Any] | None = None,
    json: Any = None,
    data: Mapping[str, Any] | None = None,
    content: bytes | str | None = None,
) -> Call:
    typed: dict[str, str] = {}
    if json is not None:
        typed, content = {"Content-Type": "application/json"}, json_text.dumps(json, ensure_ascii=False)
    elif data is not None:
        typed, content = {"Content-Type": FORM}, urlencode(data, doseq=True)
    if current := current_request_id():
        typed[HEADER] = current
    if params:
        url = f"{url}?{urlencode(params, doseq=True)}"
    body = content.encode() if isinstance(content, str) else content
    return Call(method, url, {**typed, **headers}, body)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=KEEP_ALIVE_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
        skip_auto_headers=("User-Agent", "Content-Type"),
    )


async def _read_whole(chunks: AsyncIterable[bytes], host: str) -> bytes:
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise OutcomeUnknown(host, "answer too large")
    return bytes(content)
