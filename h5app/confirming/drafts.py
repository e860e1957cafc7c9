"""Half-typed forms, kept sealed for the same person only, never executed: after an ended session, over a face check,
and between the screens of one task."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from starlette.requests import Request

from h5app.services import Parts, parts_of
from h5app.sessions import Session
from h5app.tables import drafts
from h5app.visit import Kept
from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.security.csrf_token import FIELD as CSRF_FIELD
from partner_adapters.kit.pages.security.secrets import new_secret

QUERY = "kept"
"""The query parameter that brings a kept form back: `/lyg/top-up?kept=…`; the form then names itself so in a field."""
_NOT_TYPED = (CSRF_FIELD, "intent", QUERY)
CAME = ("face", "card")
"""Why a form is kept whose check has come."""
FOR_A_CHECK = ("waiting", *CAME)
"""Why a form was kept for a check, before and after it. Only `step_up` writes such: any other may hold any field."""


async def keep(parts: Parts, owner: Session, why: str, values: Mapping[str, str]) -> str:
    """A new draft of `owner`'s; returns its id for the query."""
    return await _write(parts, owner, new_secret(), why, values)


async def keep_form(request: Request, owner: Session, why: str) -> str:
    """Keep the form that `request` sends, but for its token and its intent; returns its own address to come back to."""
    form = await Form.posted(request)
    typed = {name: value for name, value in form.values.items() if name not in _NOT_TYPED}
    draft_id = await keep(parts_of(request), owner, why, typed)
    asked = [item for item in request.url.query.split("&") if item and not item.startswith(f"{QUERY}=")]
    return f"{request.url.path}?{'&'.join([*asked, f'{QUERY}={draft_id}'])}"


async def read(parts: Parts, owner: Session, draft_id: str) -> Kept | None:
    """None where it is too old, or not this person's."""
    oldest = parts.clock.wall() - timedelta(seconds=parts.settings.draft_s)
    row = await parts.store.read(
        lambda conn: conn.execute(
            select(drafts).where(*_own(owner, draft_id), drafts.c.written_at >= oldest)
        ).first()
    )
    return Kept(draft_id, row.why, json.loads(parts.signing.unseal(row.content))) if row else None


def id_in(address: str) -> str:
    """The draft that this address of ours brings back; "" where it brings none."""
    return parse_qs(urlsplit(address).query).get(QUERY, [""])[0]


async def mark(parts: Parts, owner: Session, draft_id: str, why: str) -> None:
    """What the draft waited for has come."""
    mine = [*_own(owner, draft_id), drafts.c.why.in_(FOR_A_CHECK)]
    await parts.store.write(lambda conn: conn.execute(update(drafts).where(*mine).values(why=why)))


async def drop(parts: Parts, owner: Session, draft_id: str) -> None:
    """What was typed has been sent: nothing of it stays here."""
    mine = delete(drafts).where(*_own(owner, draft_id))
    with suppress(DatabaseAway):  # what was sent is sent all the same; what is old is cleaned up
        await parts.store.write(lambda conn: conn.execute(mine))


async def read_steps(parts: Parts, owner: Session, task: str) -> dict[str, str]:
    """What the screens of `task` (`account_open`, `apply:sunshine_e_micro`) have gathered so far."""
    kept = await read(parts, owner, _steps_id(owner, task))
    return dict(kept.values) if kept else {}


async def keep_steps(parts: Parts, owner: Session, task: str, values: Mapping[str, str]) -> None:
    """Replace what the screens of `task` have gathered."""
    await _write(parts, owner, _steps_id(owner, task), "steps", values)


async def drop_steps(parts: Parts, owner: Session, task: str) -> None:
    """The task is done: nothing of it stays here."""
    await drop(parts, owner, _steps_id(owner, task))


def _own(owner: Session, draft_id: str) -> list[ColumnElement[bool]]:
    """Only its owner's."""
    return [
        drafts.c.draft_id == draft_id,
        drafts.c.partner == owner.partner,
        drafts.c.customer_id == owner.customer_id,
    ]


def _steps_id(owner: Session, task: str) -> str:
    return hashlib.sha256(f"{owner.partner}\n{owner.customer_id}\n{task}".encode()).hexdigest()


async def _write(parts: Parts, owner: Session, draft_id: str, why: str, values: Mapping[str, str]) -> str:
    content = parts.signing.seal(json.dumps(dict(values)))
    row = {"why": why, "content": content, "written_at": parts.clock.wall()}

    def write(conn: Connection) -> None:
        same = drafts.c.draft_id == draft_id
        if conn.execute(update(drafts).where(same).values(**row)).rowcount == 0:
            mine = {"draft_id": draft_id, "partner": owner.partner, "customer_id": owner.customer_id}
            conn.execute(insert(drafts).values(**mine, **row))

    await parts.store.write(write)
    return draft_id
