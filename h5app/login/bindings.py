"""Bindings: the cookie that ties what waits for a login to the browser that began it.

It is new at each login and each arrival, so that a value that someone knew before is worth nothing in it. What other
tabs of the browser began goes over to the new one, so that they can log in too.
"""

from __future__ import annotations

from sqlalchemy import Connection, update
from starlette.requests import Request
from starlette.responses import Response

from h5app.limiting import carry_over_logins
from h5app.services import services_of
from h5app.sessions import binding_cookie
from h5app.tables import arrivals, launches, logins
from h5app.visit import visit_of
from partner_adapters.kit.pages.security.cookies import read_cookie, set_cookie
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret


def current(request: Request) -> str:
    """Return the binding that this browser has, or ""."""
    return read_cookie(request, binding_cookie(services_of(request).settings, visit_of(request).partner.id))


def give(request: Request, response: Response, binding: str) -> None:
    """Set the cookie."""
    carry_over_logins(request, binding)
    services, visit = services_of(request), visit_of(request)
    name = binding_cookie(services.settings, visit.partner.id)
    set_cookie(response, name, binding, secure=services.settings.secure, framed=visit.framed)


def for_arrival(request: Request, handed_over: str) -> str:
    """Return the new binding for what was `handed_over` in the address of this request.

    Some web views ask an address twice and throw the first response away, with the new binding in it. So the same
    address in the same browser leads to the same binding. Only we can compute it.
    """
    before = current(request)
    if not before:
        return new_secret()
    return hash_secret(services_of(request).signing.sign("binding", [before, handed_over]))


def carry_over(conn: Connection, partner: str, before: str, binding: str) -> None:
    """Give what the browser's tabs began with the binding `before` to its new binding."""
    if not before:
        return
    for table in (logins, arrivals, launches):
        own = update(table).where(table.c.partner == partner, table.c.binding_hash == hash_secret(before))
        conn.execute(own.values(binding_hash=hash_secret(binding)))
