"""Every error as an honest page: what happened to the money, what to do next, and the reference number."""

from __future__ import annotations

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from h5app.confirming import drafts, submit
from h5app.page import render
from h5app.visit import Visit
from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.observed import spans
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.pages.addresses import own_address
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed, NotSent
from partner_adapters.kit.web.watching import watched

log = structlog.get_logger()
PAGES = {403: "refused", 404: "not_found", 405: "not_found", 409: "changed", 413: "too_large"}


async def page_for(request: Request, error: Exception) -> Response:
    """The page for what a route raised; a form that was being sent is kept for its person.

    A form that could not go out has done nothing; one sent before it may have.
    """
    visit: Visit | None = getattr(request.state, "visit", None)
    if request.method == "POST" and _never_left(error) and visit is not None and visit.session is not None:
        try:
            if earlier := await submit.before(request):
                return earlier
        except DatabaseAway as away:
            error = away
    status, code, template = _classify(request, error)
    again = own_address(request) if request.method == "GET" and status >= 500 else None
    kept = request.method == "POST" and status != 404 and not _database_is_away(error)
    if kept and visit is not None and visit.session is not None:
        # Its intent is left out, so that the form comes back with a new one.
        again = await drafts.keep_form(request, visit.session, "error")
    return _page(request, error, (status, code, template), again)


def _page(
    request: Request, error: Exception, kind: tuple[int, str, str], again: str | None = None
) -> Response:
    status, code, template = kind
    if status >= 500:
        log.error("request.failed", error=type(error).__name__, code=code, exc_info=error)
        spans.failed(error)
    else:
        log.info("request.refused", code=code, status=status)
    reference = current_request_id()
    return render(request, f"errors/{template}.html", status, code=code, again=again, reference=reference)


def _classify(request: Request, error: Exception) -> tuple[int, str, str]:
    if isinstance(error, HTTPException):
        return error.status_code, f"http.{error.status_code}", PAGES.get(error.status_code, "refused")
    if isinstance(error, CallFailed):
        # A read, or a command that never left: nothing has changed. Else nobody knows yet.
        harmless = request.method in ("GET", "HEAD") or isinstance(error, NotSent)
        return 503, "bank.no_answer", "bank_silent" if harmless else "unknown"
    if isinstance(error, DatabaseAway):
        # Before there is a visit nothing can have been done.
        harmless = request.method in ("GET", "HEAD") or not hasattr(request.state, "visit")
        return 503, "database.away", "bank_silent" if harmless else "unknown"
    if isinstance(error, Problem):
        status = error.status if error.status < 500 else 502
        return status, error.code, PAGES.get(status, "bank_silent" if status >= 500 else "refused")
    if isinstance(error, ClientDisconnect):
        # Whoever left before their form had come whole is no fault of ours, and nothing was done.
        return 400, "request.left", "refused"
    return 500, "internal", "fault"


def _never_left(error: Exception) -> bool:
    return isinstance(error, NotSent) or (isinstance(error, Problem) and error.status >= 500)


def _database_is_away(error: Exception) -> bool:
    return isinstance(error, DatabaseAway) or isinstance(error.__cause__, DatabaseAway)


class ErrorPageMiddleware:
    """Catches what the routes' own handlers do not see: faults in the middlewares and everything unexpected."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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
            request = Request(scope)
            response = _page(request, error, _classify(request, error))
            await response(scope, receive, send)


HANDLERS = {HTTPException: page_for, Problem: page_for, CallFailed: page_for, DatabaseAway: page_for}
