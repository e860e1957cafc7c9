"""How a row of the partner API is served: version, key, limit, scope, query and body, answer, line in the log."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from email.message import Message
from functools import partial

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from h5app.partner_api import idempotency, versions
from h5app.partner_api.access import identify, require
from h5app.partner_api.endpoint import Call, Endpoint, unknown_id
from h5app.partner_api.keys import Key
from h5app.partner_api.limits import REQUESTS
from h5app.partner_api.problems import problem_of, refusal, respond
from h5app.partner_api.request_log import MAX_REASON, Line, field_of
from h5app.partner_api.services import PartnerApi, api_of
from h5app.partner_api.versions import Version
from partner_adapters.kit.durable.idempotency import Answer
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.values.clock import monotonic
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.strict_json import parse
from partner_adapters.kit.web import content_types
from partner_adapters.kit.web.rate_limits import headers_of

NO_STORE = {"Cache-Control": "no-store"}
ID = r"[A-Za-z0-9_.~:-]{1,64}"
_ID = re.compile(ID)


def routes_of(endpoints: Sequence[Endpoint]) -> list[Route]:
    """Return one route for each path, so that a 405 names every method of it."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for endpoint in endpoints:
        by_path.setdefault(endpoint.full_path, {})[endpoint.method] = endpoint
    return [
        Route(path, partial(_dispatch, methods), methods=list(methods)) for path, methods in by_path.items()
    ]


async def _dispatch(methods: Mapping[str, Endpoint], request: Request) -> Response:
    # No GET of this API changes anything, so a HEAD is served as one. The server leaves its body out.
    endpoint = methods["GET" if request.method == "HEAD" else request.method]
    if endpoint.plain is not None:
        return await endpoint.plain(request)
    return await _Serving(api_of(request), endpoint, request).run()


class _Serving:
    """One request: its key and what it is told are found on the way."""

    def __init__(self, api: PartnerApi, endpoint: Endpoint, request: Request) -> None:
        self.api = api
        self.endpoint = endpoint
        self.request = request
        self.key: Key | None = None
        self.headers: dict[str, str] = {}

    async def run(self) -> Response:
        started, problem, status = monotonic(), None, 500
        try:
            response = await self._answer()
            status = response.status_code
        # Also what is unexpected: outside this route an answer would have no request id.
        except Exception as error:
            problem = problem_of(error)
            response = respond(problem, self.api.settings.partner_api_docs_url)
            status = response.status_code
        finally:
            self._log(started, status, problem)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response

    async def _answer(self) -> Response:
        version = self._named_version()
        self.key, scopes = await identify(self.api, self.request)
        version = version or self._find_version(self.key.version)
        self.headers |= version.headers
        counters = self.api.counters
        try:
            response = await counters.serve([(REQUESTS, self.key.key_id)], partial(self._serve, scopes))
        finally:
            self.headers |= headers_of(REQUESTS, counters.standing(REQUESTS, self.key.key_id))
        return response

    async def _serve(self, scopes: frozenset[str]) -> Response:
        if self.endpoint.sandbox and self.api.settings.partner_api_mode != "sandbox":
            raise refusal("sandbox.only")
        require(scopes, self.endpoint.scope)
        call = await self._read()
        if call.once is not None and (stored := await idempotency.find_stored(self.api, call.once)):
            return answer_of(stored, self.endpoint.status)
        assert self.endpoint.handler is not None
        return answer_of(await self.endpoint.handler(call), self.endpoint.status)

    async def _read(self) -> Call:
        endpoint, request, key = self.endpoint, self.request, self.key
        assert key is not None
        ids = {name: str(value) for name, value in request.path_params.items()}
        if not all(_ID.fullmatch(value) for value in ids.values()):
            raise unknown_id(endpoint)
        query, body = read_query(endpoint, request), await read_body(endpoint, request)
        bank = self.api.h5app.partners[key.partner].partner.bank.licence
        once = idempotency.once_of(request, bank, key.partner, body) if endpoint.once else None
        return Call(request, self.api, endpoint, key, ids, query, body, once)

    def _named_version(self) -> Version | None:
        named = self.request.headers.get(versions.HEADER)
        return self._find_version(named) if named is not None else None

    def _find_version(self, name: str) -> Version:
        version = versions.find(name, self.api.clock.wall())
        if version is None:
            served = ", ".join(version.name for version in versions.VERSIONS)
            raise refusal("version.unknown", f"served are {served}", versions.HEADER)
        return version

    def _log(self, started: float, status: int, problem: Problem | None) -> None:
        log_line(self.api, self.request, self.endpoint, self.key, started, status, problem)


def log_line(
    api: PartnerApi,
    request: Request,
    endpoint: Endpoint,
    key: Key | None,
    started: float,
    status: int,
    problem: Problem | None,
) -> None:
    """Add the request to its partner's log. A request of an unknown key has none."""
    if key is None:
        return
    line = Line(
        partner=key.partner,
        request_id=current_request_id(),
        at=api.clock.wall(),
        method=request.method,
        path=endpoint.full_path,
        status=status,
        code=problem.code if problem else None,
        reason=problem.detail[:MAX_REASON] if problem else None,
        key_id=key.key_id,
        ms=round((monotonic() - started) * 1000),
        field=field_of(problem) if problem else None,
    )
    api.log.add(line)


def answer_of(result: BaseModel | Response | Answer | None, status: int) -> Response:
    """Return the response for what a handler returned."""
    match result:
        case None:
            return Response(status_code=204, headers=NO_STORE)
        case Response():
            return result
        case Answer():
            replayed = {"Idempotency-Replayed": "true"} if result.replayed else {}
            return JSONResponse(result.body, result.status, {**NO_STORE, **replayed})
    return JSONResponse(result.model_dump(mode="json"), status, NO_STORE)


def read_query(endpoint: Endpoint, request: Request) -> BaseModel | None:
    """Return the query, or None where the endpoint has none. An unknown or repeated name is refused."""
    given = request.query_params.multi_items()
    names = [name for name, _ in given]
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise refusal("field.repeated", "give each parameter once", repeated[:64])
    if endpoint.query is None:
        if names:
            raise refusal("field.unknown", "this path takes no parameters", names[0][:64])
        return None
    return endpoint.query.model_validate_strings(dict(given), strict=False)


async def read_body(endpoint: Endpoint, request: Request) -> BaseModel | None:
    """Return the body, or None where the endpoint has none."""
    raw = await request.body()
    if endpoint.body is None:
        # Some clients send an empty object with each POST.
        if raw.strip() not in (b"", b"{}"):
            raise refusal("field.unknown", "this path takes no body", "body")
        return None
    content_types.require(request, content_types.JSON)
    _require_utf8(request)
    try:
        parse(raw.decode())
    except ValueError as error:
        detail = "the body must be one JSON object, without a name twice and not too deep"
        raise refusal("request.malformed", detail) from error
    return endpoint.body.model_validate_json(raw)


def _require_utf8(request: Request) -> None:
    """Raise `Problem` 415 `request.content_type` if the body claims another charset."""
    claimed = Message()
    claimed["Content-Type"] = request.headers.get("content-type", "")
    if claimed.get_content_charset("utf-8") not in ("utf-8", "utf8"):
        raise refusal("request.content_type", "JSON is UTF-8: leave charset out")
