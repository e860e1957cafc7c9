"""Freezes whose request names the account in its body, so that the customer's queue has to be looked up first."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core import commands
from mock_partners.bank.core.account_services import freezing
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.services import core_of
from partner_adapters.core_bank.card_checks import ConfirmCardCheck
from partner_adapters.core_bank.freezes import FreezeByBank, LiftByBank
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.json_answers import answer, read


async def confirm_visitor(request: Request) -> Response:
    """Compare a visitor's code; the right one freezes the account."""
    core, ctx = core_of(request), authorise(request)
    command, check_id = await read(request, ConfirmCardCheck), request.path_params["check_id"]
    customer_id = await core.store.read(lambda conn: freezing.find_visitors_customer(conn, ctx, check_id))
    outcome = await core.store.write(
        lambda conn: freezing.confirm_visitor(conn, ctx, check_id, command.code),
        type(command).__name__,
        queue=ctx.queue_of(customer_id),
    )
    # A wrong code counts, so its refusal is raised only after the transaction has committed.
    if isinstance(outcome, Problem):
        raise outcome
    return answer(outcome)


async def freeze_by_bank(request: Request) -> Response:
    """Freeze an account by the bank's staff."""
    return await _change(request, FreezeByBank)


async def lift_by_bank(request: Request) -> Response:
    """Lift the bank's freeze."""
    return await _change(request, LiftByBank)


async def _change(request: Request, model: type[FreezeByBank] | type[LiftByBank]) -> Response:
    core, ctx = core_of(request), authorise(request, "accounts")
    command = await read(request, model)
    number = command.account_number
    customer_id = await core.store.read(lambda conn: freezing.find_customer_by_number(conn, ctx, number))
    call = commands.Call.of(request, command, 201, ctx.queue_of(customer_id))
    if isinstance(command, FreezeByBank):
        return await commands.change_once(
            core, ctx, call, lambda conn: freezing.freeze_by_bank(conn, ctx, command)
        )
    return await commands.change_once(core, ctx, call, lambda conn: freezing.lift_by_bank(conn, ctx, command))
