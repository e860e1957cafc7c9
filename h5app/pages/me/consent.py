"""`/me/consents/{id}`: what withdrawing one consent means, and the second tap that withdraws it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.page import render, see_other
from h5app.visit import visit_of
from partner_adapters.core_bank.consents import Consent
from partner_adapters.kit.values.problems import Problem


@signed_in
async def show(request: Request) -> Response:
    consent = await _consent(request)
    if consent.withdrawn_at is not None:
        return see_other(request, "consents")
    return render(request, "me/consent.html", consent=consent)


@signed_in
async def submit(request: Request) -> Response:
    visit, consent = visit_of(request), await _consent(request)
    await visit.core.consents.withdraw(visit.live_session.customer_id, consent.consent_id)
    return see_other(request, "consents", {"done": "1"})


async def _consent(request: Request) -> Consent:
    visit, ref = visit_of(request), request.path_params["consent"]
    for consent in await visit.core.consents.all(visit.live_session.customer_id):
        if consent.consent_id == ref:
            return consent
    raise Problem(404, "consent.unknown")
