"""`/lines/{id}`: the credit line, what is left of it, and the loans under it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.ownership import overview_with
from h5app.page import render
from h5app.visit import visit_of


@signed_in
async def show(request: Request) -> Response:
    visit, ref = visit_of(request), request.path_params["line"]
    overview = await overview_with(visit, "line", ref)
    line = await visit.core.lines.get(ref)
    loans = [loan for loan in overview.loans if loan.line_id == ref]
    return render(
        request,
        "lines/show.html",
        line=line,
        loans=loans,
        account=overview.account,
        stopped=overview.account_stopped,
    )
