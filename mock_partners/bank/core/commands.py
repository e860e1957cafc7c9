"""Running a command once: its effect, its order and its answer commit together under the caller's key.

A key that was used is answered from its stored answer before anything else is asked, such as how old the evidence is.
What was done cannot be refused any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mock_partners.bank.core import orders
from mock_partners.bank.core.kernel import keys
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.kernel.tables import idempotency
from partner_adapters.kit.durable.idempotency import Answer, fingerprint, replay, store_answer
from partner_adapters.kit.durable.outbox import OutboxRow
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import content_to_hash
from partner_adapters.kit.web.json_answers import answer, intent_key
from partner_adapters.kit.web.logs import log

# How long a request waits for the first attempt at its outside work before it answers `processing`.
FIRST_ATTEMPT_S = 1.5


@dataclass(frozen=True)
class Started:
    """What a command began.

    `work` is the outside work that is attempted at once. It is None where the command did everything.
    """

    work: OutboxRow | None = None


@dataclass(frozen=True)
class Call:
    """One call of a command: its key, what it asks for, where it was sent, and the status of its answer.

    `queue` is that of the customer whom the command is about.
    """

    key: str
    command: BaseModel
    method: str
    path: str
    status: int
    queue: str

    @staticmethod
    def of(request: Request, command: BaseModel, status: int, queue: str) -> Call:
        """Return the call that this request makes. Problem 400 `intent.missing`."""
        key = intent_key(request)
        if key.startswith(orders.OWN):
            raise Problem(400, "intent.missing", f"an Idempotency-Key must not begin with {orders.OWN}")
        return Call(key, command, request.method, request.url.path, status, queue)

    def print_of(self, ctx: Context) -> str:
        """Return the fingerprint: a command that is repeated with newer evidence is the same command."""
        content = content_to_hash(self.command, {"evidence"})
        return fingerprint(keys.name_of(ctx.caller), self.method, self.path, content)


async def change_once(
    core: CoreServices, ctx: Context, call: Call, change: Callable[[Connection], BaseModel]
) -> Response:
    """Answer what `change` returns, and the stored answer when the same call comes again."""

    def effect(conn: Connection, _intent: str) -> Answer:
        return Answer(call.status, change(conn).model_dump(mode="json"))

    stored = await _run_once(core, ctx, call, effect)
    return JSONResponse(stored.body, stored.status)


async def find_stored(core: CoreServices, ctx: Context, call: Call) -> Answer | None:
    """Return the stored answer where this call came before. Problem 422 `intent.reused`."""
    own = {"bank": ctx.bank_id, "key": call.key, "caller": keys.name_of(ctx.caller)}
    rows = await core.store.read_by_key(keys.OWN_ANSWER, own)
    return replay(rows[0], call.print_of(ctx)) if rows else None


async def start_once(
    core: CoreServices, ctx: Context, call: Call, start: Callable[[Connection, str], Started]
) -> Answer:
    """Run `start` under the call's intent unless this call came before, and attempt its outside work."""
    started = Started()

    def effect(conn: Connection, intent: str) -> Answer:
        nonlocal started
        started = start(conn, intent)
        if started.work is not None and core.worker.leave_held(conn, started.work):
            started = Started()
        return Answer(call.status, {"intent": intent})

    stored = await _run_once(core, ctx, call, effect)
    if started.work is not None and not stored.replayed:
        await _attempt(core, started.work)
    return stored


async def answer_started(
    core: CoreServices, stored: Answer, show: Callable[[Connection, str], BaseModel]
) -> Response:
    """Answer a call that started something with what `show` reads now."""
    return answer(await core.store.read(lambda conn: show(conn, stored.body["intent"])), stored.status)


async def _run_once(
    core: CoreServices, ctx: Context, call: Call, effect: Callable[[Connection, str], Answer]
) -> Answer:
    print_ = call.print_of(ctx)

    def run(conn: Connection) -> Answer:
        answers = keys.answers_under(conn, ctx, call.key)
        if stored := keys.own_answer(answers, ctx, print_):
            return replay(stored, print_)
        done = effect(conn, keys.claim_intent(conn, ctx, call.key, is_used=bool(answers)))
        whose = {"bank_id": ctx.bank_id, "key": call.key, "caller": keys.name_of(ctx.caller)}
        store_answer(conn, idempotency, done, **whose, fingerprint=print_, created_at=ctx.wall)
        return done

    return await core.store.write(run, type(call.command).__name__, queue=call.queue, repeatable=True)


async def _attempt(core: CoreServices, work: OutboxRow) -> None:
    """Attempt outside work at once, so that the request need not wait for the worker's next poll."""
    task = asyncio.create_task(core.worker.attempt(work))
    core.attempts.add(task)
    task.add_done_callback(core.attempts.discard)
    done, _ = await asyncio.wait({task}, timeout=FIRST_ATTEMPT_S)
    for finished in done:
        if error := finished.exception():
            log.error("outbox.attempt_failed", error=type(error).__name__)
