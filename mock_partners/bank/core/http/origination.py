"""`…/pre-credit`, `…/applications`, `/contracts/{id}…`, `/lines/{id}`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core import commands
from mock_partners.bank.core.credit import applications, contracts, pre_credit, signing
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.services import core_of
from mock_partners.bank.core.lines import lines
from mock_partners.bank.core.verification.evidence import verify_evidence
from partner_adapters.core_bank.applications import Apply, AskReview
from partner_adapters.core_bank.contracts import ContractState, Sign
from partner_adapters.core_bank.pre_credit import CheckPreCredit
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.json_answers import answer, intent_key, read
from partner_adapters.kit.web.logs import log


async def check_pre_credit(request: Request) -> Response:
    """Ask the bank's list what may be offered."""
    core, ctx, intent = core_of(request), authorise(request), intent_key(request)
    command, customer_id = await read(request, CheckPreCredit), request.path_params["customer_id"]
    return await commands.run_order(
        core, request, ctx, command, lambda conn: pre_credit.start(conn, ctx, customer_id, command, intent)
    )


async def show_pre_credit(request: Request) -> Response:
    """What the list said last."""
    core, ctx, customer_id = core_of(request), authorise(request), request.path_params["customer_id"]
    return answer(await core.store.read(lambda conn: pre_credit.read(conn, ctx, customer_id)))


async def apply(request: Request) -> Response:
    """Ask for a credit line."""
    core, ctx, intent = core_of(request), authorise(request), intent_key(request)
    command, customer_id = await read(request, Apply), request.path_params["customer_id"]
    return await commands.run_order(
        core, request, ctx, command, lambda conn: applications.submit(conn, ctx, customer_id, command, intent)
    )


async def show_application(request: Request) -> Response:
    """Where an application stands, and why."""
    core, ctx, application_id = core_of(request), authorise(request), request.path_params["application_id"]
    return answer(
        await core.store.read(
            lambda conn: applications.shown(conn, applications.own_application(conn, ctx, application_id))
        )
    )


async def ask_review(request: Request) -> Response:
    """Ask that a person looks again."""
    core, ctx = core_of(request), authorise(request)
    command, application_id = await read(request, AskReview), request.path_params["application_id"]
    return await commands.run(
        core, request, ctx, command, lambda conn: applications.ask_review(conn, ctx, application_id, command)
    )


async def show_contract(request: Request) -> Response:
    """The contract's facts and its cost table."""
    core, ctx, contract_id = core_of(request), authorise(request), request.path_params["contract_id"]
    return answer(
        await core.store.read(
            lambda conn: contracts.shown(conn, contracts.own_contract(conn, ctx, contract_id))
        )
    )


async def contract_document(request: Request) -> Response:
    """The PDF, if its bytes are those the contract names. Problems 409 `contract.not_ready`, 502, 503."""
    core, ctx, contract_id = core_of(request), authorise(request), request.path_params["contract_id"]
    row = await core.store.read(lambda conn: contracts.own_contract(conn, ctx, contract_id))
    if row.document_sha256 is None:
        raise Problem(409, "contract.not_ready", params={"state": row.state})
    try:
        content = await contracts.fetch(core, ctx, row.envelope_id, row.document_sha256)
    except CallFailed as error:
        raise Problem(503, "esign.unavailable", error.reason) from error
    except contracts.DocumentDiffers as error:
        if row.state == ContractState.SIGNING:  # e-sign has signed, and we have not heard of it yet
            raise Problem(409, "contract.not_ready", params={"state": row.state}) from error
        log.error("contract.document_differs", contract=contract_id)
        raise Problem(502, "contract.document_differs") from error
    return Response(content, media_type="application/pdf")


async def sign(request: Request) -> Response:
    """Sign exactly what was read."""
    core, ctx, intent = core_of(request), authorise(request), intent_key(request)
    command, contract_id = await read(request, Sign), request.path_params["contract_id"]
    verified = await verify_evidence(core, ctx, command.evidence, "contract_signing")
    return await commands.run_order(
        core,
        request,
        ctx,
        command,
        lambda conn: signing.start(conn, ctx, contract_id, command, verified, intent),
    )


async def show_line(request: Request) -> Response:
    """How much may be drawn, and how."""
    core, ctx, line_id = core_of(request), authorise(request), request.path_params["line_id"]
    return answer(await core.store.read(lambda conn: lines.shown(lines.own_line(conn, ctx, line_id), ctx)))
