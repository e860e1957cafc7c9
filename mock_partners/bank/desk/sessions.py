"""Sessions of the desk: who is signed in, and the sealed statement with which the desk calls the core."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Text, delete, select, update
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_partners.bank.desk.services import Desk, desk_of
from partner_adapters.kit.pages.security import sessions as kit
from partner_adapters.kit.pages.security.cookies import cookie_name, drop_cookie, read_cookie, set_cookie
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret
from partner_adapters.kit.pages.security.sessions import define_sessions
from partner_adapters.kit.pages.security.signing import Forged

metadata = MetaData()
# `attempt`: the sealed secret of a sign-in that is under way. `statement`: the sealed id_token. `next`: the page that
# the person wanted.
session = define_sessions(
    metadata,
    Column("attempt", Text),
    Column("statement", Text),
    Column("name", String(100), nullable=False),
    Column("next", String(100), nullable=False),
)
# Rows are deleted after this long, as they are of no use to anybody.
KEPT = timedelta(days=1)
_t = session.c


@dataclass(frozen=True)
class StaffSession:
    """One session. `statement` is empty until the person has signed in."""

    id_hash: str
    ref: str
    name: str
    attempt: str
    statement: str
    next: str


class StaffSessionMiddleware:
    """Finds the session of each request, as `request.state.staff`: None without one."""

    def __init__(self, app: ASGIApp, *, desk: Desk) -> None:
        self.app = app
        self.desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            request.state.staff = await _find(self.desk, read_cookie(request, _cookie(self.desk)))
        await self.app(scope, receive, send)


def current(request: Request) -> StaffSession | None:
    """Return the session of the person who has signed in, or None."""
    found: StaffSession | None = request.state.staff
    return found if found is not None and found.statement else None


async def begin(request: Request, response: Response, **values: Any) -> None:
    """Begin a new session in place of the present one, with a new secret for the browser (`values`: its columns)."""
    desk, secret, earlier = desk_of(request), new_secret(), request.state.staff
    now = desk.clock.wall()

    def write(conn: Connection) -> None:
        conn.execute(delete(session).where(_t.created_at < now - KEPT))
        if earlier is not None:
            kit.end(conn, session, earlier.id_hash, now, {"attempt": None, "statement": None})
        kit.begin(conn, session, secret, now, {"name": "", "next": "", **values})

    await desk.store.write(write)
    set_cookie(response, _cookie(desk), secret, secure=desk.is_secure, framed=False)


async def end(request: Request, response: Response) -> None:
    """End the session, and forget the statement."""
    desk, found = desk_of(request), request.state.staff
    if found is not None:
        cleared = {"attempt": None, "statement": None}
        await desk.store.write(lambda conn: kit.end(conn, session, found.id_hash, desk.clock.wall(), cleared))
    drop_cookie(response, _cookie(desk), secure=desk.is_secure, framed=False)


async def _find(desk: Desk, secret: str) -> StaffSession | None:
    if not secret:
        return None
    id_hash, now = hash_secret(secret), desk.clock.wall()
    row = await desk.store.read(
        lambda conn: conn.execute(select(session).where(_t.id_hash == id_hash)).first()
    )
    if row is None or not desk.lifetime.is_live(
        now, created_at=row.created_at, last_seen_at=row.last_seen_at, ended_at=row.ended_at
    ):
        return None
    if now - row.last_seen_at > timedelta(minutes=1):
        this = update(session).where(_t.id_hash == id_hash)
        await desk.store.write(lambda conn: conn.execute(this.values(last_seen_at=now)))
    try:
        attempt, statement = (
            desk.signing.unseal(text) if text else "" for text in (row.attempt, row.statement)
        )
    except Forged:
        return None  # sealed with a key that was taken away
    return StaffSession(id_hash, row.ref, row.name, attempt, statement, row.next)


def _cookie(desk: Desk) -> str:
    return cookie_name("desk", secure=desk.is_secure)
