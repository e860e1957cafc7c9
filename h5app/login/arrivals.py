"""People whom a host brings unasked: by a pushed address, or by a launch URL that its server asked for.

Nobody is logged in by merely opening such an address, or a stranger's link would make a visitor work in the stranger's
name: the page says who would enter, and the person goes on. What was brought is spent at once, whoever opens it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update
from starlette.requests import Request

from h5app import sessions
from h5app.login.attempts import Vouched, Wish
from h5app.login.single_use import LoginLost, once
from h5app.services import Parts, parts_of
from h5app.sessions import Word, binding_cookie
from h5app.tables import arrivals
from h5app.visit import visit_of
from partner_adapters.identity.identity import Check, Company, Login
from partner_adapters.kit.pages.security.cookies import read_cookie
from partner_adapters.kit.pages.security.secrets import hash_secret
from partner_adapters.kit.values.masking import mask_name

LAUNCH_LIFE_S = 60
"""How long a launch URL may lie before it is opened."""


@dataclass(frozen=True)
class Arrival:
    """Somebody at the door. `name_masked`, `company`: what the page says; None: the host did not."""

    key: str
    vouched: Vouched
    wish: Wish
    name_masked: str | None
    company: str | None


async def keep(parts: Parts, partner: str, pushed: str, login: Login, wish: Wish, binding: str | None) -> str:
    """A new arrival of the browser with `binding` (None: of whoever opens it first); the secret that names it.

    Raises `LoginLost` where the same was brought before.
    """
    waiting = {
        "binding_hash": hash_secret(binding) if binding else None,
        "login": parts.signing.seal(json.dumps(_content(login))),
        "return_to": wish.return_to,
        "lang": sessions.as_lang(wish.lang),
        "text_size": sessions.as_text_size(wish.text_size),
    }
    return await once(parts, partner, pushed, waiting)


async def open_launch(request: Request, secret: str, binding: str) -> None:
    """This browser is the one that opened the launch URL. Raises `LoginLost` for a second one, or too late."""
    parts, visit = parts_of(request), visit_of(request)
    mine = [arrivals.c.arrival_hash == hash_secret(secret), arrivals.c.partner == visit.partner.id]
    since = visit.now - timedelta(seconds=LAUNCH_LIFE_S)

    def claim(conn: Connection) -> Any:
        unopened = update(arrivals).where(
            *mine, arrivals.c.binding_hash.is_(None), arrivals.c.arrived_at >= since
        )
        conn.execute(unopened.values(binding_hash=hash_secret(binding)))
        return conn.execute(select(arrivals.c.binding_hash).where(*mine)).scalar_one_or_none()

    if await parts.store.write(claim) != hash_secret(binding):
        raise LoginLost("login.stale")


async def waiting(request: Request) -> Arrival:
    """Who stands at the door in this browser. Raises `LoginLost`."""
    parts, visit = parts_of(request), visit_of(request)
    binding = read_cookie(request, binding_cookie(parts.settings, visit.partner.id))
    query = (
        select(arrivals)
        .where(arrivals.c.partner == visit.partner.id, arrivals.c.binding_hash == hash_secret(binding))
        .order_by(arrivals.c.used_at.is_not(None), arrivals.c.arrived_at.desc())
        .limit(1)
    )
    row = await parts.store.read(lambda conn: conn.execute(query).first())
    if row is None or not binding:
        raise LoginLost("login.unknown")
    if row.used_at is not None:
        raise LoginLost("login.answered")
    if (visit.now - row.arrived_at).total_seconds() > parts.settings.login_s:
        raise LoginLost("login.stale")
    return _read(parts, row)


async def take(request: Request) -> Arrival:
    """`waiting`, for this request alone. Raises `LoginLost`."""
    parts, arrival = parts_of(request), await waiting(request)
    unused = update(arrivals).where(arrivals.c.arrival_hash == arrival.key, arrivals.c.used_at.is_(None))
    first = await parts.store.write(
        lambda conn: conn.execute(unused.values(used_at=visit_of(request).now, login="")).rowcount == 1
    )
    if not first:
        raise LoginLost("login.answered")
    return arrival


def _content(login: Login) -> dict[str, Any]:
    seen, holder = login.identity, login.identity.holder
    name = seen.person.name
    return {
        "subject": seen.subject,
        "evidence": login.statement.evidence,
        "particulars": login.statement.particulars,
        "methods": seen.methods,
        "assurance": seen.assurance,
        "verified_at": seen.verified_at.isoformat() if seen.verified_at else None,
        "name_masked": mask_name(name) if name else None,
        "company": holder.name if isinstance(holder, Company) else None,
    }


def _read(parts: Parts, row: Any) -> Arrival:
    kept = json.loads(parts.signing.unseal(row.login))
    at = datetime.fromisoformat(kept["verified_at"]) if kept["verified_at"] else None
    word = Word(kept["evidence"], Check(tuple(kept["methods"]), kept["assurance"], at))
    return Arrival(
        row.arrival_hash,
        Vouched(kept["subject"], word, kept["particulars"]),
        Wish(row.return_to, row.lang, row.text_size),
        kept["name_masked"],
        kept["company"],
    )
