"""The generic handler of every endpoint that reads, changes or starts something in the core's own database."""

from __future__ import annotations

from functools import partial
from typing import cast

from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_partners.bank.core import commands
from mock_partners.bank.core.http import orders
from mock_partners.bank.core.http.endpoint import Endpoint, Handler
from mock_partners.bank.core.http.limiting import limited
from mock_partners.bank.core.http.queues import find_queue
from mock_partners.bank.core.kernel.access import Scope, authorise
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices, core_of
from mock_partners.bank.core.verification.evidence import Verified, verify_evidence
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.json_answers import answer, read


def route_of(endpoint: Endpoint) -> Route:
    """Return the endpoint as a route of Starlette."""
    handler = endpoint.handler or _generic_handler(endpoint)
    return Route(endpoint.path, limited(endpoint, handler), methods=[endpoint.method], name=endpoint.name)


def _generic_handler(endpoint: Endpoint) -> Handler:
    serve = _read if endpoint.reads else _start if endpoint.does else _change
    return partial(serve, endpoint)


async def _read(endpoint: Endpoint, request: Request) -> Response:
    core, ctx = core_of(request), _authorised(endpoint, request)
    reads, arguments = endpoint.reads, await _arguments(endpoint, request)
    assert reads is not None
    await _prepare(endpoint, core, ctx, request)
    return answer(await core.store.read(lambda conn: reads(conn, ctx, *arguments)), endpoint.status)


async def _change(endpoint: Endpoint, request: Request) -> Response:
    core, ctx = core_of(request), _authorised(endpoint, request)
    changes, arguments = endpoint.changes, await _arguments(endpoint, request)
    assert changes is not None

    def effect(conn: Connection) -> BaseModel:
        return changes(conn, ctx, *arguments)

    queue = await find_queue(core, ctx, request.path_params)
    if not endpoint.has_intent:
        return answer(await core.store.write(effect, queue=queue), endpoint.status)
    call = commands.Call.of(request, cast(BaseModel, arguments[-1]), endpoint.status, queue)
    return await commands.change_once(core, ctx, call, effect)


async def _start(endpoint: Endpoint, request: Request) -> Response:
    core, ctx = core_of(request), _authorised(endpoint, request)
    does, arguments = endpoint.does, await _arguments(endpoint, request)
    assert does is not None
    queue = await find_queue(core, ctx, request.path_params)
    call = commands.Call.of(request, cast(BaseModel, arguments[-1]), endpoint.status, queue)
    stored = await commands.find_stored(core, ctx, call)
    if stored is None:
        if not endpoint.at_any_time:
            core.dates.require_open(ctx.bank_id)
        # Both may make calls or run transactions of their own, so they come before the command's transaction.
        evidence = await _verified(endpoint, core, ctx, call.command)
        await _prepare(endpoint, core, ctx, request)

        def start(conn: Connection, intent: str) -> commands.Started:
            # Refused only now: an earlier attempt with better evidence may have been carried out in the meantime.
            if isinstance(evidence, Problem):
                raise evidence
            return does(conn, ctx, *arguments, intent, *evidence)

        stored = await commands.start_once(core, ctx, call, start)
    shows, ids = endpoint.shows or orders.show_started, _ids(request)
    return await commands.answer_started(core, stored, lambda conn, intent: shows(conn, ctx, *ids, intent))


def _authorised(endpoint: Endpoint, request: Request) -> Context:
    return authorise(request, cast(Scope, endpoint.access))


def _ids(request: Request) -> list[str]:
    """Return the ids of the path, in their order."""
    return list(request.path_params.values())


async def _arguments(endpoint: Endpoint, request: Request) -> list[object]:
    body = [] if endpoint.command is None else [await read(request, endpoint.command)]
    return [*_ids(request), *body]


async def _prepare(endpoint: Endpoint, core: CoreServices, ctx: Context, request: Request) -> None:
    if endpoint.prepares is not None:
        (target_id,) = _ids(request)
        await endpoint.prepares(core, ctx, target_id)


async def _verified(
    endpoint: Endpoint, core: CoreServices, ctx: Context, command: BaseModel
) -> list[Verified | None] | Problem:
    """Return what the command is handed of its evidence, or the problem with it."""
    if endpoint.needs is None:
        return []
    # None only where the wire model allows it. The command then decides whether it may do without.
    evidence: Evidence | None = getattr(command, "evidence")  # noqa: B009 - a model without the field must fail
    try:
        return [None if evidence is None else await verify_evidence(core, ctx, evidence, endpoint.needs)]
    except Problem as problem:
        return problem
