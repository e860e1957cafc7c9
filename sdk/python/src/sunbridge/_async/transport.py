"""Carrying a call: access token, retries, deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, Self, overload

import httpx

from sunbridge import _calls
from sunbridge._calls import Call, ModelT
from sunbridge._keys import Credentials
from sunbridge.errors import ConnectionFailed, TimedOut


class AsyncTransport:
    """One partner's way to the API. It is shared by all resources of a client."""

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        http_client: httpx.AsyncClient | None,
        timeout: float,
        max_retries: int,
        version: str,
    ) -> None:
        self._base_url = base_url
        self._credentials = credentials
        self._owns_client = http_client is None
        self._http = http_client or httpx.AsyncClient()
        self._timeout = timeout
        self._max_retries = max_retries
        self._version = version
        self._token = ""
        self._good_until = 0.0
        self._lock = asyncio.Lock()

    async def aclose(self) -> None:
        """Close the connections, unless the caller gave the HTTP client."""
        if self._owns_client:
            await self._http.aclose()

    @overload
    async def send(self, call: Call[ModelT]) -> ModelT: ...
    @overload
    async def send(self, call: Call[Any]) -> Any: ...
    async def send(self, call: Call[Any]) -> Any:
        """Return what a success says. Raises `SunbridgeError`."""
        # One idempotency key for all attempts of the call.
        headers, content = call.headers(self._version), call.content()
        token = await self._access_token()
        response = await self._attempt(call, {**headers, "Authorization": f"Bearer {token}"}, content)
        if response.status_code == 401 and token == self._token:
            # It was revoked, or h5app was given another signing key: once with a new one.
            self._good_until = 0.0
            token = await self._access_token()
            response = await self._attempt(call, {**headers, "Authorization": f"Bearer {token}"}, content)
        return _calls.read(response, call.model)

    async def _attempt(
        self, call: Call[Any], headers: dict[str, str], content: bytes | None
    ) -> httpx.Response:
        url = _calls.join(self._base_url, call.path)
        # A call that waits for events is answered only after its wait.
        timeout = self._timeout + float(call.query.get("wait") or 0)
        attempt = 0
        while True:
            failure: httpx.TransportError | None = None
            response: httpx.Response | None = None
            try:
                response = await self._http.request(
                    call.method, url, params=call.params(), headers=headers, content=content, timeout=timeout
                )
            except httpx.TransportError as error:
                failure = error
            pause = _calls.wait_before(attempt, response, self._max_retries)
            if pause is None and response is not None:
                return response
            if pause is None:
                assert failure is not None
                kind = TimedOut if isinstance(failure, httpx.TimeoutException) else ConnectionFailed
                raise kind(f"{call.method} {url}: {failure or type(failure).__name__}") from failure
            attempt += 1
            await asyncio.sleep(pause)

    async def _access_token(self) -> str:
        if time.monotonic() >= self._good_until:
            async with self._lock:
                if time.monotonic() >= self._good_until:
                    await self._fetch_token()
        return self._token

    async def _fetch_token(self) -> None:
        token_url = _calls.join(self._base_url, "/token")
        form, headers = self._credentials.form(token_url), self._credentials.headers()
        try:
            response = await self._http.post(token_url, data=form, headers=headers, timeout=self._timeout)
        except httpx.TransportError as error:
            kind = TimedOut if isinstance(error, httpx.TimeoutException) else ConnectionFailed
            raise kind(f"POST {token_url}: {error or type(error).__name__}") from error
        if not response.is_success:
            raise _calls.read_error(response)
        said = response.json()
        self._token = said["access_token"]
        self._good_until = time.monotonic() + max(0.0, said["expires_in"] - _calls.TOKEN_SPARE_S)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class AsyncPage(AsyncIterator[ModelT]):
    """A list that comes in pages. Iterate over it to get the items of all pages, with the filters of the first.

    `items`: those of the first page, after `await first()`.
    """

    def __init__(self, transport: AsyncTransport, call: Call[Any], item: type[ModelT]) -> None:
        self._transport = transport
        self._call = call
        self._item = item
        self._left: list[ModelT] = []
        self._next: str | None = None
        self._begun = False
        self._ended = False

    @property
    def cursor(self) -> str | None:
        """What to pass as `after` to go on behind the last page that was read."""
        return self._next

    async def page(self) -> list[ModelT]:
        """Return the items of the next page; an empty list after the last one."""
        if self._ended:
            return []
        query = {**self._call.query, **({"after": self._next} if self._begun else {})}
        said = await self._transport.send(Call(self._call.method, self._call.path, _calls.List, query))
        # The feed of events always names where to go on. The same place again says that nothing is there yet.
        self._ended = said.next is None or (not said.items and said.next == query.get("after"))
        self._begun, self._next = True, said.next
        return [self._item.from_dict(item) for item in said.items]

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ModelT:
        while not self._left:
            self._left = await self.page()
            if not self._left and self._ended:
                raise StopAsyncIteration
        return self._left.pop(0)
