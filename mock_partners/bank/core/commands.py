"""Running a command once: its effect, its order and its answer commit together under the caller's intent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mock_partners.bank.core import orders
from mock_partners.bank.core.kernel.caller import Caller, Staff, partner_of
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.kernel.tables import idempotency
from partner_adapters.kit.durable.idempotency import Answer, fingerprint, once
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import content_to_hash
from partner_adapters.kit.web.json_answers import answer, intent_key
from partner_adapters.kit.web.logs import log

# How long a request waits for the first attempt at its outside work before it answers `processing`.
FIRST_ATTEMPT_S = 1.5


@dataclass(frozen=True)
class Started:
    """What a command began.

    `outbox_id` names the outside work that is attempted at once. It is None where the command did everything.
    """

    outbox_id: str | None = None


@dataclass(frozen=True)
class Call:
    """One call of a command: its intent, what it asks for, where it was sent, and the status of its answer.

    `queue` is that of the customer whom the command is about.
    """

    intent: str
    command: BaseModel
    method: str
    path: str
    status: int
    queue: str

    @staticmethod
    def of(request: Request, command: BaseModel, status: int, queue: str) -> Call:
        """Return the call that this request makes. Problem 400 `intent.missing`."""
        intent = intent_key(request)
        if intent.startswith(orders.OWN):
            raise Problem(400, "intent.missing", f"an Idempotency-Key must not begin with {orders.OWN}")
        return Call(intent, command, request.method, request.url.path, status, queue)


async def change_once(
    core: CoreServices, ctx: Context, call: Call, change: Callable[[Connection], BaseModel]
) -> Response:
    """Answer what `change` returns, and the stored answer when the same call comes again."""

    def effect(conn: Connection) -> Answer:
        return Answer(call.status, change(conn).model_dump(mode="json"))

    stored = await _run_once(core, ctx, call, effect)
    return JSONResponse(stored.body, stored.status)


async def start_once(
    core: CoreServices,
    ctx: Context,
    call: Call,
    start: Callable[[Connection], Started],
    show: Callable[[Connection], BaseModel],
) -> Response:
    """Run `start` unless this call came before, attempt its outside work, and answer what `show` reads then."""
    started = Started()

    def effect(conn: Connection) -> Answer:
        nonlocal started
        started = start(conn)
        return Answer(call.status, {"intent": call.intent})

    stored = await _run_once(core, ctx, call, effect)
    if started.outbox_id is not None and not stored.replayed:
        await _attempt(core, started.outbox_id)
    return answer(await core.store.read(show), stored.status)


async def _run_once(
    core: CoreServices, ctx: Context, call: Call, effect: Callable[[Connection], Answer]
) -> Answer:
    # A command repeated with newer evidence is the same command.
    content = content_to_hash(call.command, {"evidence"})
    print_ = fingerprint(_name_of(ctx.caller), call.method, call.path, content)
    return await core.store.write(
        lambda conn: once(
            conn,
            idempotency,
            bank_id=ctx.bank_id,
            key=call.intent,
            print_=print_,
            now=ctx.wall,
            effect=lambda: effect(conn),
        ),
        type(call.command).__name__,
        queue=call.queue,
        repeatable=True,
    )


def _name_of(caller: Caller) -> str:
    """Return the caller's name among all that send commands. No partner's id holds a colon."""
    return f"staff:{caller.operator}" if isinstance(caller, Staff) else partner_of(caller)


async def _attempt(core: CoreServices, outbox_id: str) -> None:
    """Attempt outside work at once, so that the request need not wait for the worker's next poll."""
    task = asyncio.create_task(core.worker.attempt(outbox_id))
    core.attempts.add(task)
    task.add_done_callback(core.attempts.discard)
    done, _ = await asyncio.wait({task}, timeout=FIRST_ATTEMPT_S)
    for finished in done:
        if error := finished.exception():
            log.error("outbox.attempt_failed", error=type(error).__name__)
