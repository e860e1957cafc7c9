"""`/loans/{id}/certificate/document`: the sealed PDF of 结清证明, to read in the browser."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in_reader
from h5app.overview import own_loan
from h5app.page import pdf_answer
from h5app.visit import visit_of


@signed_in_reader
async def show(request: Request) -> Response:
    loan, _ = await own_loan(request)
    document = await visit_of(request).core.certificates.document(loan.loan_id)
    return pdf_answer(request, document, "settled")
