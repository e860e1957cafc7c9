"""Faults that testers inject: an answer lost after the work was done, a slow party, an unavailable party.

The same list of faults works at a party (ASGI middleware) and at a caller (client transport).
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Literal

import httpx
from pydantic import Field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import Command
from partner_adapters.kit.web.errors import respond

# ASGI extension of our server: a function that ends the connection, `reset` or not.
CLOSE_CONNECTION = "sunbridge.close_connection"
_LINGER_NOT = struct.pack("ii", 1, 0)


class Fault(Command):
    """A fault for the next `times` requests whose method and path match. `*` and `?` are wildcards."""

    kind: Literal["drop_response", "reset_after", "latency", "late_answer", "down"]
    """`drop_response`: the work is done, then the connection ends without an answer (FIN; `reset_after`: RST).
    `latency` waits before the work, unless the caller disconnects. `late_answer` waits between work and
    answer.
    """
    method: str = Field(default="*", max_length=8)
    path: str = Field(default="*", max_length=200)
    times: int | None = Field(default=1, ge=1)
    """None: until the faults are cleared."""
    seconds: float = Field(default=0.0, ge=0, le=60)
    """How long a request, or its answer, waits."""


class Faults:
    """The faults of one party or caller. The first one that matches is used first."""

    def __init__(self) -> None:
        self._left: list[tuple[Fault, int | None]] = []

    def add(self, fault: Fault) -> None:
        self._left.append((fault, fault.times))

    def clear(self) -> None:
        self._left.clear()

    def listed(self) -> list[Fault]:
        """Return the faults that are still pending."""
        return [fault.model_copy(update={"times": times}) for fault, times in self._left]

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault for this request and count it."""
        for index, (fault, times) in enumerate(self._left):
            if fnmatchcase(method, fault.method) and fnmatchcase(path, fault.path):
                if times == 1:
                    del self._left[index]
                elif times is not None:
                    self._left[index] = (fault, times - 1)
                return fault
        return None


class FaultyApp:
    """An application with faults in front. Paths are those within the application."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self.app = app
        self.faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope["path"]).removeprefix(scope.get("root_path", ""))
        fault = self.faults.take(scope["method"], path) if scope["type"] == "http" else None
        if fault is None:
            await self.app(scope, receive, send)
            return
        if fault.kind == "late_answer":
            await self.app(scope, receive, _after(fault.seconds, send))
            return
        await asyncio.sleep(fault.seconds)
        if fault.kind == "down":
            await respond(Problem(503, "party.down", "a tester took this party down"))(scope, receive, send)
        elif fault.kind == "latency":
            await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, _nowhere)
            await _hang_up(scope, receive, reset=fault.kind == "reset_after")


class FaultyTransport(httpx.AsyncBaseTransport):
    """A caller's transport with faults in front, for tests without a server."""

    def __init__(self, inner: httpx.AsyncBaseTransport, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        fault = self._faults.take(request.method, request.url.path)
        if fault is None:
            return await self._inner.handle_async_request(request)
        if fault.kind == "late_answer":
            response = await self._inner.handle_async_request(request)
            await asyncio.sleep(fault.seconds)
            return response
        await asyncio.sleep(fault.seconds)
        if fault.kind == "down":
            raise httpx.ConnectError("down", request=request)
        response = await self._inner.handle_async_request(request)
        if fault.kind == "latency":
            return response
        await response.aclose()
        raise httpx.ReadError("the answer was lost", request=request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def close_connection(transport: asyncio.Transport) -> Callable[[bool], None]:
    """Return the server's function behind `CLOSE_CONNECTION`."""

    def close(reset: bool) -> None:
        if reset:
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            transport.abort()
        else:
            transport.close()

    return close


def _after(seconds: float, send: Send) -> Send:
    async def late(message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(seconds)
        await send(message)

    return late


async def _nowhere(_message: Message) -> None:
    """Discard an answer that is lost."""


async def _hang_up(scope: Scope, receive: Receive, *, reset: bool) -> None:
    scope["extensions"][CLOSE_CONNECTION](reset)
    while (await receive())["type"] != "http.disconnect":
        pass
