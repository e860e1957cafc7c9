"""The contract's document, which is fetched from e-sign at each request."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.credit.contract_documents import DocumentDiffers, fetch_document
from mock_partners.bank.core.credit.records import read_own_contract
from mock_partners.bank.core.credit.states import CONTRACT_STATES, ContractEvent
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.services import core_of
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log


async def contract_document(request: Request) -> Response:
    """Answer the PDF if its bytes are those that the contract names.

    Problems 409 `contract.not_ready`, 502 `contract.document_differs`, 503 `esign.unavailable`.
    """
    core, ctx, contract_id = core_of(request), authorise(request), request.path_params["contract_id"]
    contract = await core.store.read(lambda conn: read_own_contract(conn, ctx, contract_id))
    not_ready = Problem(409, "contract.not_ready", params={"state": contract.state.value})
    if contract.document is None:
        raise not_ready
    try:
        content = await fetch_document(core, ctx, contract.document)
    except CallFailed as error:
        raise Problem(503, "esign.unavailable", error.reason) from error
    except DocumentDiffers as error:
        # While signing, e-sign may have signed already and its answer may still be on its way to us.
        if CONTRACT_STATES.allows(contract.state, ContractEvent.SIGN):
            raise not_ready from error
        log.error("contract.document_differs", contract=contract_id)
        raise Problem(502, "contract.document_differs") from error
    return Response(content, media_type="application/pdf")
