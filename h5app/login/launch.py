"""Launch URLs: a partner's server gets an address that one browser may open.

Within a minute if it handed a person over, within ten if the person is to log in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update
from starlette.requests import Request
from starlette.responses import Response

from h5app import launches, tables
from h5app.login import arrivals, bindings
from h5app.login.failed import LoginFailed
from h5app.login.records import ReturnTarget
from h5app.login.start import start
from h5app.page import link
from h5app.services import services_of
from h5app.visit import look_as, visit_of
from partner_adapters.identity.identity import Login
from partner_adapters.kit.pages.security.secrets import hash_secret

QUERY = launches.QUERY
# The address cannot be opened here. This browser confirmed no identity.
USED = "login.launch_used"
# How long a launch URL may wait for its browser.
LIFE_S = int(launches.LIFE_WITH_PERSON.total_seconds())


async def create_url(request: Request, assertion: str, login: Login, target: ReturnTarget) -> str:
    """Record an arrival for the first browser that opens it and return its launch URL.

    Raises `LoginFailed` if the assertion was posted before.
    """
    services, partner = services_of(request), visit_of(request).partner.id
    secret = await arrivals.record(services, partner, assertion, login, target, None)
    return f"{services.settings.base_url}{link(request, 'arrive', {QUERY: secret})}"


async def open_url(request: Request) -> Response:
    """Bind the arrival of a launch URL to this browser and redirect to the page without the secret in its address.

    Raises `LoginFailed` if the URL is unknown or too old, or another browser opened it. After its use, it does so too:
    only the session that came from it is then resumed.
    """
    services, visit, secret = services_of(request), visit_of(request), request.query_params[QUERY]
    binding, before = bindings.for_arrival(request, secret), bindings.current(request)
    table, since = tables.arrivals, visit.now - timedelta(seconds=LIFE_S)
    matching = [table.c.arrival_hash == hash_secret(secret), table.c.partner == visit.partner.id]

    def bind(conn: Connection) -> Row[Any] | None:
        # Only an unopened arrival is bound; the read below then tells which browser was first.
        unopened = update(table).where(*matching, table.c.binding_hash.is_(None), table.c.arrived_at >= since)
        if conn.execute(unopened.values(binding_hash=hash_secret(binding))).rowcount == 1:
            bindings.carry_over(conn, visit.partner.id, before, binding)
            if launch_id := conn.scalar(select(table.c.launch_id).where(*matching)):
                launches.open_in(conn, launch_id, binding, before, visit.now)
        return conn.execute(select(table).where(*matching)).first()

    row = await services.store.write(bind)
    if row is None:
        raise LoginFailed(USED)
    response = arrivals.redirect_to_arrival(request, binding, row.binding_hash)
    if response is not None and (row.used_at is None or visit.session is None):
        return response
    if response is not None and arrivals.is_sessions(request, row.subject_hash):
        # Back button, reload: this browser's session came from here.
        raise LoginFailed("login.answered", return_to=row.return_to, resumes=True)
    look_as(request, row.lang, row.text_size)
    raise LoginFailed(USED, return_to=row.return_to)


async def begin_login(request: Request) -> Response:
    """Begin the login of a launch that names no person, in the first browser that opens its address.

    Raises `LoginFailed` if it is unknown or too old, or another browser opened it, and `IdentityError`.
    """
    services, partner, secret = (
        services_of(request),
        visit_of(request).partner.id,
        request.query_params[QUERY],
    )
    row = await services.store.read(lambda conn: launches.find_by_secret(conn, partner, secret))
    if row is None:
        raise LoginFailed(USED)
    return_to = launches.path_of(partner, row.entry, row.entry_id)
    if row.with_person:
        raise LoginFailed(USED, return_to=return_to)
    session = visit_of(request).session
    if session is not None and session.launch_id == row.launch_id:
        # Back button, reload: the login is done, and is not asked for again.
        raise LoginFailed("login.answered", return_to=return_to, resumes=True)
    try:
        return await start(
            request,
            return_to,
            fresh=False,
            binding=bindings.for_arrival(request, secret),
            launch_id=row.launch_id,
        )
    except launches.NotThisBrowser:
        raise LoginFailed(USED, return_to=return_to) from None
