"""`/arrive`: the customer agrees to be handed over by the host, sees who would log in, and logs in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.errors import body_lost
from h5app.login import arrivals, finish, launch, outcomes
from h5app.login.arrivals import Arrival
from h5app.login.failed import LoginFailed, failed_page
from h5app.login.outcomes import Outcome
from h5app.page import link, render, see_other
from h5app.visit import look_as
from partner_adapters.identity.errors import IdentityError
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.security.csrf import is_emptied
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed


async def show(request: Request) -> Response:
    """`launch`: the secret of a launch URL, used once. The redirect clears it from the address."""
    try:
        if launch.QUERY in request.query_params:
            return await launch.open_url(request)
        waiting = await arrivals.find_waiting(request)
    except LoginFailed as failure:
        return arrivals.resume_or_fail(request, failure)
    if waiting.is_of_session:
        # The customer of this session comes again: there is nothing to agree to or to confirm.
        return await _enter(request)
    look_as(request, waiting.target.lang, waiting.target.text_size)
    if not waiting.agreed:
        return render(request, "login/handover.html")
    return render(request, "login/arrive.html", arrival=arrivals.open_sealed(request, waiting))


async def submit(request: Request) -> Response:
    """`answer`: `agree` or `refuse` to be handed over, then `enter` as the customer whom the page names."""
    if is_emptied(request, await request.body()):
        return body_lost(request, link(request, "arrive"))
    answer = (await Form.posted(request)).values["answer"]
    if answer not in ("agree", "refuse"):
        return await _enter(request)
    try:
        waiting = await arrivals.find_waiting(request)
    except LoginFailed as failure:
        return arrivals.resume_or_fail(request, failure)
    look_as(request, waiting.target.lang, waiting.target.text_size)
    if answer == "agree":
        await arrivals.agree(request, waiting)
        return see_other(request, "arrive")
    await arrivals.erase(request, waiting.row.arrival_hash)
    return render(request, "login/handover_refused.html")


async def _enter(request: Request) -> Response:
    try:
        waiting = await arrivals.find_waiting(request)
        if not (waiting.agreed or waiting.is_of_session):
            return see_other(request, "arrive")
        arrival = await arrivals.take(request, waiting)
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
