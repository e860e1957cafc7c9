"""`/account`: 电子账户, its balance, its bound card and what can be done with it."""

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
    template = "account/show.html" if overview.account else "account/none.html"
    return render(request, template, account=overview.account)
