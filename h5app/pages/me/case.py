"""`/me/cases/{case}`: one case of the customer, with number, deadline, what was written and what the bank replied."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.page import render
from h5app.visit import visit_of
from partner_adapters.kit.values.problems import Problem


@signed_in
async def show(request: Request) -> Response:
    visit, case_id = visit_of(request), request.path_params["case"]
    cases = await visit.core.cases.all(visit.live_session.customer_id)
    case = next((each for each in cases if each.case_id == case_id), None)
    if case is None:
        raise Problem(404, "case.unknown")
    return render(request, "me/case.html", case=case)
