"""`/contracts/{id}`: the reader. Each state of a contract has its own page."""

from __future__ import annotations

from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.overview import own_contract_in_overview
from h5app.page import render
from h5app.states import rules_of
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.contracts import Contract, ContractText
from partner_adapters.kit.pages.polling import Polling
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed


@signed_in
async def show(request: Request) -> Response:
    contract, overview = await own_contract_in_overview(request)
    line = next((line for line in overview.lines if line.contract_id == contract.contract_id), None)
    return render(
        request,
        rules_of(contract).template,
        contract=contract,
        text=await _read_text(visit_of(request), contract),
        line=line,
        stop=overview.stop_of("contract_signing", contract.product_code),
        loans=[loan for loan in overview.loans if line is not None and loan.line_id == line.line_id],
        customer_name=visit_of(request).live_session.person.name_masked,
        polling=Polling.of(request),
    )


async def _read_text(visit: Visit, contract: Contract) -> ContractText | None:
    """Return the whole contract as text, where there is a document; None where the bank cannot give it now."""
    if contract.document_sha256 is None:
        return None
    # The PDF and the main points stay, so the page is worth showing.
    with suppress(Problem, CallFailed):
        return await visit.core.contracts.text(contract.contract_id)
    return None
