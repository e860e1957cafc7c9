"""One line of the route map: a method and path, what serves it, and the models that pass over it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Handler = Callable[[Request], Awaitable[Response]]
Access = Literal["api", "proof", "client", "signature", "open"]
"""A token of that scope, a client's own secret, the signature of the body, or nothing."""

Query = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Endpoint:
    """The OpenAPI document is made from these lines; a summary is the handler's docstring.

    `answer` and `command` are wire models (`bytes`: a PDF; None: no body). `intent`: the command carries
    `Idempotency-Key`. `query`: JSON schemas of the parameters by name; one with `"minItems"` is required.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    handler: Handler
    answer: type[BaseModel] | type[bytes] | None
    command: type[BaseModel] | None = None
    status: int = 200
    intent: bool = False
    query: Query = field(default_factory=dict)
    access: Access = "api"
    refusal: type[BaseModel] | None = None
    """What is answered besides problems where a standard says so."""

    @property
    def name(self) -> str:
        """`accounts.start_top_up`: the room and the handler."""
        package, _, module = self.handler.__module__.rpartition(".")
        room = package.rpartition(".")[2] if module == "routes" else module
        return f"{room}.{getattr(self.handler, '__name__', '')}"

    def route(self) -> Route:
        """As Starlette has it."""
        return Route(self.path, self.handler, methods=[self.method], name=self.name)
