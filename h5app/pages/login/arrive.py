"""`/arrive`: the page names the customer whom the host handed over, and its button logs them in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.login import arrivals, finish, launch, outcomes
from h5app.login.arrivals import Arrival
from h5app.login.failed import LoginFailed, failed_page
from h5app.login.outcomes import Outcome
from h5app.page import render
from h5app.visit import look_as, visit_of
from partner_adapters.identity.errors import IdentityError
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed


async def show(request: Request) -> Response:
    """`launch`: the secret of a launch URL, used once. The redirect clears it from the address."""
    try:
        if launch.QUERY in request.query_params:
            return await launch.open_url(request)
        arrival = await arrivals.find_waiting(request)
    except LoginFailed as failure:
        return arrivals.resume_or_fail(request, failure)
    session = visit_of(request).session
    if session is not None and session.person.subject == arrival.identity.subject:
        # The customer of this session comes again: there is nothing to confirm.
        return await submit(request)
    look_as(request, arrival.target.lang, arrival.target.text_size)
    return render(request, "login/arrive.html", arrival=arrival)


async def submit(request: Request) -> Response:
    try:
        arrival = await arrivals.take(request)
    except LoginFailed as failure:
        if outcome := await arrivals.collect_again(request):
            return _respond(request, outcome)
        return arrivals.resume_or_fail(request, failure)
    look_as(request, arrival.target.lang, arrival.target.text_size)
    outcome = await _log_in(request, arrival)
    await arrivals.record_outcome(request, arrival, outcome)
    return _respond(request, outcome)


async def _log_in(request: Request, arrival: Arrival) -> Outcome:
    return_to = arrival.target.return_to
    try:
        return await finish.log_in(request, arrival.identity, arrival.target)
    except (IdentityError, Problem) as error:
        return Outcome(return_to, failed=error.code)
    except CallFailed:
        return Outcome(return_to, failed="bank.no_answer")


def _respond(request: Request, outcome: Outcome) -> Response:
    if outcome.failed is None:
        return outcomes.redirect(request, outcome)
    return failed_page(request, outcome.failed, outcome.return_to, fresh=False)
