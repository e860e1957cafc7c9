"""The guard of every page: counts a request under the rows of `limits.py` that name its route.

A request that a full limit refuses has done nothing. `errors.py` shows the page, which keeps what was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial, wraps
from ipaddress import ip_address, ip_network

from starlette.requests import Request
from starlette.responses import Response

from h5app import progress_views
from h5app.limits import FOR_MACHINES, LIMITS, LOGINS_OF_PERSON, limits_at
from h5app.page import Page
from h5app.services import services_of
from h5app.sessions import Person, binding_cookie
from h5app.visit import Visit, visit_of
from partner_adapters.kit.pages.security.cookies import read_cookie
from partner_adapters.kit.pages.security.secrets import hash_secret
from partner_adapters.kit.web.errors import respond
from partner_adapters.kit.web.rate_limits import LimitReached, sender_of


def limited(page: Page, method: str, name: str) -> Page:
    """Return the page behind the limits of its route."""
    rows = limits_at(method, name)

    @wraps(page)
    async def guarded(request: Request) -> Response:
        visit: Visit | None = getattr(request.state, "visit", None)
        if visit is None:  # the address names no partner of ours, and the page is not found
            return await page(request)
        keyed = [(row, key) for row in rows if (key := KEYS[row.per](request, visit))]
        try:
            return await services_of(request).counters.serve(keyed, partial(page, request))
        except LimitReached as reached:
            if name in FOR_MACHINES:
                return respond(reached)
            raise

    return guarded


def count_login(request: Request, person: Person) -> None:
    """Count a login of this person. Raises `LimitReached`."""
    key = f"{visit_of(request).partner.id} {person.customer_id}"
    services_of(request).counters.count(LOGINS_OF_PERSON, key)


def carry_over_logins(request: Request, binding: str) -> None:
    """Let the logins of this browser count for its new login cookie too, which it gets at each login."""
    # The old cookie counts on, for a browser that keeps it.
    if before := _login_cookie(request, visit_of(request)):
        for row in LIMITS:
            if row.per == "login cookie":
                services_of(request).counters.carry_over(row, before, hash_secret(binding))


def _session(_request: Request, visit: Visit) -> str | None:
    return visit.session.ref if visit.session else None


def _login_cookie(request: Request, visit: Visit) -> str | None:
    binding = read_cookie(request, binding_cookie(services_of(request).settings, visit.partner.id))
    return hash_secret(binding) if binding else None


def _address(request: Request, visit: Visit) -> str | None:
    gateways = visit.partner.gateways
    if gateways and request.client and _is_within(request.client.host, gateways):
        return None
    return sender_of(request)


def _guests_address(request: Request, visit: Visit) -> str | None:
    return None if visit.session else _address(request, visit)


def _partner_and_address(request: Request, visit: Visit) -> str:
    return f"{visit.partner.id} {sender_of(request)}"


def _progress_view(request: Request, _visit: Visit) -> str | None:
    secret = request.query_params.get(progress_views.QUERY)
    return hash_secret(secret) if secret else None


def _counted_inside(_request: Request, _visit: Visit) -> None:
    return None


@lru_cache(maxsize=4096)
def _is_within(host: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in ip_network(network) for network in networks)


# For whom a limit counts → the key of a request, or None where it has none.
KEYS: Mapping[str, Callable[[Request, Visit], str | None]] = {
    "session": _session,
    "login cookie": _login_cookie,
    "address": _address,
    "guest's address": _guests_address,
    "partner and address": _partner_and_address,
    "progress view": _progress_view,
    "person": _counted_inside,
}
