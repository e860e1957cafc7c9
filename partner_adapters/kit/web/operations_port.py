"""Health, metrics and the API's description on a port of their own, which no proxy passes on."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection
from typing import TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.errors import respond
from partner_adapters.kit.web.health import PROBES

PATHS = (*PROBES, "/openapi.json")
S = TypeVar("S")


class OneSide:
    """An application with only `paths`, or (`others`) without them. What is left out is a 404."""

    def __init__(self, app: ASGIApp, paths: Collection[str], *, others: bool) -> None:
        self._app = app
        self._paths = frozenset(paths)
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (scope["path"] in self._paths) == self._others:
            await respond(Problem(404, "http.404", "not on this port"))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def servers_of(
    make: Callable[..., S],
    app: ASGIApp,
    listener: socket.socket,
    operations: socket.socket | None,
    prefix: str = "",
) -> list[S]:
    """Return one server of `app`; or, with a second socket, one for everyone and one for operators.

    `make(app, listener, **options)` makes a server. `prefix` stands before each of the operators' paths.
    """
    if operations is None:
        return [make(app, listener)]
    paths = [prefix + path for path in PATHS]
    return [
        make(OneSide(app, paths, others=True), listener),
        # The application starts and stops with the other server.
        make(OneSide(app, paths, others=False), operations, lifespan="off"),
    ]
