"""`/loans/{id}/certificate/document`: the sealed PDF of 结清证明, to download."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.overview import own_loan
from h5app.visit import visit_of
from partner_adapters.kit.pages.security.csp import pdf_policy


@signed_in
async def show(request: Request) -> Response:
    loan, _ = await own_loan(request)
    document = await visit_of(request).core.certificates.document(loan.loan_id)
    disposition = "attachment" if "save" in request.query_params else "inline"
    headers = {
        "Content-Disposition": f'{disposition}; filename="settled.pdf"',
        "Content-Security-Policy": pdf_policy(request.state.page_policy),
    }
    return Response(document, media_type="application/pdf", headers=headers)
