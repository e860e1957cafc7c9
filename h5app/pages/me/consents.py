"""`/me/consents`: what the customer agreed to, one row each, what was withdrawn, and what may be given."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app import status_question
from h5app.confirming.consents import read_consents
from h5app.guard import signed_in
from h5app.page import render
from h5app.visit import visit_of


@signed_in
async def show(request: Request) -> Response:
    consents = await read_consents(visit_of(request))
    purpose = request.query_params.get("done", "")
    just_withdrawn = next((each for each in consents.withdrawn if each.purpose == purpose), None)
    return render(
        request,
        "me/consents.html",
        consents=consents,
        just_withdrawn=just_withdrawn,
        may_give=await status_question.find_text(request, consents),
    )
