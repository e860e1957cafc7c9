"""Outcomes: what a login or a face check came to, kept sealed for a minute in the row of its attempt or arrival.

Some web views ask an address twice and throw the first response away, with the session cookie in it. The second request
then collects the outcome once more. The host is not asked again.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Connection, Table, select, update
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app import sessions
from h5app.services import Services, services_of
from h5app.sessions import left_cookie, session_cookie
from h5app.settings import OUTCOME_KEPT_FOR
from h5app.visit import visit_of
from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.pages.security.cookies import drop_cookie, read_cookie, set_cookie

# A second request often comes while the first still waits for the host. It looks again this often, and at most so long.
LOOK_EVERY_S = 0.1
WAIT_AT_MOST_S = 15


@dataclass(frozen=True)
class Outcome:
    """Where a login or a face check leads.

    `secret` is for the session's cookie if a session was opened. `failed` is the code where it failed.
    """

    return_to: str
    secret: str | None = None
    failed: str | None = None


def redirect(request: Request, outcome: Outcome) -> Response:
    """Return the redirect to where the customer wanted to go, with the cookie of the session that was opened."""
    services, visit = services_of(request), visit_of(request)
    response = RedirectResponse(outcome.return_to, 303)
    if outcome.secret is not None:
        cookie = session_cookie(services.settings, visit.partner.id)
        set_cookie(response, cookie, outcome.secret, secure=services.settings.secure, framed=visit.framed)
        left = left_cookie(services.settings, visit.partner.id)
        if read_cookie(request, left):
            drop_cookie(response, left, secure=services.settings.secure, framed=visit.framed)
    return response


async def record(services: Services, table: Table, row: ColumnElement[bool], outcome: Outcome) -> None:
    """Write the outcome into its row of `login_transaction` or `arrival`."""
    sealed = services.signing.seal(json.dumps(asdict(outcome)))
    # Without a record only the second of two equal requests fails. The first has its response.
    with suppress(DatabaseAway):
        await services.store.write(lambda conn: conn.execute(update(table).where(row).values(outcome=sealed)))


def opened_session(services: Services, sealed: str) -> bool:
    """Whether this sealed outcome opened a session."""
    return json.loads(services.signing.unseal(sealed))["secret"] is not None


async def collect(request: Request, table: Table, row: list[ColumnElement[bool]]) -> Outcome | None:
    """Return the outcome of the used row that `row` finds, and erase it. None if it is too old or was collected.

    Waits while the first request is still under way.
    """
    services = services_of(request)
    recent = [*row, table.c.used_at.is_not(None), table.c.used_at >= visit_of(request).now - OUTCOME_KEPT_FOR]
    sealed = await _wait_for(services, table, recent)
    if not sealed:
        return None

    def erase(conn: Connection) -> bool:
        # The comparison decides between two more requests that arrive at once.
        same = update(table).where(*recent, table.c.outcome == sealed)
        return conn.execute(same.values(outcome="")).rowcount == 1

    if not await services.store.write(erase):
        return None
    outcome = Outcome(**json.loads(services.signing.unseal(sealed)))
    if outcome.secret is not None and not await sessions.is_open(services, outcome.secret):
        return None  # The customer has left meanwhile.
    return outcome


async def _wait_for(services: Services, table: Table, recent: list[ColumnElement[bool]]) -> str:
    """Return the sealed outcome, or "" if there is none to collect. A row's outcome is NULL until it is known."""
    query = select(table.c.outcome).where(*recent).limit(1)
    for _ in range(int(WAIT_AT_MOST_S / LOOK_EVERY_S)):
        found = await services.store.read(lambda conn: conn.execute(query).first())
        if found is None:
            return ""
        if found.outcome is not None:
            return str(found.outcome)
        await asyncio.sleep(LOOK_EVERY_S)
    return ""
