"""Classify errors for error pages: the HTTP status, the code, and the kind of page to show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.observed import spans
from partner_adapters.kit.observed.request_notes import note_code
from partner_adapters.kit.pages.security.csrf import BODY_LOST
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed, NotBegun, OutcomeUnknown
from partner_adapters.kit.web.watching import watched

log = structlog.get_logger()
# `no_answer`: another system did not answer and nothing has changed. `unknown`: it may have done what was asked.
# `stopped`: the application's own page says what its operators have stopped.
# `not_begun`: another system begins no commands now and nothing has changed.
Kind = Literal[
    "refused",
    "not_found",
    "changed",
    "stopped",
    "too_large",
    "too_many",
    "body_lost",
    "no_answer",
    "not_begun",
    "unknown",
    "fault",
]
_KINDS: dict[int, Kind] = {
    403: "refused",
    404: "not_found",
    405: "not_found",
    409: "changed",
    413: "too_large",
    429: "too_many",
}


@dataclass(frozen=True)
class Failure:
    """How to show an error: HTTP status, error code, and kind of error page."""

    status: int
    code: str
    kind: Kind


def classify(request: Request, error: Exception, *, begun: bool = True) -> Failure:
    """Return how to show an error. `begun`: whether the request was processed so far that it may have changed data."""
    harmless = not begun or request.method in ("GET", "HEAD")
    if isinstance(error, HTTPException):
        return Failure(error.status_code, f"http.{error.status_code}", _kind_of(error.status_code))
    if isinstance(error, NotBegun):
        return Failure(503, error.reason, "not_begun")
    if isinstance(error, CallFailed):
        # A GET or a command that was never sent changed nothing. The outcome of a sent command is not known.
        unsent = request.method in ("GET", "HEAD") or not isinstance(error, OutcomeUnknown)
        return Failure(503, "call.no_answer", "no_answer" if unsent else "unknown")
    if isinstance(error, DatabaseAway):
        return Failure(503, "database.away", "no_answer" if harmless else "unknown")
    if isinstance(error, Problem):
        if error.code == BODY_LOST:
            return Failure(error.status, error.code, "body_lost")
        status = error.status if error.status < 500 else 502
        return Failure(status, error.code, _kind_of(status))
    if isinstance(error, ClientDisconnect):
        # The browser disconnected before its whole form had arrived. Nothing was done, so this is not our fault.
        return Failure(400, "request.left", "refused")
    return Failure(500, "internal", "fault")


def _kind_of(status: int) -> Kind:
    return _KINDS.get(status, "no_answer" if status >= 500 else "refused")


def record(failure: Failure, error: Exception) -> None:
    """Note the failure for the line of the request, and log it.

    The exception is logged with it if the status is 500 or above, and not for a refused request.
    """
    note_code(failure.code)
    if failure.status >= 500:
        log.error("request.failed", error=type(error).__name__, code=failure.code, exc_info=error)
        spans.failed(error)
    else:
        log.info("request.refused", code=failure.code, status=failure.status)


class ErrorPageMiddleware:
    """Shows an error page for exceptions that no route's handler catches, such as those of other middleware."""

    def __init__(self, app: ASGIApp, *, page_for: Callable[[Request, Exception], Response]) -> None:
        self.app = app
        self.page_for = page_for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = watched(send)
        try:
            await self.app(scope, receive, answer)
        except Exception as error:
            # A response that has begun cannot become an error page.
            if answer.status is not None:
                raise
            response = self.page_for(Request(scope), error)
            await response(scope, receive, send)
