"""Drawing, loans and repaying over HTTP."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.commands import run_order
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.services import core_of
from mock_partners.bank.core.loans import draw_quotes, drawdowns, repayments, wire
from mock_partners.bank.core.loans.days import catch_up
from mock_partners.bank.core.verification.evidence import verify_evidence
from partner_adapters.core_bank.lines import AskDraw, Draw
from partner_adapters.core_bank.loans import AskRepay, Repay
from partner_adapters.kit.web.json_answers import answer, intent_key, read


async def quote_draw(request: Request) -> Response:
    """The full plan of a draw, before it is confirmed. Writes nothing."""
    core, ctx = core_of(request), authorise(request)
    ask = await read(request, AskDraw)
    line_id = request.path_params["line_id"]
    return answer(await core.store.read(lambda conn: draw_quotes.prepare(conn, ctx, line_id, ask).quote))


async def draw(request: Request) -> Response:
    """Draw exactly what was quoted."""
    core, ctx = core_of(request), authorise(request)
    command, intent = await read(request, Draw), intent_key(request)
    line_id = request.path_params["line_id"]
    verified = await verify_evidence(core, ctx, command.evidence, "drawdown")
    return await run_order(
        core,
        request,
        ctx,
        command,
        lambda conn: drawdowns.draw(conn, ctx, line_id, command, verified, intent),
        status=201,
    )


async def show(request: Request) -> Response:
    """One loan: plan, what is owed today, what was repaid."""
    core, ctx = core_of(request), authorise(request)
    loan_id = request.path_params["loan_id"]
    return answer(await core.store.read(lambda conn: wire.show(conn, ctx, loan_id)))


async def quote_repayment(request: Request) -> Response:
    """What a repayment would do, before it is confirmed. Moves no money of its own."""
    core, ctx = core_of(request), authorise(request)
    ask = await read(request, AskRepay)
    loan_id = request.path_params["loan_id"]
    await catch_up(core, ctx, loan_id)
    return answer(await core.store.read(lambda conn: repayments.quote(conn, ctx, loan_id, ask)))


async def repay(request: Request) -> Response:
    """Repay exactly what was quoted."""
    core, ctx = core_of(request), authorise(request)
    command, intent = await read(request, Repay), intent_key(request)
    loan_id = request.path_params["loan_id"]
    await catch_up(core, ctx, loan_id)
    return await run_order(
        core,
        request,
        ctx,
        command,
        lambda conn: repayments.repay(conn, ctx, loan_id, command, intent),
        status=201,
    )
