"""`/me/sessions`: where the customer is logged in at this partner, and how to end the other logins."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app import sessions
from h5app.guard import signed_in
from h5app.page import render, see_other
from h5app.services import services_of
from h5app.visit import visit_of
from partner_adapters.kit.pages.forms import Form

OTHERS = "others"


@signed_in
async def show(request: Request) -> Response:
    listed = await sessions.list_live(services_of(request), visit_of(request).live_session)
    return render(request, "me/sessions.html", listed=listed, most_live=sessions.MOST_LIVE)


@signed_in
async def submit(request: Request) -> Response:
    """`end`: the mark of one of the other sessions, or `others` for all of them."""
    end = (await Form.posted(request)).values["end"]
    await sessions.end_others(
        services_of(request), visit_of(request).live_session, None if end == OTHERS else end
    )
    return see_other(request, "sessions")
