"""Every error as an honest page: what happened to the money, what to do next, and the reference number."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import drafts, stops, submit
from h5app.page import link, render, see_other
from h5app.services import services_of
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.switches import STOPPED
from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.pages import errors
from partner_adapters.kit.pages.addresses import own_address
from partner_adapters.kit.pages.errors import Failure
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.security import csrf_token
from partner_adapters.kit.pages.security.csrf import BODY_LOST
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed, NotSent, Unanswered
from partner_adapters.kit.web.rate_limits import until_of

log = structlog.get_logger()
# When to try again what the bank did not begin. It waits for a person.
RETRY_AFTER_S = 60


async def page_for(request: Request, error: Exception) -> Response:
    """Return the page for what a route raised. A form that was being sent is saved for its customer.

    A form that could not be sent has done nothing; an earlier one of the same intent may have.
    """
    visit: Visit | None = getattr(request.state, "visit", None)
    signed_in = visit is not None and visit.session is not None
    if request.method == "POST" and _was_not_sent(error) and signed_in:
        try:
            if earlier := await submit.redirect_to_unseen(request):
                return earlier
        except DatabaseAway as away:
            error = away
    if asked := await _ask_consent(request, error):
        return asked
    failure = _classify(request, error)
    if failure.kind == "too_many":
        return await _too_many(request, error, failure)
    may_end = failure.status >= 500 or failure.kind == "stopped"
    again = own_address(request) if request.method == "GET" and may_end else None
    saved = request.method == "POST" and failure.status != 404 and not _is_database_away(error)
    if saved and visit is not None and visit.session is not None:
        # Its intent is left out, so that the form comes back with a new one.
        again = await drafts.save_posted(request, visit.session, "error")
    return _page(request, error, failure, again)


async def _ask_consent(request: Request, error: Exception) -> Response | None:
    """Redirect a form whose action lacks a consent to that consent; None if anything else is wrong with it."""
    visit: Visit | None = getattr(request.state, "visit", None)
    if not isinstance(error, Problem) or error.code != "consent.missing" or "purpose" not in error.params:
        return None
    if request.method != "POST" or visit is None or visit.session is None:
        return None
    form_again = await drafts.save_posted(request, visit.session, "error")
    return see_other(request, "give_consent", {"next": form_again}, purpose=str(error.params["purpose"]))


async def _too_many(request: Request, error: Exception, failure: Failure) -> Response:
    """Return the page for what a limit refused. Its button sends what was typed once more, with the same intent.

    Nothing is saved on the server: a flood of forms must not fill the database.
    """
    visit = visit_of(request)
    errors.record(failure, error)
    problem = error if isinstance(error, Problem) else Problem(failure.status, failure.code)
    until = until_of(problem)
    typed = {} if request.method == "GET" else (await Form.posted(request)).values
    response = render(
        request,
        "errors/too_many.html",
        failure.status,
        limit=problem.params.get("limit", "unknown"),
        most=problem.params.get("most"),
        until=until,
        is_soon=until is not None and until - visit.now < timedelta(hours=1),
        typed={name: value for name, value in typed.items() if name != csrf_token.FIELD},
        again=own_address(request),
        reference=current_request_id(),
        trouble="page.too_many",
    )
    if until is not None:
        response.headers["Retry-After"] = str(max(1, ceil((until - visit.now).total_seconds())))
    return response


def unexpected(request: Request, error: Exception) -> Response:
    """Return the page for an error that no route could handle."""
    return _page(request, error, _classify(request, error), None)


def _classify(request: Request, error: Exception) -> Failure:
    if isinstance(error, Problem) and error.code == STOPPED:
        return Failure(error.status, error.code, "stopped")
    # Before there is a visit nothing can have been done.
    return errors.classify(request, error, begun=hasattr(request.state, "visit"))


def body_lost(request: Request, again: str) -> Response:
    """Return the page for a form that the host's web view emptied. `again` is where it can be filled in once more."""
    visit = visit_of(request)
    services = services_of(request)
    log.warning(BODY_LOST, route=request.url.path)
    reachable = services.partners[visit.partner.id].identity.has_login_page
    in_browser = f"{services.settings.base_url}{link(request, 'home')}" if reachable else None
    return render(
        request,
        "errors/body_lost.html",
        400,
        again=again,
        in_browser=in_browser,
        trouble="page.body_lost",
        reference=current_request_id(),
    )


def _page(request: Request, error: Exception, failure: Failure, again: str | None) -> Response:
    if failure.kind == "body_lost":
        return body_lost(request, request.url.path)
    errors.record(failure, error)
    template = f"errors/{failure.kind}.html"
    stop = stops.stop_named_by(error) if isinstance(error, Problem) and failure.kind == "stopped" else None
    reference = current_request_id()
    response = render(
        request,
        template,
        failure.status,
        code=failure.code,
        again=again,
        stop=stop,
        reference=reference,
        trouble=f"page.{failure.kind}",
    )
    if failure.kind == "not_begun":
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _was_not_sent(error: Exception) -> bool:
    return isinstance(error, NotSent | Unanswered) or (isinstance(error, Problem) and error.status >= 500)


def _is_database_away(error: Exception) -> bool:
    return isinstance(error, DatabaseAway) or isinstance(error.__cause__, DatabaseAway)


HANDLERS = {HTTPException: page_for, Problem: page_for, CallFailed: page_for, DatabaseAway: page_for}
