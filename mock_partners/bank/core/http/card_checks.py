"""Card checks: confirming one, and how the check is answered after a command."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import core_of
from mock_partners.bank.core.verification import codes, wire
from partner_adapters.core_bank.card_checks import CardCheck, ConfirmCardCheck
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.json_answers import answer, read


async def confirm(request: Request) -> Response:
    """Compare the code, and answer the right one with the core's signed statement."""
    core, ctx = core_of(request), authorise(request)
    command = await read(request, ConfirmCardCheck)
    customer_id, check_id = request.path_params["customer_id"], request.path_params["check_id"]
    outcome = await core.store.write(
        lambda conn: codes.confirm(conn, ctx, customer_id, check_id, command.code),
        type(command).__name__,
        queue=ctx.queue_of(customer_id),
    )
    # A wrong code counts, so its refusal is raised only after the transaction has committed.
    if isinstance(outcome, Problem):
        raise outcome
    return answer(outcome)


def show_same_of_visitor(conn: Connection, ctx: Context, check_id: str, _intent: str) -> CardCheck:
    """Return the visitor's check that the command's path names."""
    return wire.show_visitors_check(conn, ctx, check_id)


def show_same(conn: Connection, ctx: Context, customer_id: str, check_id: str, _intent: str) -> CardCheck:
    """Return the check that the command's path names."""
    return wire.show_card_check(conn, ctx, customer_id, check_id)
