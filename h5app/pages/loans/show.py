"""`/loans/{id}`: what is left, what is due next, the plan, what was repaid. Each state of a loan has its own page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents
from h5app.confirming.repaying import repay_due
from h5app.guard import signed_in
from h5app.overview import own_loan
from h5app.page import render
from h5app.states import rules_of
from h5app.visit import visit_of


@signed_in
async def show(request: Request) -> Response:
    loan, overview = await own_loan(request)
    return render(
        request,
        rules_of(loan).template,
        loan=loan,
        stopped=overview.repaying_stopped,
        step=repay_due(request, loan, overview),
        # Of the button that only a settled loan's page has.
        certificate_intent=intents.issue(visit_of(request), "settlement_certificate", {"loan": loan.loan_id}),
    )
