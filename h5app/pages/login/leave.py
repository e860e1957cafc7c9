"""`/leave`: logout."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from h5app import sessions
from h5app.guard import FORGET, signed_in
from h5app.page import link, render
from h5app.services import services_of
from h5app.sessions import LEFT_FOR_S, left_cookie, session_cookie
from h5app.visit import visit_of
from partner_adapters.kit.pages.security.cookies import drop_cookie, set_cookie


@signed_in
async def show(request: Request) -> Response:
    return render(request, "login/leave.html")


@signed_in
async def submit(request: Request) -> Response:
    services, visit = services_of(request), visit_of(request)
    await sessions.end(services, visit.live_session)
    request.state.visit = replace(visit, session=None)
    response = render(request, "login/left.html", again=link(request, "enter"))
    response.headers.update(FORGET)
    secure, framed, partner = services.settings.secure, visit.framed, visit.partner.id
    drop_cookie(response, session_cookie(services.settings, partner), secure=secure, framed=framed)
    left = left_cookie(services.settings, partner)
    set_cookie(response, left, "1", secure=secure, framed=framed, keep_s=LEFT_FOR_S)
    return response
