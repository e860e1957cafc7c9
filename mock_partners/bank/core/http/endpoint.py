"""One row of the route map: a method and path, what serves it, and the wire models that pass over it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, Literal

from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from partner_adapters.identity.policy import Action
from partner_adapters.kit.web.rate_limits import Limit

Handler = Callable[[Request], Awaitable[Response]]
# What a request must present: a token of that scope, a client's own secret, a signed body, or nothing.
Access = Literal[
    "api",
    "proof",
    "cases",
    "switches",
    "dates",
    "accounts",
    "differences",
    "due_diligence",
    "products",
    "parameters",
    "reviews",
    "blacklist",
    "client",
    "signature",
    "open",
]
QueryParameters = Mapping[str, Mapping[str, Any]]
# Each takes the ids of the path in their order, then the command where the endpoint has one.
Read = Callable[Concatenate[Connection, Context, ...], BaseModel]
# A command that starts something also takes its intent, then the verified evidence where the endpoint needs it.
Start = Callable[Concatenate[Connection, Context, ...], Started]
Preparation = Callable[[CoreServices, Context, str], Awaitable[None]]


@dataclass(frozen=True)
class Endpoint:
    """The generic handler and the OpenAPI document are made from these rows.

    Exactly one of the fields `reads`, `changes`, `does` and `handler` says what serves the request.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    name: str
    summary: str
    # A wire model; `bytes` means a file of `media_type` and None an empty body.
    answer: type[BaseModel] | type[bytes] | None
    # A query on one snapshot; it writes nothing.
    reads: Read | None = None
    # A transaction whose return value is the answer. With a command, a repetition gets the stored answer.
    changes: Read | None = None
    # A command that is answered with what `shows` reads after its commit.
    does: Start | None = None
    # A function of its own, for requests that follow none of these patterns.
    handler: Handler | None = None
    command: type[BaseModel] | None = None
    # The action for which the command must bring fresh evidence. It is verified before the transaction begins.
    needs: Action | None = None
    # Takes the same ids as `does`, then the intent. By default it reads the order.
    shows: Read | None = None
    # Work with transactions of its own that must be done before `reads` or `does`. Takes the path's only id.
    prepares: Preparation | None = None
    # Whether a command is served while the bank's day is not open: it neither moves money nor creates an obligation.
    at_any_time: bool = False
    status: int = 200
    media_type: str = "application/pdf"
    # The JSON schema of each parameter by its name. One with `minItems` or `minLength` is required.
    query: QueryParameters = field(default_factory=dict)
    access: Access = "api"
    # Counted in this process, before the request is served.
    limits: tuple[Limit, ...] = ()
    # What is answered besides problems where a standard prescribes it.
    refusal: type[BaseModel] | None = None

    def __post_init__(self) -> None:
        served_by = [self.reads, self.changes, self.does, self.handler]
        assert sum(function is not None for function in served_by) == 1, (
            f"{self.name} is served by exactly one function"
        )
        assert self.needs is None or (self.does is not None and self.command is not None), self.name

    @property
    def has_intent(self) -> bool:
        """Whether the request carries an `Idempotency-Key`."""
        return self.does is not None or (self.changes is not None and self.command is not None)
