"""Idempotency keys: a repeated request gets the first answer again, and nothing is done twice.

Keys belong to the partner and not to one of its keys, so that a rotation between two attempts changes nothing. Answers
are kept sealed, because some contain secrets that are shown once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection, delete, select
from starlette.requests import Request

from h5app.partner_api.problems import refusal
from h5app.partner_api.services import PartnerApi
from h5app.tables import idempotency_keys
from partner_adapters.kit.durable.idempotency import Answer, fingerprint, replay, store_answer

KEPT_FOR = timedelta(days=30)
HEADER = "Idempotency-Key"
# Plain, or as the quoted text of draft-ietf-httpapi-idempotency-key-header-07.
_KEY = re.compile(r"\"([\x21\x23-\x5b\x5d-\x7e]{1,64})\"|([\x21\x23-\x7e][\x21-\x7e]{0,63})")
PATTERN = r'^("[\x21\x23-\x5b\x5d-\x7e]{1,64}"|[\x21\x23-\x7e][\x21-\x7e]{0,63})$'


@dataclass(frozen=True)
class Once:
    """The key of a request, whose it is, and what makes two requests the same."""

    bank: str
    partner: str
    key: str
    print_: str

    @property
    def row(self) -> dict[str, str]:
        return {"bank_id": self.bank, "caller": self.partner, "key": self.key}


def once_of(request: Request, bank: str, partner: str, body: BaseModel | None) -> Once:
    """Return the key that a request carries. Problems 400 `idempotency.missing` and `idempotency.malformed`."""
    given = request.headers.get(HEADER, "")
    match = _KEY.fullmatch(given)
    if match is None:
        code = "idempotency.malformed" if given else "idempotency.missing"
        raise refusal(code, "1 to 64 printable characters, new for each new thing", HEADER)
    content = body.model_dump(mode="json") if body is not None else None
    print_ = fingerprint(partner, request.method, request.url.path, content)
    return Once(bank, partner, match[1] or match[2], print_)


async def find_stored(api: PartnerApi, once: Once) -> Answer | None:
    """Return the stored answer, or None. Problem 422 `intent.reused`."""
    return await api.store.read(lambda conn: _stored(conn, api, once))


async def run(
    api: PartnerApi, once: Once, status: int, effect: Callable[[Connection], BaseModel], queue: str = ""
) -> Answer:
    """Run the effect and store its answer in one transaction, unless an answer is stored already.

    `queue`: of the subject on whose rows the effect rests. It must hold every request with the same key.
    """
    now = api.clock.wall()

    def write(conn: Connection) -> Answer:
        if stored := _stored(conn, api, once):
            return stored
        answer = Answer(status, effect(conn).model_dump(mode="json"))
        sealed = Answer(status, {"sealed": api.h5app.signing.seal(json.dumps(answer.body))})
        store_answer(conn, idempotency_keys, sealed, **once.row, fingerprint=once.print_, created_at=now)
        return answer

    return await api.store.write(write, queue=queue or f"idempotency {once.partner} {once.key}")


def clean(conn: Connection, now: datetime) -> None:
    """Delete keys after 30 days."""
    conn.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at < now - KEPT_FOR))


def _stored(conn: Connection, api: PartnerApi, once: Once) -> Answer | None:
    table = idempotency_keys
    own = [table.c[name] == value for name, value in once.row.items()]
    row = conn.execute(select(table).where(*own)).first()
    if row is None:
        return None
    found = replay(row, once.print_)
    body: dict[str, Any] = json.loads(api.h5app.signing.unseal(found.body["sealed"]))
    return Answer(found.status, body, replayed=True)
