"""`/loans/{id}`: what is left, what is due next, the plan, and what was repaid."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.ownership import overview_with
from h5app.page import render
from h5app.visit import visit_of


@signed_in
async def show(request: Request) -> Response:
    visit, ref = visit_of(request), request.path_params["loan"]
    overview = await overview_with(visit, "loan", ref)
    loan = await visit.core.loans.get(ref)
    return render(request, "loans/show.html", loan=loan, stopped=overview.account_stopped)
