"""The page for a browser whose session was ended from elsewhere: why, and a button that logs in again."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app import sessions
from h5app.guard import FORGET
from h5app.page import render
from h5app.visit import visit_of
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.pages.addresses import with_query

# Stands in the address that the page's button opens, so that it leads on.
TOLD = "told"


def tell_why(request: Request, subject: str | None = None) -> Response | None:
    """Return the page, or None where no session of this browser ended so or its customer was told.

    `subject`: who is about to log in, if that is known. Another person is not told.
    """
    lapsed = visit_of(request).lapsed
    if lapsed is None or lapsed.ended_because is None or TOLD in request.query_params:
        return None
    if subject not in (None, lapsed.person.subject):
        return None
    again = with_query(request.url.path, **{**request.query_params, TOLD: "yes"})
    response = render(
        request,
        "login/ended.html",
        ended=lapsed,
        most_live=sessions.MOST_LIVE,
        again=again,
        reference=current_request_id(),
    )
    response.headers.update(FORGET)
    return response
