"""`/arrive`: somebody whom the host brought unasked; the page says who would enter, the button enters."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.login import arrivals, attempts
from h5app.login.attempts import Wish
from h5app.login.single_use import LoginLost
from h5app.page import link, render, see_other
from h5app.pages.login import callback
from h5app.services import parts_of
from h5app.sessions import binding_cookie
from h5app.visit import look_as, visit_of
from partner_adapters.identity.errors import IdentityError
from partner_adapters.kit.pages.security.cookies import read_cookie, set_cookie
from partner_adapters.kit.pages.security.secrets import new_secret
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

LAUNCH = "launch"


async def show(request: Request) -> Response:
    """`launch`: the one use of a launch URL; it is gone from the address at once."""
    try:
        if LAUNCH in request.query_params:
            return await _opened(request)
        arrival = await arrivals.waiting(request)
    except LoginLost as lost:
        return _lost(request, lost)
    session = visit_of(request).session
    if session is not None and session.person.subject == arrival.vouched.subject:
        # The same person comes again: nothing to ask.
        return await submit(request)
    look_as(request, arrival.wish.lang, arrival.wish.text_size)
    return render(request, "login/arrive.html", arrival=arrival)


async def submit(request: Request) -> Response:
    try:
        arrival = await arrivals.take(request)
    except LoginLost as lost:
        return _lost(request, lost)
    return_to = arrival.wish.return_to
    look_as(request, arrival.wish.lang, arrival.wish.text_size)
    try:
        return await attempts.enter(request, arrival.vouched, arrival.wish)
    except (IdentityError, Problem) as error:
        return callback.failed(request, error.code, return_to, fresh=False)
    except CallFailed:
        return callback.failed(request, "bank.no_answer", return_to, fresh=False)


async def pushed(request: Request, text: str, wish: Wish) -> Response:
    """`/enter` with what the host pushes. Raises `IdentityError`."""
    parts, visit = parts_of(request), visit_of(request)
    seen = await parts.partners[visit.partner.id].identity.receive(text)
    binding, response = _bound(request)
    try:
        await arrivals.keep(parts, visit.partner.id, text, seen, wish, binding)
    except LoginLost as lost:
        return _lost(request, lost)
    return response


async def _opened(request: Request) -> Response:
    binding, response = _bound(request)
    await arrivals.open_launch(request, request.query_params[LAUNCH], binding)
    return response


def _bound(request: Request) -> tuple[str, Response]:
    """This browser's binding, and the way to the page without anything in its address."""
    parts, visit = parts_of(request), visit_of(request)
    name = binding_cookie(parts.settings, visit.partner.id)
    binding = read_cookie(request, name) or new_secret()
    response = see_other(request, "arrive")
    set_cookie(response, name, binding, secure=parts.settings.secure, framed=visit.framed)
    return binding, response


def _lost(request: Request, lost: LoginLost) -> Response:
    home = link(request, "home")
    # Reload, back button, an address opened twice: whoever is logged in goes on.
    if visit_of(request).session is not None:
        return RedirectResponse(home, 303)
    return callback.failed(request, lost.code, home, fresh=False)
