"""Idempotency keys: a repeated request gets the stored first answer, and its effect is not repeated.

A key that comes with another request body is refused. The answer is stored in the transaction of the effect. Where
keys belong to callers, one caller's key says nothing about another's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert, select

from partner_adapters.kit.durable.columns import DOCUMENT, Moment, characters
from partner_adapters.kit.durable.row_rules import row_rules
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import with_wire_names

# A client id has at most 200 characters, and a kind of caller stands before it.
MAX_CALLER_CHARS = 208


@dataclass(frozen=True)
class Answer:
    """The answer to a command: HTTP status and JSON object. `replayed`: it was stored for an earlier request."""

    status: int
    body: dict[str, Any]
    replayed: bool = False


class StoredAnswer(Protocol):
    """A row of the table of keys."""

    @property
    def fingerprint(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def body(self) -> Any: ...


def define_idempotency(metadata: MetaData, *, by_caller: bool = False, **options: Any) -> Table:
    """Return the table of idempotency keys, defined in the party's own metadata.

    `by_caller`: a bank's callers have keys of their own. Otherwise all callers of a bank share them.
    `options`: further ones of `Table`.
    """
    callers = [Column("caller", characters(MAX_CALLER_CHARS), primary_key=True)] if by_caller else []
    return Table(
        "idempotency_key",
        metadata,
        Column("bank_id", characters(32), primary_key=True),
        Column("key", characters(64), primary_key=True),
        *callers,
        Column("fingerprint", characters(64), nullable=False),
        Column("status", Integer, nullable=False),
        Column("body", DOCUMENT, nullable=False),
        Column("created_at", Moment, nullable=False),
        info=row_rules(),
        **options,
    )


def fingerprint(*parts: Any) -> str:
    """Return the SHA-256 of everything that makes two requests the same. `parts` are JSON-ready values."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def once(
    conn: Connection,
    table: Table,
    *,
    bank_id: str,
    key: str,
    print_: str,
    now: datetime,
    effect: Callable[[], Answer],
) -> Answer:
    """Run `effect` and store its answer, or return the answer that is already stored for this key.

    `print_` is the request's `fingerprint`. A refusal (`Problem` raised by `effect`) rolls the transaction back, so the
    key stays unused. Raises `Problem(422, "intent.reused")` if the key was used for a different request.
    """
    stored = conn.execute(select(table).where(table.c.bank_id == bank_id, table.c.key == key)).first()
    if stored is not None:
        return replay(stored, print_)
    answer = effect()
    store_answer(conn, table, answer, bank_id=bank_id, key=key, fingerprint=print_, created_at=now)
    return answer


def replay(stored: StoredAnswer, print_: str) -> Answer:
    """Return the stored answer. Raises `Problem(422, "intent.reused")` where it answered a different request."""
    if stored.fingerprint != print_:
        raise Problem(422, "intent.reused", "this Idempotency-Key was used for a different request")
    return Answer(stored.status, with_wire_names(stored.body), replayed=True)


def store_answer(conn: Connection, table: Table, answer: Answer, **row: Any) -> None:
    """Store the answer, in the transaction of its effect. `row`: the other columns."""
    conn.execute(insert(table).values(status=answer.status, body=answer.body, **row))
