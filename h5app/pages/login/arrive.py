"""`/arrive`: the customer agrees to be handed over by the host, sees who would log in, and logs in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app import handovers
from h5app.errors import body_lost
from h5app.login import arrivals, ended, finish, frames, launch, outcomes, refusals
from h5app.login.arrivals import Arrival, Waiting
from h5app.login.failed import LoginFailed, failed_page
from h5app.login.outcomes import Outcome
from h5app.page import link, render, see_other
from h5app.visit import look_as, visit_of
from partner_adapters.core_bank.consents import ConsentGiven
from partner_adapters.identity.errors import IdentityError
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.security.csrf import is_emptied
from partner_adapters.kit.pages.security.signing import Forged
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.rate_limits import LimitReached

# What the signature over the text that a page showed is for.
SHOWN = "handover"


async def show(request: Request) -> Response:
    """`launch`: the secret of a launch URL, used once. The redirect clears it from the address.

    In a frame it is used only once the browser has given our cookie back: it must still open in the whole window.
    """
    try:
        if launch.QUERY in request.query_params:
            return frames.check_cookie(request) or await launch.open_url(request)
        waiting = await arrivals.find_waiting(request)
    except LoginFailed as failure:
        return arrivals.resume_or_fail(request, failure)
    if not waiting.agreed:
        return await _ask(request, waiting)
    arrival = arrivals.open_sealed(request, waiting)
    if waiting.is_of_session or arrival.began_here:
        # The customer of this session comes again, or the host was asked by this browser: nothing is to be confirmed.
        return await _enter(request)
    if told := ended.tell_why(request, arrival.identity.subject):
        return told
    look_as(request, waiting.target.lang, waiting.target.text_size)
    return render(request, "login/arrive.html", arrival=arrival)


async def submit(request: Request) -> Response:
    """`answer`: `agree` or `refuse` to be handed over, then `enter` as the customer whom the page names."""
    if is_emptied(request, await request.body()):
        return body_lost(request, link(request, "arrive"))
    form = await Form.posted(request)
    if form.values["answer"] not in ("agree", "refuse"):
        return await _enter(request)
    try:
        waiting = await arrivals.find_waiting(request)
    except LoginFailed as failure:
        return arrivals.resume_or_fail(request, failure)
    if form.values["answer"] == "agree":
        return await _agree(request, waiting, form.values["text"])
    look_as(request, waiting.target.lang, waiting.target.text_size)
    await arrivals.erase(request, waiting.row.arrival_hash)
    return render(request, "login/handover_refused.html")


async def _ask(request: Request, waiting: Waiting) -> Response:
    look_as(request, waiting.target.lang, waiting.target.text_size)
    visit = visit_of(request)
    (text,) = await visit.core.consents.texts([handovers.CONSENT])
    shown = visit.signing.sign(SHOWN, text.pinned())
    return render(request, "login/handover.html", text=text, shown=shown)


async def _agree(request: Request, waiting: Waiting, shown: str) -> Response:
    """Record the consent to the text that the page showed, which `shown` names."""
    visit = visit_of(request)
    # Large type or another language, chosen on that page, stands in its address alone until the login.
    again = see_other(request, "arrive", visit.look_query)
    try:
        given = ConsentGiven.model_validate(visit.signing.unsign(SHOWN, shown))
    except (Forged, ValueError):
        return again
    await arrivals.agree(request, waiting, given)
    return again


async def _enter(request: Request) -> Response:
    try:
        waiting = await arrivals.find_waiting(request)
        if not waiting.agreed:
            return see_other(request, "arrive", visit_of(request).look_query)
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
        return await finish.log_in(request, arrival.identity, arrival.target, arrival.given)
    except LimitReached:
        raise  # its page says until when
    except (IdentityError, Problem, CallFailed) as error:
        return Outcome(return_to, failed=refusals.record(request, error, "arrive"))


def _respond(request: Request, outcome: Outcome) -> Response:
    if outcome.failed is None:
        return outcomes.redirect(request, outcome)
    return failed_page(request, outcome.failed, outcome.return_to, fresh=False)
