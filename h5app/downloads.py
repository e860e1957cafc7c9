"""One-time links to documents, for download managers of phones, which send no cookie.

A link is bound to one document and to the session that made it, and serves for `SERVES_FOR` while that session is
live. A request with that session's cookie proves the session and uses nothing up. Many web views ask once themselves,
then hand the address to a download manager. One request without the cookie is served, once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, select, update

from h5app import sessions
from h5app.services import Services
from h5app.sessions import Session
from h5app.tables import downloads
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret

SERVES_FOR = timedelta(seconds=60)
_t = downloads.c


@dataclass(frozen=True)
class Link:
    """A link that may be served now. `by_session`: the request carries the cookie of the session that made it."""

    token_hash: str
    document: str
    ids: Sequence[str]
    file_name: str
    by_session: bool


async def make(services: Services, session: Session, document: str, ids: Sequence[str], name: str) -> str:
    """Record a link and return its token."""
    token = new_secret()
    row = insert(downloads).values(
        token_hash=hash_secret(token),
        partner=session.partner,
        customer_id=session.customer_id,
        session_ref=session.ref,
        document=document,
        ids=json.dumps(list(ids)),
        file_name=name,
        issued_at=services.clock.wall(),
    )
    await services.store.write(lambda conn: conn.execute(row))
    return token


async def find(services: Services, partner: str, token: str, session: Session | None) -> Link | None:
    """Return the link, or None if it is unknown, expired, used, of another session or of one that has ended.

    `session`: the live session of the request, which need not have one.
    """
    query = select(downloads).where(_t.token_hash == hash_secret(token), _t.partner == partner)
    row = await services.store.read(lambda conn: conn.execute(query).first())
    if row is None or services.clock.wall() - row.issued_at > SERVES_FOR:
        return None
    by_session = session is not None and session.ref == row.session_ref
    if not by_session:
        # Another customer in the same browser, or a link that was passed on to another session.
        if session is not None or row.used_at is not None:
            return None
        if not await sessions.is_ref_live(services, partner, row.customer_id, row.session_ref):
            return None
    return Link(row.token_hash, row.document, json.loads(row.ids), row.file_name, by_session)


async def use(services: Services, link: Link) -> bool:
    """Use the link up. Return whether the request may be served: of several at once without a cookie, one may."""
    if link.by_session:
        return True
    once = update(downloads).where(_t.token_hash == link.token_hash, _t.used_at.is_(None))
    used = once.values(used_at=services.clock.wall())
    return await services.store.write(lambda conn: conn.execute(used).rowcount) == 1


async def give_back(services: Services, link: Link) -> None:
    """Let the link serve again: its request got no file."""
    if not link.by_session:
        unused = update(downloads).where(_t.token_hash == link.token_hash).values(used_at=None)
        await services.store.write(lambda conn: conn.execute(unused))
