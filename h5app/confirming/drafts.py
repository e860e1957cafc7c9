"""Saved forms and answers: sealed, readable by the same customer only, and never submitted by us.

A form is saved when its session has ended, after an error, and while its customer is away for a check. The answers of a
journey are saved from screen to screen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from starlette.requests import Request

from h5app.services import Services, services_of
from h5app.sessions import Session
from h5app.tables import drafts
from h5app.visit import SavedForm, SavedReason
from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.security.csrf_token import FIELD as CSRF_FIELD
from partner_adapters.kit.pages.security.secrets import new_secret
from partner_adapters.kit.web.uploads import is_multipart

# The query parameter that fills a form from its draft (`/lyg/top-up?saved=…`), and the hidden field that names the
# draft when the form is sent.
QUERY = "saved"
_NOT_TYPED = (CSRF_FIELD, "intent", QUERY)

# Why a form was saved for a check: `waiting` before it, then the check that passed. Only `step_up` writes these, so
# only such a draft may be trusted to name the action that it waits for.
PASSED = ("face", "card")
FOR_A_CHECK = ("waiting", *PASSED)


async def save(services: Services, owner: Session, why: SavedReason, values: Mapping[str, str]) -> str:
    """Save a form for the customer of `owner` and return its id for the query."""
    return await _write(services, owner, new_secret(), why, values)


async def save_posted(request: Request, owner: Session, why: SavedReason) -> str:
    """Save the form that `request` posts, without its token and intent. Return the address that fills it again."""
    # Files are not kept: the customer chooses them again.
    form = Form() if is_multipart(request) else await Form.posted(request)
    typed = {name: value for name, value in form.values.items() if name not in _NOT_TYPED}
    draft_id = await save(services_of(request), owner, why, typed)
    query = [item for item in request.url.query.split("&") if item and not item.startswith(f"{QUERY}=")]
    return f"{request.url.path}?{'&'.join([*query, f'{QUERY}={draft_id}'])}"


async def read(services: Services, owner: Session, draft_id: str) -> SavedForm | None:
    """Return a saved form; None if it is too old or another customer's."""
    oldest = services.clock.wall() - timedelta(seconds=services.settings.draft_s)
    query = select(drafts).where(*_own(owner, draft_id), drafts.c.written_at >= oldest)
    row = await services.store.read(lambda conn: conn.execute(query).first())
    return SavedForm(draft_id, row.why, json.loads(services.signing.unseal(row.content))) if row else None


def id_in(address: str) -> str:
    """Return the id of the draft that an address of ours names, or ""."""
    return parse_qs(urlsplit(address).query).get(QUERY, [""])[0]


async def mark_passed(services: Services, owner: Session, draft_id: str, passed_by: SavedReason) -> None:
    """Record that the check for which the form was saved has passed, by `face` or by `card`."""
    pending = [*_own(owner, draft_id), drafts.c.why.in_(FOR_A_CHECK)]
    await services.store.write(
        lambda conn: conn.execute(update(drafts).where(*pending).values(why=passed_by))
    )


async def mark_consented(services: Services, owner: Session, draft_id: str) -> None:
    """Record that the consent which stopped the form has been given."""
    stopped = [*_own(owner, draft_id), drafts.c.why.in_(("error", "waiting"))]
    await services.store.write(
        lambda conn: conn.execute(update(drafts).where(*stopped).values(why="consent"))
    )


async def erase(services: Services, owner: Session, draft_id: str) -> None:
    """Delete a saved form once it has been sent."""
    own = delete(drafts).where(*_own(owner, draft_id))
    # The command has been sent whatever becomes of the draft; the cleaning job deletes what is old.
    with suppress(DatabaseAway):
        await services.store.write(lambda conn: conn.execute(own))


async def read_answers(services: Services, owner: Session, journey: str) -> dict[str, str]:
    """Return what the screens of a journey (`account_open`, `apply:sunshine_e_micro`) have gathered so far."""
    saved = await read(services, owner, _answers_id(owner, journey))
    return dict(saved.values) if saved else {}


async def save_answers(services: Services, owner: Session, journey: str, values: Mapping[str, str]) -> None:
    """Replace what the screens of a journey have gathered."""
    await _write(services, owner, _answers_id(owner, journey), "steps", values)


async def erase_answers(services: Services, owner: Session, journey: str) -> None:
    """Delete what the screens of a journey have gathered, once the journey is complete."""
    await erase(services, owner, _answers_id(owner, journey))


def _own(owner: Session, draft_id: str) -> list[ColumnElement[bool]]:
    """Return the conditions that find a draft of this customer at this partner only."""
    return [
        drafts.c.draft_id == draft_id,
        drafts.c.partner == owner.partner,
        drafts.c.customer_id == owner.customer_id,
    ]


def _answers_id(owner: Session, journey: str) -> str:
    # Derived, not random: the customer resumes the journey without an id in the address, also from another device.
    return hashlib.sha256(f"{owner.partner}\n{owner.customer_id}\n{journey}".encode()).hexdigest()


async def _write(
    services: Services, owner: Session, draft_id: str, why: SavedReason, values: Mapping[str, str]
) -> str:
    content = services.signing.seal(json.dumps(dict(values)))
    row = {"why": why, "content": content, "written_at": services.clock.wall()}

    def write(conn: Connection) -> None:
        same = drafts.c.draft_id == draft_id
        if conn.execute(update(drafts).where(same).values(**row)).rowcount == 0:
            key = {"draft_id": draft_id, "partner": owner.partner, "customer_id": owner.customer_id}
            conn.execute(insert(drafts).values(**key, **row))

    await services.store.write(write)
    return draft_id
