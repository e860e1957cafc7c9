"""`/me/consents`: what the customer agreed to, and the first of two taps to withdraw it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.page import render
from h5app.visit import visit_of


@signed_in
async def show(request: Request) -> Response:
    visit = visit_of(request)
    stored = await visit.core.consents.all(visit.live_session.customer_id)
    return render(
        request,
        "me/consents.html",
        given=[consent for consent in stored if consent.withdrawn_at is None],
        withdrawn=[consent for consent in stored if consent.withdrawn_at is not None],
        done="done" in request.query_params,
    )
