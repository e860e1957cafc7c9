"""One row of the partner API: a method and path, what serves it, and the wire models that pass over it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from h5app.partner_api import idempotency
from h5app.partner_api.keys import Key, Scope
from h5app.partner_api.problems import refusal
from h5app.partner_api.services import PartnerApi
from h5app.services import Access
from partner_adapters.kit.durable.idempotency import Answer

PREFIX = "/partner/v1"
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Call:
    """One request whose caller is known, with its parts read."""

    request: Request
    api: PartnerApi
    endpoint: Endpoint
    key: Key
    ids: Mapping[str, str]
    query: BaseModel | None
    body: BaseModel | None
    once: idempotency.Once | None

    @property
    def partner(self) -> str:
        return self.key.partner

    @property
    def access(self) -> Access:
        """The partner, its bank's core and its identity host."""
        return self.api.h5app.partners[self.key.partner]

    def asked(self, model: type[M]) -> M:
        """Return the query."""
        assert isinstance(self.query, model)
        return self.query

    def sent(self, model: type[M]) -> M:
        """Return the body."""
        assert isinstance(self.body, model)
        return self.body

    async def write_once(self, effect: Callable[[Connection], BaseModel], queue: str = "") -> Answer:
        """Run the effect in one transaction with its stored answer, or return the answer that is stored.

        `effect` returns the answer's body. It may run more than once before it commits. `queue`: as of `Store.write`.
        """
        assert self.once is not None, f"{self.endpoint.name} is a row with once=True"
        return await idempotency.run(self.api, self.once, self.endpoint.status, effect, queue)


# Serves a request without an access token, problems included.
PlainHandler = Callable[[Request], Awaitable[Response]]
# An endpoint returns its answer's model, a whole response, an answer of `write_once`, or None for an empty 204.
Handler = Callable[[Call], Awaitable[BaseModel | Response | Answer | None]]


@dataclass(frozen=True)
class Endpoint:
    """Routes and the OpenAPI document are made from these rows. `path`: below `/partner/v1`."""

    method: Literal["GET", "POST", "DELETE"]
    path: str
    # The operation id, such as `launches_create`. SDKs name their methods by it.
    name: str
    summary: str
    # None: an empty body. `dict`: JSON without a model.
    answer: type[BaseModel] | type[dict[str, Any]] | None
    # Exactly one of both.
    handler: Handler | None = None
    plain: PlainHandler | None = None
    # None: any key of the partner may ask.
    scope: Scope | None = None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    status: int = 200
    # Whether the body is a form, as OAuth has it.
    form: bool = False
    # Whether the request carries an `Idempotency-Key`, with which it is done once.
    once: bool = False
    # Whether it exists in the sandbox only.
    sandbox: bool = False
    # The words that an id in the path may be, where they are few.
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # The code of an id that cannot be one.
    unknown: str = "path.unknown"

    @property
    def full_path(self) -> str:
        return PREFIX + self.path

    def __post_init__(self) -> None:
        assert not self.once or self.method == "POST", self.name
        assert (self.handler is None) != (self.plain is None), self.name


def unknown_id(endpoint: Endpoint) -> Exception:
    """Return the problem about an id that names nothing."""
    return refusal(endpoint.unknown)
