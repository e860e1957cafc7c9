"""What needs a call to another party at each request: a contract's document and text, and an authorisation's result."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.credit import authorisations
from mock_partners.bank.core.credit.contract_documents import DocumentDiffers, fetch_document
from mock_partners.bank.core.credit.records import ContractRecord, read_own_contract
from mock_partners.bank.core.credit.states import CONTRACT_STATES, ContractEvent
from mock_partners.bank.core.customers import CustomerRecord, read_customer
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.services import core_of
from partner_adapters.core_bank.authorisations import FinishAuthorisation
from partner_adapters.core_bank.contracts import ContractBlock, ContractText
from partner_adapters.esign.wire import TextBlock
from partner_adapters.kit.values.masking import mask_id_number, mask_phone, mask_text
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.json_answers import answer, read
from partner_adapters.kit.web.logs import log


async def contract_text(request: Request) -> Response:
    """Answer the contract's document as text, with the borrower's numbers masked.

    Problems 404 `contract.text_unknown`, 409 `contract.not_ready`, 503 `esign.unavailable`.
    """
    core, ctx, contract_id = core_of(request), authorise(request), request.path_params["contract_id"]

    def find(conn: Connection) -> tuple[ContractRecord, CustomerRecord]:
        contract = read_own_contract(conn, ctx, contract_id)
        return contract, read_customer(conn, ctx.bank_id, contract.customer_id)

    contract, borrower = await core.store.read(find)
    if contract.document is None:
        raise Problem(409, "contract.not_ready", params={"state": contract.state.value})
    try:
        text = await core.esign.text(ctx.bank_id, contract.document.envelope_id)
    except CallFailed as error:
        raise Problem(503, "esign.unavailable", error.reason) from error
    except Problem as problem:
        raise Problem(404, "contract.text_unknown") from problem
    return answer(ContractText(blocks=[_masked(block, borrower) for block in text.blocks]))


def _masked(block: TextBlock, borrower: CustomerRecord) -> ContractBlock:
    """Return the block for the page. Who borrows is known by a masked number, and a screen is seen by others."""
    shown = {
        borrower.id_number: mask_id_number(borrower.id_number),
        borrower.phone: mask_phone(borrower.phone),
    }
    texts = block.texts
    for number, masked in shown.items():
        texts = [text.replace(number, masked) for text in texts]
    return ContractBlock(kind=block.kind, texts=[mask_text(text) for text in texts])


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
        content = await fetch_document(
            core, ctx, contract.document.envelope_id, contract.document.served_sha256
        )
    except CallFailed as error:
        raise Problem(503, "esign.unavailable", error.reason) from error
    except DocumentDiffers as error:
        # While signing, e-sign may have signed already and its answer may still be on its way to us.
        if CONTRACT_STATES.allows(contract.state, ContractEvent.SIGN):
            raise not_ready from error
        log.error("contract.document_differs", contract=contract_id)
        raise Problem(502, "contract.document_differs") from error
    return Response(content, media_type="application/pdf")


async def finish_authorisation(request: Request) -> Response:
    """Answer what a source says about the code that the customer brought back. Problems as the wire names them."""
    core, ctx, command = core_of(request), authorise(request), await read(request, FinishAuthorisation)
    customer_id = request.path_params["customer_id"]
    return answer(await authorisations.finish(core, ctx, customer_id, command))
