"""`/authorise/{source}`: what the customer authorises at the source's own page, and the tap that leads there.

`next` names the page that needed it. The customer comes back there.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.confirming import intents
from h5app.confirming.consents import read_consents
from h5app.guard import signed_in
from h5app.page import link, render, see_other
from h5app.visit import visit_of
from partner_adapters.core_bank.authorisations import Authorisation, StartAuthorisation
from partner_adapters.kit.pages.addresses import own_address, safe_return
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.settings import origin_of

# Why the customer is back without an authorisation, as the return page says it in the address.
REASONS = ("declined", "expired", "other_person", "failed", "unanswered")


@signed_in
async def show(request: Request) -> Response:
    authorisation, wanted = (
        await _authorisation(request),
        _return_to(request, request.query_params.get("next", "")),
    )
    if authorisation.state != "given":
        consents = await read_consents(visit_of(request))
        if not consents.has_given(authorisation.purpose):
            here = own_address(request)
            return see_other(request, "give_consent", {"next": here}, purpose=authorisation.purpose)
    return _page(request, authorisation, wanted)


@signed_in
async def submit(request: Request) -> Response:
    authorisation, form = await _authorisation(request), await Form.posted(request)
    visit, wanted = visit_of(request), _return_to(request, form.values["next"])
    try:
        intent = intents.open_(visit, _purpose(authorisation), form.values[intents.FIELD])
        command = StartAuthorisation(source=authorisation.source, return_to=wanted)
        started = await visit.core.authorisations.start(
            visit.live_session.customer_id, command, intent.part(form.values["at"])
        )
    except Problem as problem:
        if problem.code == "consent.missing":  # withdrawn since the page was shown: it is asked for again
            return see_other(request, "authorise", {"next": wanted}, source=authorisation.source)
        if problem.code == "intent.stale":
            return _page(request, authorisation, wanted, 409)
        raise
    if origin_of(started.url) != authorisation.origin:
        raise ValueError("the bank names another origin than before")
    return RedirectResponse(started.url, 303)


async def _authorisation(request: Request) -> Authorisation:
    """Return how the customer's authorisation at the source in the address stands."""
    visit = visit_of(request)
    known = await visit.core.authorisations.all(visit.live_session.customer_id)
    found = {each.source: each for each in known}.get(request.path_params["source"])
    if found is None:
        raise Problem(404, "not_found")
    # The tap is answered by a redirect there, which `form-action` would else refuse.
    request.state.page_policy = replace(request.state.page_policy, form_action=(found.origin,))
    return found


def _page(request: Request, authorisation: Authorisation, wanted: str, status: int = 200) -> Response:
    visit, why = visit_of(request), request.query_params.get("why", "")
    return render(
        request,
        "authorise/leave.html",
        status,
        authorisation=authorisation,
        wanted=wanted,
        why=why if why in REASONS else "",
        # Each tap on a page that was shown anew begins anew; a second tap on one page does not.
        at=str(int(visit.now.timestamp())),
        intent=intents.issue(visit, _purpose(authorisation), {"source": authorisation.source}),
    )


def _purpose(authorisation: Authorisation) -> str:
    return f"authorise:{authorisation.source}"


def _return_to(request: Request, wanted: str) -> str:
    return safe_return(visit_of(request).partner.id, wanted) or link(request, "home")
