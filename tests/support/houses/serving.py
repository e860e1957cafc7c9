"""One application served for a client under test: inside the process, or over a real socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette

from mock_partners.testing.worlds.server import HOST, Server, listen
from partner_adapters.kit.web.calls.http_client import HttpClient

WAYS = ["in_process", "socket"]


@asynccontextmanager
async def serving(app: Starlette, way: str) -> AsyncIterator[tuple[HttpClient, str]]:
    """A client and the base URL under which it reaches `app`; the application's lifespan runs meanwhile."""
    if way == "in_process":
        http = HttpClient(httpx.ASGITransport(app))
        async with app.router.lifespan_context(app):
            yield http, "http://party.test"
        await http.aclose()
        return
    http, listener = HttpClient(), listen(0)
    served = Server(app, listener)
    running = asyncio.create_task(served.work())
    await until(lambda: served.started)
    try:
        yield http, f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        await http.aclose()
        served.should_exit = True
        await running
        listener.close()


async def until(check: Callable[[], bool | Awaitable[bool]], within_s: float = 5.0) -> None:
    """Wait until `check()` holds: for what another task or process does, where nothing can be awaited."""
    async with asyncio.timeout(within_s):
        while True:
            found = check()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)
