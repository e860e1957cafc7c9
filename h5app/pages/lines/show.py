"""`/lines/{id}`: the credit line, what is left of it, and the loans under it. Each state of a line has its own page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.overview import own_line
from h5app.page import render
from h5app.states import may_see, rules_of


@signed_in
async def show(request: Request) -> Response:
    line, overview = await own_line(request)
    loans = [loan for loan in overview.loans if loan.line_id == line.line_id]
    overdue = [loan for loan in loans if rules_of(loan).overdue]
    return render(
        request,
        rules_of(line).template,
        line=line,
        loans=loans,
        overdue=overdue,
        may_draw=may_see("draw", line, overview.account) and not overdue,
        account=overview.account,
        stopped=overview.account_stopped,
    )
