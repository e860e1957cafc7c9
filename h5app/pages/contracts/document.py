"""`/contracts/{id}/document`: the PDF that the bank has verified. `?save=1` downloads it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.overview import own_contract
from h5app.visit import visit_of


@signed_in
async def show(request: Request) -> Response:
    contract = await own_contract(request)
    document = await visit_of(request).core.contracts.document(contract.contract_id)
    how = "attachment" if "save" in request.query_params else "inline"
    name = "".join(sign for sign in contract.number if sign.isascii() and (sign.isalnum() or sign in "-_"))
    headers = {"Content-Disposition": f'{how}; filename="{name or "contract"}.pdf"'}
    return Response(document, media_type="application/pdf", headers=headers)
