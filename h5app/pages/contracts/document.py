"""`/contracts/{id}/document`: the PDF that the bank has verified, to read in the browser."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in_reader
from h5app.overview import own_contract
from h5app.page import pdf_answer
from h5app.visit import visit_of


@signed_in_reader
async def show(request: Request) -> Response:
    contract = await own_contract(request)
    document = await visit_of(request).core.contracts.document(contract.contract_id)
    # Only these characters mean the same in a header and in every file system.
    name = re.sub("[^A-Za-z0-9_-]", "", contract.number)
    return pdf_answer(request, document, name or "contract")
