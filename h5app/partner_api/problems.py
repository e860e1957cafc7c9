"""Problem details of the partner API: code, field, request id and the page that explains the code."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

import structlog
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from h5app.partner_api.codes import CODES
from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.observed import spans
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.observed.request_notes import note_code
from partner_adapters.kit.values.problems import FieldError, Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.errors import ProblemResponse

log = structlog.get_logger()
# The codes of other packages → ours.
_OURS = {"intent.reused": "idempotency.reused"}
_OF_PYDANTIC = {"missing": "field.missing", "extra_forbidden": "field.unknown"}
# What is told of a field whose pattern explains nothing to people.
_FORMS = {"external_reference": "1 to 64 letters, digits and the characters . _ : -"}
RETRY_SOON = {"Retry-After": "5"}
OAuthError = Literal[
    "invalid_client", "invalid_request", "invalid_scope", "unsupported_grant_type", "invalid_grant"
]


class ApiProblem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: str
    """A URI of the code."""
    title: str
    status: int
    code: str
    """Stable. A client decides by it."""
    detail: str
    """For people. Its words may change."""
    field: str | None = None
    """The dotted path of the field that is wrong, if it is one."""
    request_id: str
    """Finds the request in `GET /requests/{request_id}` and in our logs."""
    docs: str
    """The page that explains the code."""
    error: OAuthError | None = None
    """What RFC 6749 calls it, at the token endpoint."""


def refusal(
    code: str, detail: str = "", field: str | None = None, headers: Mapping[str, str] | None = None
) -> Problem:
    """Return the problem to raise. `code`: one of `CODES`."""
    errors = [FieldError(field=field, code=code)] if field else []
    return Problem(CODES[code].status, code, detail, errors=errors, headers=headers)


def problem_of(error: Exception) -> Problem:
    """Return what the caller is told of an exception."""
    match error:
        case Problem():
            code = _OURS.get(error.code, error.code)
            if code not in CODES:
                log.error("partner_api.bank_refused", upstream_code=error.code)
                return refusal("bank.refused", "ask us, and name the request id")
            return error if code == error.code else refusal(code, error.detail)
        case ValidationError():
            return from_validation(error)
        case HTTPException(status_code=404):
            return refusal("path.unknown", "see docs/openapi/partner-v1.json for every path")
        case HTTPException(status_code=405):
            return refusal("method.not_allowed", "the header Allow names them", headers=error.headers)
        case HTTPException() | ClientDisconnect():
            return refusal("request.left", "send it again")
        case CallFailed():
            return refusal("bank.unavailable", "ask again", headers=RETRY_SOON)
        case DatabaseAway():
            log.error("request.failed", error=type(error).__name__, reason=str(error))
            spans.failed(error)
            return refusal("database.away", "send it again with the same key", headers=RETRY_SOON)
    log.error("request.failed", error=type(error).__name__, exc_info=error)
    return refusal("internal", "ask us, and name the request id")


def from_validation(error: ValidationError) -> Problem:
    """Return the problem about the first field that pydantic refused.

    An unknown field comes first: it is often the misspelt name of one that is then missing.
    """
    found = error.errors(include_input=False, include_url=False, include_context=False)
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] in ("json_names", "json_invalid"):
        return refusal("request.malformed", "the body must be one JSON object without a name twice")
    code = _OF_PYDANTIC.get(first["type"], "field.invalid")
    is_form = first["type"] == "string_pattern_mismatch"
    detail = _FORMS.get(field, first["msg"]) if is_form else first["msg"]
    return refusal(code, detail, field or "body")


def respond(problem: Problem, docs_url: str, *, as_oauth: bool = False) -> Response:
    """Return the answer for one problem. `as_oauth`: also with the name that RFC 6749 gives to it."""
    note_code(problem.code)
    known = CODES[problem.code]
    body = ApiProblem(
        type=f"urn:sunbridge:problem:{problem.code}",
        title=known.title,
        status=known.status,
        code=problem.code,
        detail=problem.detail or known.title,
        field=problem.errors[0].field if problem.errors else None,
        request_id=current_request_id(),
        docs=f"{docs_url}#{anchor_of(problem.code)}",
        error=known.reason if as_oauth else None,
    )
    headers = {**problem.headers, "Cache-Control": "no-store"}
    return ProblemResponse(body.model_dump(exclude_none=True), known.status, headers)


def anchor_of(code: str) -> str:
    """Return the name of the section about a code."""
    return code.replace(".", "-").replace("_", "-")


def handlers(docs_url: str) -> dict[Any, Callable[[Request, Exception], Awaitable[Response]]]:
    """Return the handlers for what is raised outside an endpoint, such as an unknown path."""

    async def handle(_request: Request, error: Exception) -> Response:
        return respond(problem_of(error), docs_url)

    return dict.fromkeys((Problem, HTTPException, ClientDisconnect, DatabaseAway, Exception), handle)
