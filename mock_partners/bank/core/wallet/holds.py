"""Money that an order keeps back until its outcome is known, so that nothing else takes it meanwhile.

    orders.start(conn, ctx, kind="withdrawal", intent=intent, …)
    holds.place(conn, ctx, account, WITHDRAWAL, amount_fen, intent)   # refuses what is not available or not allowed
    …
    holds.commit(conn, ctx, intent)    # the network has paid: before the posting, in its transaction
    holds.release(conn, ctx, intent)   # it has refused: with the failure of the order

`tables.account_hold` says when a hold may expire, and why most never do.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from mock_partners.bank.core import orders
from mock_partners.bank.core.kernel.actions import Action
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.kernel.tables import outbox
from mock_partners.bank.core.wallet import counters
from mock_partners.bank.core.wallet.movements import available
from mock_partners.bank.core.wallet.own_limits import read_own_limits
from mock_partners.bank.core.wallet.records import AccountRecord
from mock_partners.bank.core.wallet.states import HOLD_STATES, HoldEvent, HoldState
from mock_partners.bank.core.wallet.tables import account_hold
from partner_adapters.kit.durable.jobs import Job
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import Problem, invalid

JOB = "holds.expiry"
EVERY_S = 60.0
LEASE_S = 30.0
# Holds in one transaction, so that none keeps its locks for long.
BATCH = 200
_FLOOR = "ledger_account_balance_above_floor"
_t = account_hold.c


class HoldEnded(Exception):
    """The order holds nothing, or no more: it was committed, released or has expired. Nothing was changed."""


def place(
    conn: Connection, ctx: Context, account: AccountRecord, action: Action, amount_fen: int, intent: str
) -> None:
    """Hold `amount_fen` for the order `intent`, which exists, and count it on today and in this year.

    Problem 422 `account.not_enough` (params `available`), `own_limit.each` (params `limit`), and those of
    `counters.count`. After a problem the caller's transaction must end.
    """
    if action.outflow is None:
        raise ValueError(f"orders of kind {action.kind} hold nothing")
    expire_unsent(conn, ctx, account.account_id)
    require_room(conn, ctx, account, action, amount_fen)
    available_fen = available(conn, ctx.bank_id, account.account_id)
    scopes = counters.scopes_of(ctx, account, action)
    counters.count(conn, ctx, account, scopes, "out", amount_fen, intent)
    try:
        conn.execute(
            insert(account_hold).values(
                bank_id=ctx.bank_id,
                intent=intent,
                account_id=account.account_id,
                amount_fen=amount_fen,
                held_on=ctx.today,
                placed_at=ctx.now,
                expires_at=ctx.now + timedelta(hours=ctx.parameters.hold_hours),
                state=HoldState.HELD,
            )
        )
    except IntegrityError as error:
        if _FLOOR in str(error.orig):
            raise _not_enough(available_fen) from error
        raise


def require_room(
    conn: Connection, ctx: Context, account: AccountRecord, action: Action, amount_fen: int
) -> None:
    """Refuse what is not available or what a limit does not leave, as `place` does. Nothing is written."""
    available_fen = available(conn, ctx.bank_id, account.account_id)
    if amount_fen > available_fen:
        raise _not_enough(available_fen)
    each_fen = read_own_limits(conn, ctx.bank_id, account.account_id).each_fen
    if each_fen is not None and amount_fen > each_fen:
        raise invalid("amount", "own_limit.each", **money_params(limit=each_fen))
    for count in counters.read_counts(conn, ctx, account, counters.scopes_of(ctx, account, action), "out"):
        if count.left_fen is not None and amount_fen > count.left_fen:
            raise count.problem()


def commit(conn: Connection, ctx: Context, intent: str) -> None:
    """End the hold because its money leaves. Book it next, in this transaction. Raises `HoldEnded`."""
    _end(conn, ctx, intent, HoldEvent.COMMIT)


def release(conn: Connection, ctx: Context, intent: str) -> None:
    """End the hold because its order fails. What it counted is given back on its own day. Raises `HoldEnded`."""
    _end(conn, ctx, intent, HoldEvent.RELEASE)


def is_held(conn: Connection, ctx: Context, intent: str) -> bool:
    """Whether the order still holds money."""
    open_hold = (_t.bank_id == ctx.bank_id, _t.intent == intent, _t.state == HoldState.HELD)
    return conn.execute(select(_t.intent).where(*open_hold)).first() is not None


def held_by_day(conn: Connection, bank_id: str, account_id: str) -> dict[date, int]:
    """Return what is held of the account now, in fen, by the day on which it was ordered."""
    query = (
        select(_t.held_on, func.sum(_t.amount_fen))
        .where(_t.bank_id == bank_id, _t.account_id == account_id, _t.state == HoldState.HELD)
        .group_by(_t.held_on)
    )
    return {held_on: int(held_fen) for held_on, held_fen in conn.execute(query)}


def expire_unsent(conn: Connection, ctx: Context, account_id: str | None = None) -> int:
    """End holds whose time has passed and whose work was never begun, at most `BATCH`, and fail their orders.

    Return how many. `account_id`: those of one account only.
    """
    due = [_t.bank_id == ctx.bank_id, _t.state == HoldState.HELD, _t.expires_at <= ctx.now]
    if account_id is not None:
        due.append(_t.account_id == account_id)
    intents = conn.execute(select(_t.intent).where(*due).order_by(_t.expires_at).limit(BATCH)).scalars().all()
    return sum(_expire(conn, ctx, intent) for intent in intents)


def job(core: CoreServices) -> Job:
    """Return the job that ends the holds of every bank that have expired while the core runs."""

    async def run() -> None:
        for bank in core.settings.banks:
            ctx = core.context(bank.bank_id, BankJob(JOB))
            await core.store.write(partial(expire_unsent, ctx=ctx))

    return Job(JOB, EVERY_S, LEASE_S, run)


def _expire(conn: Connection, ctx: Context, intent: str) -> bool:
    """Take the order's work away, and end it, if no worker has begun it. Return whether it was so."""
    w = outbox.c
    # One statement looks and takes: a worker that claims the row at this moment counts an attempt in it first, or
    # finds it done.
    unsent = (w.bank_id == ctx.bank_id, w.subject == intent, w.state == "ready", w.attempts == 0)
    if conn.execute(update(outbox).where(*unsent).values(state="done")).rowcount != 1:
        return False
    _end(conn, ctx, intent, HoldEvent.EXPIRE)
    orders.fail(conn, ctx, intent, "hold.expired")
    return True


def _end(conn: Connection, ctx: Context, intent: str, event: HoldEvent) -> None:
    after = HOLD_STATES.next_state(HoldState.HELD, event)
    open_hold = (_t.bank_id == ctx.bank_id, _t.intent == intent, _t.state == HoldState.HELD)
    ended = conn.execute(update(account_hold).where(*open_hold).values(state=after, ended_at=ctx.now))
    if ended.rowcount != 1:
        raise HoldEnded(intent)


def _not_enough(available_fen: int) -> Problem:
    return invalid("amount", "account.not_enough", **money_params(available=available_fen))
