"""`/loans/{id}/certificate`: 结清证明 of a settled loan, as text. A POST has it issued."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents
from h5app.guard import signed_in
from h5app.overview import own_loan
from h5app.page import render, see_other
from h5app.states import may_see
from h5app.visit import visit_of
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.polling import Polling
from partner_adapters.kit.values.problems import Problem

PURPOSE = "settlement_certificate"


@signed_in
async def show(request: Request) -> Response:
    visit, (loan, _) = visit_of(request), await own_loan(request)
    if not may_see("certificate", loan):
        return see_other(request, "loan", loan=loan.loan_id)
    try:
        certificate = await visit.core.certificates.get(loan.loan_id)
    except Problem as problem:
        if problem.code != "certificate.not_issued":
            raise
        return see_other(request, "loan", loan=loan.loan_id)
    return render(
        request, "loans/certificate.html", loan=loan, certificate=certificate, polling=Polling.of(request)
    )


@signed_in
async def submit(request: Request) -> Response:
    visit, form, (loan, _) = visit_of(request), await Form.posted(request), await own_loan(request)
    if not may_see("certificate", loan):
        return see_other(request, "loan", loan=loan.loan_id)
    intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    await visit.core.certificates.issue(loan.loan_id, intent.key)
    return see_other(request, "certificate", loan=loan.loan_id)
