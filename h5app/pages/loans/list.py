"""`/loans`: every loan of this person."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.page import render
from h5app.visit import visit_of


@signed_in
async def show(request: Request) -> Response:
    visit = visit_of(request)
    overview = await visit.core.customers.overview(visit.person.customer_id)
    line = overview.lines[0] if overview.lines else None
    return render(request, "loans/list.html", loans=overview.loans, line=line)
