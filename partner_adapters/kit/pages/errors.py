"""What an error means to the person at a page: its HTTP status, its code, and which page of the application says so."""

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
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed, OutcomeUnknown
from partner_adapters.kit.web.watching import watched

log = structlog.get_logger()
# `no_answer`: another system did not answer and nothing has changed. `unknown`: it may have done what was asked.
Kind = Literal["refused", "not_found", "changed", "too_large", "no_answer", "unknown", "fault"]
_KINDS: dict[int, Kind] = {
    403: "refused",
    404: "not_found",
    405: "not_found",
    409: "changed",
    413: "too_large",
}


@dataclass(frozen=True)
class Failure:
    """An error as a page tells it."""

    status: int
    code: str
    kind: Kind


def classify(request: Request, error: Exception, *, begun: bool = True) -> Failure:
    """Return what the error means. `begun`: whether the request came so far that it may have changed something."""
    harmless = not begun or request.method in ("GET", "HEAD")
    if isinstance(error, HTTPException):
        return Failure(error.status_code, f"http.{error.status_code}", _kind_of(error.status_code))
    if isinstance(error, CallFailed):
        # A command that was never sent changed nothing, nor did a question. The outcome of a sent one is not known.
        unsent = request.method in ("GET", "HEAD") or not isinstance(error, OutcomeUnknown)
        return Failure(503, "call.no_answer", "no_answer" if unsent else "unknown")
    if isinstance(error, DatabaseAway):
        return Failure(503, "database.away", "no_answer" if harmless else "unknown")
    if isinstance(error, Problem):
        status = error.status if error.status < 500 else 502
        return Failure(status, error.code, _kind_of(status))
    if isinstance(error, ClientDisconnect):
        # A browser that left before its form had arrived is not a fault of ours, and nothing was done.
        return Failure(400, "request.left", "refused")
    return Failure(500, "internal", "fault")


def _kind_of(status: int) -> Kind:
    return _KINDS.get(status, "no_answer" if status >= 500 else "refused")


def record(failure: Failure, error: Exception) -> None:
    """Log the failure: with the error where it is ours, without it where the request was refused."""
    if failure.status >= 500:
        log.error("request.failed", error=type(error).__name__, code=failure.code, exc_info=error)
        spans.failed(error)
    else:
        log.info("request.refused", code=failure.code, status=failure.status)


class ErrorPageMiddleware:
    """Shows a page for what the routes' own handlers do not see: errors of middlewares and everything unexpected."""

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
            if answer.status is not None:
                raise
            response = self.page_for(Request(scope), error)
            await response(scope, receive, send)
