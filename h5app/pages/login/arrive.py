"""`/arrive`: the page names the customer whom the host handed over, and its button logs them in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.login import arrivals, finish, launch
from h5app.login.failed import LoginFailed, failed_page
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
        return arrivals.resume_or_fail(request, failure)
    return_to = arrival.target.return_to
    look_as(request, arrival.target.lang, arrival.target.text_size)
    try:
        return await finish.log_in(request, arrival.identity, arrival.target)
    except (IdentityError, Problem) as error:
        return failed_page(request, error.code, return_to, fresh=False)
    except CallFailed:
        return failed_page(request, "bank.no_answer", return_to, fresh=False)
