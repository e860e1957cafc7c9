"""`/callback`: the partner's response to a login or a face check. Each thing wrong with it has its own honest page."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.errors import body_lost
from h5app.guard import is_posted_answer
from h5app.login import attempts, finish, outcomes, refusals
from h5app.login.failed import LoginFailed, failed_page, link_to_start
from h5app.login.outcomes import Outcome
from h5app.login.records import LoginAttempt
from h5app.page import link, render
from h5app.services import services_of
from h5app.visit import look_as, visit_of
from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.kit.pages.security.csrf import is_emptied
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.content_types import read_form
from partner_adapters.kit.web.rate_limits import LimitReached

STEP = "callback"
TOO_LATE = (Code.CODE_REPLAYED, Code.STALE, Code.EXPIRED)


async def show(request: Request) -> Response:
    """The host redirected the customer back to us."""
    names = services_of(request).partners[visit_of(request).partner.id].identity.behind_hash
    if names:
        return await _page_behind_hash(request, names)
    return await _handle(request, request.query_params)


async def submit(request: Request) -> Response:
    """Our own page posts what the host's bridge returned, or what stands behind `#` in the address."""
    # A browser that began no login has no answer to lose: its empty form is an unknown login, as below.
    if is_emptied(request, await request.body()) and (latest := await attempts.find_latest(request)):
        return_to, fresh = latest
        return body_lost(request, link_to_start(request, return_to, fresh=fresh))
    form = await read_form(request)
    if is_posted_answer(request):
        # Browsers send our cookies with no form of another site. They do send them with the GET that follows it.
        answer = urlencode([(name, str(value)) for name, value in form.multi_items()])
        return RedirectResponse(f"{link(request, 'callback')}?{answer}", 303)
    return await _handle(request, QueryParams([(name, str(value)) for name, value in form.multi_items()]))


async def _page_behind_hash(request: Request, names: Sequence[str]) -> Response:
    """Return the page whose script posts what stands behind `#`, together with such names from the query."""
    in_query = [(name, value) for name, value in request.query_params.multi_items() if name in names]
    return_to, fresh = await attempts.find_latest(request) or (link(request, "home"), False)
    again = link_to_start(request, return_to, fresh=fresh)
    return render(request, "login/behind_hash.html", names=names, in_query=in_query, again=again)


async def _handle(request: Request, response: QueryParams) -> Response:
    try:
        attempt = await attempts.take(request, response)
    except LoginFailed as failure:
        # Before a session may be resumed: it can be an earlier person's, until the login under way has ended it.
        again = failure.attempt if failure.code == "login.answered" else None
        if again and (outcome := await attempts.collect_again(request, response, again)):
            return _respond(request, again, outcome)
        return _resume(request, failure) or _attempt_failed(request, failure)
    outcome = await _finish(request, response, attempt)
    await attempts.record_outcome(request, attempt, outcome)
    return _respond(request, attempt, outcome)


async def _finish(request: Request, response: QueryParams, attempt: LoginAttempt) -> Outcome:
    return_to = attempt.target.return_to
    try:
        return await finish.finish(request, response, attempt)
    except IdentityError as error:
        # A login code that was used up already, or that an old tab brings too late: this browser has the session.
        # A face check that the host does not know has failed, whatever session there is.
        if error.code in TOO_LATE and not attempt.fresh and visit_of(request).session:
            return Outcome(return_to)
        return Outcome(return_to, failed=refusals.record(request, error, STEP))
    except LimitReached:
        raise  # its page says until when
    except (LoginFailed, Problem, CallFailed) as error:
        return Outcome(return_to, failed=refusals.record(request, error, STEP))


def _respond(request: Request, attempt: LoginAttempt, outcome: Outcome) -> Response:
    if outcome.failed is None:
        return outcomes.redirect(request, outcome)
    look_as(request, attempt.target.lang, attempt.target.text_size)
    return failed_page(request, outcome.failed, outcome.return_to, fresh=attempt.fresh)


def _resume(request: Request, failure: LoginFailed) -> Response | None:
    """Return the redirect to where the attempt wanted to go, in a browser that has a session.

    For a reload, the back button or a link opened twice, and for an old tab whose login comes too late.
    """
    attempt = failure.attempt
    if attempt is None or visit_of(request).session is None:
        return None
    # A face check that comes too late has not been made, whatever session there is.
    goes_on = failure.code == "login.answered" or (failure.code == "login.stale" and not attempt.fresh)
    return RedirectResponse(attempt.target.return_to, 303) if goes_on else None


def _attempt_failed(request: Request, failure: LoginFailed) -> Response:
    attempt, code = failure.attempt, refusals.record(request, failure, STEP)
    if attempt is None:
        # A form without a `state` of this browser was made by another site.
        status = 403 if request.method == "POST" else None
        return failed_page(request, code, link(request, "home"), fresh=False, status=status)
    look_as(request, attempt.target.lang, attempt.target.text_size)
    fresh = attempt.fresh and visit_of(request).session is not None
    return failed_page(request, code, attempt.target.return_to, fresh=fresh)
