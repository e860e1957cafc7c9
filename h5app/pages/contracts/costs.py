"""`/contracts/{id}/costs`: 综合融资成本明示表, read for a minimum time that the server measures, confirmed, signed.

The time runs from when the signed intent was issued; a page sent too early keeps its intent, so nothing starts anew.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents, step_up
from h5app.confirming.submit import place
from h5app.guard import signed_in
from h5app.page import blank_form, render, see_other
from h5app.pages.contracts.show import own_contract
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.contracts import Contract, ContractState, Sign
from partner_adapters.core_bank.orders import Order
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem

PURPOSE = "contract_signing"
CHANGED = frozenset({"contract.offer_changed", "contract.not_ready"})


@signed_in
async def show(request: Request) -> Response:
    contract = await own_contract(request)
    if contract.state is not ContractState.READY:
        return see_other(request, "contract", contract=contract.contract_id)
    return _page(request, contract, blank_form(visit_of(request)))


@signed_in
async def submit(request: Request) -> Response:
    visit, contract = visit_of(request), await own_contract(request)
    form = await Form.posted(request)
    intent = _opened(visit, contract, form)
    if contract.state is not ContractState.READY or intent is None:
        return see_other(request, "contract", contract=contract.contract_id)
    read_seconds = _seconds_read(visit, intent)
    form.ticked("read", "contract.not_confirmed")
    if read_seconds < contract.min_reading_seconds:
        form.fail("read", "contract.not_read", left=contract.min_reading_seconds - read_seconds)
    if not form.ok:
        return _page(request, contract, form)
    evidence = await step_up.obtain_evidence(request, "contract_signing", form, intent, contract.limit_fen)
    if isinstance(evidence, Response):
        return evidence
    command = Sign(**intent.content, read_seconds=read_seconds, evidence=evidence)

    async def send() -> Order:
        return await visit.core.contracts.sign(contract.contract_id, command, intent.key)

    try:
        return await place(request, intent, send, acting="contract_signing")
    except Problem as problem:
        if problem.code in step_up.CHECK_REFUSED:
            return await step_up.redirect_to_check(request, "contract_signing", form, contract.limit_fen)
        if problem.code in CHANGED:
            return see_other(request, "contract", contract=contract.contract_id)
        form.take(problem, {"contract.not_read": "read"})
        return _page(request, contract, form)


def _page(request: Request, contract: Contract, form: Form) -> Response:
    visit = visit_of(request)
    begun = _opened(visit, contract, form)
    token = form.values[intents.FIELD] if begun else intents.issue(visit, PURPOSE, _read_texts(contract))
    waited = _seconds_read(visit, begun) if begun else 0
    return render(
        request,
        "contracts/costs.html",
        200 if form.ok else 422,
        contract=contract,
        form=form,
        intent=token,
        wait_seconds=max(contract.min_reading_seconds - waited, 0),
        check=step_up.needed(request, "contract_signing", contract.limit_fen),
    )


def _read_texts(contract: Contract) -> dict[str, Any]:
    return {
        "document_sha256": contract.document_sha256,
        "cost_table_sha256": contract.cost_table.sha256,
    }


def _opened(visit: Visit, contract: Contract, form: Form) -> intents.Intent | None:
    """The intent in the form, if it was issued for these very texts: its age is how long they have been read."""
    try:
        intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    except Problem:
        return None
    return intent if intent.content == _read_texts(contract) else None


def _seconds_read(visit: Visit, intent: intents.Intent) -> int:
    return max(int((visit.now - intent.issued_at).total_seconds()), 0)
