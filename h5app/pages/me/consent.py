"""`/me/consents/{id}`: one consent with its text, what withdrawing it stops, and the tap that withdraws it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import consents
from h5app.guard import signed_in
from h5app.page import render, see_other
from h5app.visit import visit_of
from partner_adapters.core_bank.consents import ConsentInFull
from partner_adapters.kit.values.problems import Problem


@signed_in
async def show(request: Request) -> Response:
    return render(request, "me/consent.html", consent=await _consent(request))


@signed_in
async def submit(request: Request) -> Response:
    consent = await _consent(request)
    try:
        await consents.withdraw(request, consent)
    except Problem as problem:
        # The page of an agreement has no such button; it says when the agreement ends.
        if problem.code != "consent.ends_with_account":
            raise
        return see_other(request, "consent", consent=consent.consent_id)
    return see_other(request, "consents", {"done": consent.purpose})


async def _consent(request: Request) -> ConsentInFull:
    visit, consent_id = visit_of(request), request.path_params["consent"]
    return await visit.core.consents.get(visit.live_session.customer_id, consent_id)
