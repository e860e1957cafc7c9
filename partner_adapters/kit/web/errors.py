"""The one place where exceptions become problems (RFC 9457) on a JSON interface."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.observed import spans
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.observed.request_notes import note_code
from partner_adapters.kit.values.problems import PROBLEM_JSON, FieldError, Problem

log = structlog.get_logger()
RETRY_SOON = {"Retry-After": "5"}


class ProblemResponse(JSONResponse):
    media_type = PROBLEM_JSON


def respond(problem: Problem) -> Response:
    """Return the response for one problem."""
    note_code(problem.code)
    return ProblemResponse(problem.body(current_request_id()), problem.status, problem.headers)


def from_validation(error: ValidationError) -> Problem:
    """Return a problem that lists every field which pydantic refused."""
    errors = [
        FieldError(field=".".join(str(part) for part in item["loc"]), code=f"field.{item['type']}")
        for item in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return Problem(422, "request.invalid", "some fields are missing or malformed", errors=errors)


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return respond(error)


async def _validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ValidationError)
    return respond(from_validation(error))


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return respond(
        Problem(error.status_code, f"http.{error.status_code}", error.detail, headers=error.headers)
    )


async def _left(_request: Request, _error: Exception) -> Response:
    # The caller disconnected, or was cut off, before its body had arrived. Nothing was done, so it is not our fault.
    return respond(Problem(400, "request.left"))


async def _database_away(_request: Request, error: Exception) -> Response:
    log.error("request.failed", error=type(error).__name__, reason=str(error))
    spans.failed(error)
    return respond(Problem(503, "database.away", "ask for this intent, or send it again", headers=RETRY_SOON))


async def _unexpected(_request: Request, error: Exception) -> Response:
    log.error("request.failed", error=type(error).__name__, exc_info=error)
    return respond(Problem(500, "internal", "an unexpected fault; the reference number finds it in the logs"))


# For `Starlette(exception_handlers=…)` of every JSON application.
PROBLEM_HANDLERS: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    Problem: _problem,
    ValidationError: _validation,
    HTTPException: _http,
    ClientDisconnect: _left,
    DatabaseAway: _database_away,
    Exception: _unexpected,
}
