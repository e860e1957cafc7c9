"""Same key and same body: the same answer. Same key, other body: refused. Kept with the effect, in its transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, Integer, MetaData, String, Table, insert, select

from partner_adapters.kit.durable.columns import Moment
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import with_wire_names


@dataclass(frozen=True)
class Answer:
    """What a command answered: an HTTP status and a JSON object."""

    status: int
    body: dict[str, Any]
    replayed: bool = False


def define_idempotency(metadata: MetaData) -> Table:
    """The table of keys, in the party's own metadata."""
    return Table(
        "idempotency_key",
        metadata,
        Column("bank_id", String(32), primary_key=True),
        Column("key", String(64), primary_key=True),
        Column("fingerprint", String(64), nullable=False),
        Column("status", Integer, nullable=False),
        Column("body", JSON, nullable=False),
        Column("created_at", Moment, nullable=False),
    )


def fingerprint(*parts: Any) -> str:
    """A hash of everything that makes two requests the same request; parts are JSON-ready values."""
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
    """Run `effect` unless this key already had its answer.

    A refusal (`Problem` raised by `effect`) undoes the transaction and so leaves the key unused.
    Raises `Problem(422, "intent.reused")` when the key came before with other content.
    """
    kept = conn.execute(select(table).where(table.c.bank_id == bank_id, table.c.key == key)).first()
    if kept is not None:
        if kept.fingerprint != print_:
            raise Problem(422, "intent.reused", "this Idempotency-Key was used for a different request")
        return Answer(kept.status, with_wire_names(kept.body), replayed=True)
    answer = effect()
    conn.execute(
        insert(table).values(
            bank_id=bank_id,
            key=key,
            fingerprint=print_,
            status=answer.status,
            body=answer.body,
            created_at=now,
        )
    )
    return answer
