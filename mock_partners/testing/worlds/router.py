"""One party's worlds on one port. The first path segment names the world: `/{world}/…`.

Beside each instance are endpoints for testers, for this machine only: `/{world}/_clock` and `/{world}/_faults`. Other
paths that begin with `_` are the party's own, and are guarded alike.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_partners.testing.worlds import testers_only
from mock_partners.testing.worlds.clock import WorldClock
from mock_partners.testing.worlds.faults import Fault, Faults, FaultyApp
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import Command, Wire
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.errors import respond
from partner_adapters.kit.web.json_answers import answer, read


@dataclass(frozen=True)
class Instance:
    """One party in one world. `store` and `http` are its own and are closed with it."""

    app: Starlette
    clock: WorldClock
    store: Store
    http: HttpClient
    faults: Faults = field(default_factory=Faults)


class Advance(Command):
    """`{"advance": "P1D"}`: how far business time moves, as an ISO 8601 duration."""

    advance: timedelta


class Time(Wire):
    wall: datetime
    business: datetime


class WorldRouter:
    """An ASGI application over `instances` by world. It runs their lifespans."""

    def __init__(self, instances: Mapping[str, Instance]) -> None:
        self._instances = instances
        self._lifespan = Router(lifespan=lambda _app: self.running())
        self._worlds: dict[str, tuple[ASGIApp, ASGIApp]] = {
            world: (FaultyApp(one.app, one.faults), testers_endpoints(one))
            for world, one in instances.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        world, _, rest = str(scope["path"]).removeprefix("/").partition("/")
        if world not in self._worlds:
            await respond(Problem(404, "world.unknown", "the first path segment names a world"))(
                scope, receive, send
            )
            return
        party, testers = self._worlds[world]
        if rest.startswith("_") and (refused := testers_only.refusal(scope)):
            await respond(refused)(scope, receive, send)
            return
        app = testers if rest.split("/")[0] in ("_clock", "_faults") else party
        await app({**scope, "root_path": f"/{world}"}, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run every instance's lifespan, and close their stores and connections at the end."""
        async with AsyncExitStack() as stack:
            for one in self._instances.values():
                stack.callback(one.store.close)
                stack.push_async_callback(one.http.aclose)
                await stack.enter_async_context(one.app.router.lifespan_context(one.app))
            yield


def testers_endpoints(instance: Instance) -> ASGIApp:
    """`GET|POST /_clock`, `GET|POST|DELETE /_faults` of one instance."""

    def time() -> Response:
        return answer(Time(wall=instance.clock.wall(), business=instance.clock.now()))

    async def clock(request: Request) -> Response:
        if request.method == "POST":
            step = await read(request, Advance)
            try:
                instance.clock.advance(step.advance)
            except ValueError as error:
                raise Problem(422, "clock.step", str(error)) from error
        return time()

    async def faults(request: Request) -> Response:
        if request.method == "POST":
            instance.faults.add(await read(request, Fault))
        elif request.method == "DELETE":
            instance.faults.clear()
        return JSONResponse([fault.model_dump() for fault in instance.faults.listed()])

    routes = [
        Route("/_clock", clock, methods=["GET", "POST"]),
        Route("/_faults", faults, methods=["GET", "POST", "DELETE"]),
    ]
    return service("testers", routes)
