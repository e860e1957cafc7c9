"""`/contracts/{id}`: the reader; each state of a contract has its own page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.ownership import overview_with
from h5app.page import render
from h5app.visit import visit_of
from partner_adapters.core_bank.contracts import Contract


async def own_contract(request: Request) -> Contract:
    """The contract that the address names. Raises `Problem` 404 unless it is this person's."""
    visit, ref = visit_of(request), request.path_params["contract"]
    await overview_with(visit, "contract", ref)
    return await visit.core.contracts.get(ref)


@signed_in
async def show(request: Request) -> Response:
    contract = await own_contract(request)
    name = visit_of(request).person.person.name_masked
    return render(request, f"contracts/{contract.state}.html", contract=contract, customer_name=name)
