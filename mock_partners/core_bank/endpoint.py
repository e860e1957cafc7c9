"""One line of the route map: a method and path, what serves it, and the models that pass over it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Endpoint:
    """`command` and `answer` are wire models; the OpenAPI document is made from these lines.

    A POST that carries an intent says so; `query` names its parameters, `access` who may call.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    handler: Handler
    answer: type[BaseModel] | Literal["pdf", "json"]
    command: type[BaseModel] | None = None
    status: int = 200
    intent: bool = False
    query: tuple[str, ...] = ()
    access: Literal["api", "proof", "open"] = "api"

    def route(self) -> Route:
        """As Starlette has it; named `<room>.<handler>`."""
        room = self.handler.__module__.rpartition(".")[2]
        name = f"{room}.{getattr(self.handler, '__name__', '')}"
        return Route(self.path, self.handler, methods=[self.method], name=name)
