"""Running a command once: the effect, its order and its answer commit together under the caller's intent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mock_partners.bank.core import orders
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import Core
from mock_partners.bank.core.kernel.tables import idempotency
from partner_adapters.kit.durable.idempotency import Answer, fingerprint, once
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.json_answers import answer, intent_key
from partner_adapters.kit.web.logs import log

FIRST_ATTEMPT_S = 1.5
"""How long a request waits for its outside work before it answers `processing`."""


async def run(
    core: Core,
    request: Request,
    ctx: Context,
    command: BaseModel,
    effect: Callable[[Connection], BaseModel],
    status: int = 200,
) -> Response:
    """Answer what `effect` returns; the same key and command again: the stored answer."""

    def stored(conn: Connection) -> Answer:
        return Answer(status, effect(conn).model_dump(mode="json"))

    done = await _once(core, request, ctx, command, stored)
    return JSONResponse(done.body, done.status)


async def run_order(
    core: Core,
    request: Request,
    ctx: Context,
    command: BaseModel,
    effect: Callable[[Connection], str | None],
    status: int = 202,
) -> Response:
    """Answer the order of this intent as it now stands; `effect` starts it."""
    intent = intent_key(request)
    return await run_later(
        core, request, ctx, command, effect, lambda conn: orders.read(conn, ctx.bank_id, intent), status
    )


async def run_later(
    core: Core,
    request: Request,
    ctx: Context,
    command: BaseModel,
    effect: Callable[[Connection], str | None],
    shown: Callable[[Connection], BaseModel],
    status: int = 202,
) -> Response:
    """Answer what `shown` reads now; `effect` began it.

    Where `effect` returns the id of an outbox row, that work is tried at once, for a moment.
    """
    row_id: str | None = None

    def stored(conn: Connection) -> Answer:
        nonlocal row_id
        row_id = effect(conn)
        return Answer(status, {"intent": intent_key(request)})

    done = await _once(core, request, ctx, command, stored)
    if row_id is not None and not done.replayed:
        await _attempt(core, row_id)
    return answer(await core.store.read(shown), done.status)


async def _once(
    core: Core, request: Request, ctx: Context, command: BaseModel, effect: Callable[[Connection], Answer]
) -> Answer:
    key = intent_key(request)
    if key.startswith(orders.OWN):
        raise Problem(400, "intent.missing", f"an Idempotency-Key does not begin with {orders.OWN}")
    # A command repeated with newer evidence is the same command.
    content = command.model_dump(mode="json", exclude={"evidence"})
    print_ = fingerprint(ctx.partner, request.method, request.url.path, content)
    return await core.store.write(
        lambda conn: once(
            conn,
            idempotency,
            bank_id=ctx.bank_id,
            key=key,
            print_=print_,
            now=ctx.wall,
            effect=lambda: effect(conn),
        ),
        type(command).__name__,
        repeatable=True,
    )


async def _attempt(core: Core, row_id: str) -> None:
    task = asyncio.create_task(core.worker.attempt(row_id))
    core.attempts.add(task)
    task.add_done_callback(core.attempts.discard)
    done, _ = await asyncio.wait({task}, timeout=FIRST_ATTEMPT_S)
    for finished in done:
        if error := finished.exception():
            log.error("outbox.attempt_failed", error=type(error).__name__)
