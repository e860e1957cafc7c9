"""`/leave`: logout."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from h5app import sessions
from h5app.guard import signed_in
from h5app.page import render
from h5app.services import services_of
from h5app.sessions import session_cookie
from h5app.visit import visit_of
from partner_adapters.kit.pages.security.cookies import drop_cookie


@signed_in
async def show(request: Request) -> Response:
    return render(request, "login/leave.html")


@signed_in
async def submit(request: Request) -> Response:
    services, visit = services_of(request), visit_of(request)
    await sessions.end(services, visit.live_session)
    request.state.visit = replace(visit, session=None)
    response = render(request, "login/left.html")
    cookie = session_cookie(services.settings, visit.partner.id)
    drop_cookie(response, cookie, secure=services.settings.secure, framed=visit.framed)
    return response
