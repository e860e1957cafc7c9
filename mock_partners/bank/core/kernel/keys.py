"""Idempotency keys by caller, and the intent that a key stands for inside the bank.

An intent is usually the key itself, and names an order or a card check in every table of the bank. Where another caller
used the same key before, the command runs under an intent of its own, and `renamed_intent` keeps its key. Answers show
that key, so they never differ from those to a key that was never used.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Select, bindparam, func, insert, select

from mock_partners.bank.core.kernel.caller import Caller, Staff, partner_of
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.tables import idempotency, renamed_intent
from partner_adapters.kit.durable.keyed_read import KeyedRead

# A row of a version before keys had callers, where no order or card check says whose it was.
UNKNOWN_CALLER = ""
_t = idempotency.c
_OWN = (_t.bank_id == bindparam("bank"), _t.key == bindparam("key"), _t.caller == bindparam("caller"))
OWN_ANSWER = KeyedRead(select(_t.fingerprint, _t.status, _t.body).where(*_OWN))


def name_of(caller: Caller) -> str:
    """Return the caller's name among all that send commands. No partner's id holds a colon."""
    return f"staff:{caller.operator}" if isinstance(caller, Staff) else partner_of(caller)


def answers_under(conn: Connection, ctx: Context, key: str) -> Sequence[Any]:
    """Return the stored answers to every caller's command under this key. It takes one statement in every case."""
    query = select(_t.caller, _t.fingerprint, _t.status, _t.body)
    return conn.execute(query.where(_t.bank_id == ctx.bank_id, _t.key == key)).all()


def own_answer(answers: Sequence[Any], ctx: Context, print_: str) -> Any | None:
    """Return the caller's own of these answers, or None."""
    by_caller = {row.caller: row for row in answers}
    unknown = by_caller.get(UNKNOWN_CALLER)
    # The fingerprint names the caller, so it cannot be that of another caller's request.
    is_own = unknown is not None and unknown.fingerprint == print_
    return by_caller.get(name_of(ctx.caller), unknown if is_own else None)


def claim_intent(conn: Connection, ctx: Context, key: str, *, is_used: bool) -> str:
    """Return the intent of the caller's first command under this key. `is_used`: another caller's has it already."""
    if not is_used:
        return key
    intent = secrets.token_hex(20)
    conn.execute(insert(renamed_intent).values(bank_id=ctx.bank_id, intent=intent, key=key))
    return intent


def find_intent(conn: Connection, ctx: Context, key: str) -> tuple[str, bool]:
    """Return the intent that the key stands for, and whether a command of the caller was carried out under it."""
    query = select(_t.body).where(_t.bank_id == ctx.bank_id, _t.key == key, _t.caller == name_of(ctx.caller))
    row = conn.execute(query).first()
    if row is None:
        return key, False
    # Only a command that started something stored its intent. The others open nothing that has one.
    return row.body.get("intent", key), True


def with_keys(query: Select[Any], bank_id: Column[str], intent: Column[str]) -> Select[Any]:
    """Return the query with a column `key`: what the caller of each row's intent sent as its key."""
    renamed = renamed_intent.c
    same = (renamed.bank_id == bank_id) & (renamed.intent == intent)
    return query.add_columns(func.coalesce(renamed.key, intent).label("key")).outerjoin(renamed_intent, same)
