"""`/lines/{id}`: the credit line, what is left of it, and the loans under it. Each state of a line has its own page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming.repaying import repay_due
from h5app.guard import signed_in
from h5app.overview import may_begin_drawing, overdue_loans, own_line
from h5app.page import render
from h5app.states import rules_of


@signed_in
async def show(request: Request) -> Response:
    line, overview = await own_line(request)
    loans = [loan for loan in overview.loans if loan.line_id == line.line_id]
    return render(
        request,
        rules_of(line).template,
        line=line,
        business_date=overview.business_date,
        loans=loans,
        overdue=overdue_loans(overview),
        repay=lambda loan: repay_due(request, loan, overview),
        may_draw=may_begin_drawing(line, overview),
        account=overview.account,
        stopped=overview.account_stopped,
        repaying_stopped=overview.repaying_stopped,
        stop=overview.stop_of("drawdown", line.product_code),
    )
