"""The contract's document, which is fetched from e-sign at each request."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.credit import contracts
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.services import core_of
from partner_adapters.core_bank.contracts import ContractState
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log


async def contract_document(request: Request) -> Response:
    """Answer the PDF if its bytes are those that the contract names.

    Problems 409 `contract.not_ready`; 502 `contract.document_differs`; 503 `esign.unavailable`.
    """
    core, ctx, contract_id = core_of(request), authorise(request), request.path_params["contract_id"]
    contract = await core.store.read(lambda conn: contracts.own_contract(conn, ctx, contract_id))
    not_ready = Problem(409, "contract.not_ready", params={"state": contract.state})
    if contract.document_sha256 is None:
        raise not_ready
    try:
        content = await contracts.fetch(core, ctx, contract.envelope_id, contract.document_sha256)
    except CallFailed as error:
        raise Problem(503, "esign.unavailable", error.reason) from error
    except contracts.DocumentDiffers as error:
        # While signing, e-sign may have signed already and its answer may still be on its way to us.
        if contract.state == ContractState.SIGNING:
            raise not_ready from error
        log.error("contract.document_differs", contract=contract_id)
        raise Problem(502, "contract.document_differs") from error
    return Response(content, media_type="application/pdf")
