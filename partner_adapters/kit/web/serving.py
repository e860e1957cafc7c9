"""How a process serves and how it stops: `/readyz` turns red first, and the process serves on for a while.

Then it accepts no new connections and finishes the running requests. By then a proxy that watches `/readyz` sends its
requests elsewhere, so no client sees a refused connection.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from typing import Any

import uvicorn
import uvloop
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from partner_adapters.kit.values.clock import monotonic
from partner_adapters.kit.web.bounded_http import BoundedConfig
from partner_adapters.kit.web.bounds import BOUNDS, Bounds

# Longer than our clients keep a connection, so that no request meets a closing one.
KEEP_ALIVE_S = 75
# Under which a request's scope has its server's `Ending`.
_ENDING = "sunbridge.ending"


class PortInUse(Exception):
    """Another process listens on the port, or this one is not allowed to."""

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(port)
        self.port = port
        self.reason = reason


def listen(port: int, host: str = "127.0.0.1") -> socket.socket:
    """Return a listening socket. Port 0 takes a free one. Raises `PortInUse`."""
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )
        # The protocol is named because asyncio turns off Nagle's delay (40 ms a request) only for named TCP.
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise PortInUse(port, error.strerror or str(error)) from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise PortInUse(port, error.strerror or str(error)) from error
    return listener


class Server(uvicorn.Server):
    """Serves one application on an open socket. `serve_until_stopped` handles the signals.

    It serves for `drain_s` after `stop`, and then gives running requests `grace_s`. Every program of ours serves
    through this class, so `bounds` hold for all. `trusted_proxies` are as in `SUNBRIDGE_TRUSTED_PROXIES`.
    """

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        *,
        drain_s: float = 0,
        grace_s: int = 5,
        bounds: Bounds = BOUNDS,
        trusted_proxies: str = "",
        **more: Any,
    ) -> None:
        self._readiness = _Readiness(app)
        self._listener = listener
        self._drain_s = drain_s
        self._ends_at: float | None = None
        plain = {
            "timeout_keep_alive": KEEP_ALIVE_S,
            "timeout_graceful_shutdown": grace_s,
            "server_header": False,
            "access_log": False,
            "log_config": None,
            "lifespan": "on",
        }
        super().__init__(BoundedConfig(self._readiness, bounds, trusted_proxies, **(plain | more)))

    def stop(self) -> None:
        """Begin to stop. A second call stops at once."""
        self.should_exit = self._readiness.stopping
        self._readiness.stopping = True
        self._ends_at = monotonic() + self._drain_s

    async def on_tick(self, counter: int) -> bool:
        if self._ends_at is not None and monotonic() >= self._ends_at:
            self.should_exit = True
        if self.should_exit:
            self._readiness.ending.begin()
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def work(self) -> None:
        """Serve until stopped. Raises RuntimeError when the application does not start."""
        try:
            await self.serve(sockets=[self._listener])
        except SystemExit as failed:
            raise RuntimeError("the application did not start: the log says why") from failed


def serve_until_stopped(
    servers: Sequence[Server], during: Sequence[AbstractAsyncContextManager[object]] = ()
) -> None:
    """Serve all servers until SIGINT or SIGTERM, then drain and stop them. A second signal ends the drain.

    `during` runs meanwhile, for an application whose lifespan is `off`. Its exceptions are raised here.
    """

    async def work() -> None:
        def stop() -> None:
            for server in servers:
                server.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        async with AsyncExitStack() as stack:
            for running in during:
                await stack.enter_async_context(running)
            await asyncio.gather(*(server.work() for server in servers))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())


class Ending:
    """Tells requests that wait that their server takes no more requests and ends."""

    def __init__(self) -> None:
        self._calls: set[Callable[[], None]] = set()

    def then(self, call: Callable[[], None]) -> None:
        """Call this when the server ends. The same call is kept once."""
        self._calls.add(call)

    def begin(self) -> None:
        """Call what was asked for, once."""
        while self._calls:
            self._calls.pop()()


def ending_of(scope: Scope) -> Ending:
    """Return by what a request learns that its server ends. Without a server of ours that never happens."""
    ending: Ending = scope.get(_ENDING) or Ending()
    return ending


class _Readiness:
    """Answers `/readyz` with 503 once the process is about to stop. Everything else passes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.stopping = False
        self.ending = Ending()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_ENDING] = self.ending
        if self.stopping and scope["type"] == "http" and scope["path"].endswith("/readyz"):
            answer = JSONResponse({"status": "unready", "failed": ["stopping"]}, 503)
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)
